"""Sections, their repeats and names, on whole pop songs whose form is known."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np
import pytest
from scipy.signal import resample_poly

from engine.audio.analysis import SongAnalysis, analyze
from engine.audio.decode import ANALYSIS_RATE, Song
from engine.audio.labels import name_sections
from engine.audio.repeats import find_repeats
from engine.choreography.choreographer import LIFT, PATTERNS, SPLITS
from engine.choreography.sections import words_in
from engine.choreography.taste import TASTE

TOOLS = Path(__file__).parents[2] / "tools"


@lru_cache
def heard(form: str, seed: int) -> tuple[Any, SongAnalysis]:
    """The truth of a rendered song, and what the ears say."""
    sys.path.insert(0, str(TOOLS))
    try:
        from rendered_forms import FORMS, form_song, render_form
    finally:
        sys.path.remove(str(TOOLS))
    truth = render_form(form_song(form, FORMS[form], seed))
    samples = resample_poly(truth.song.samples, 1, 2).astype(np.float32)
    song = Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, form)
    return truth, analyze(song)


@pytest.mark.parametrize(("form", "seed"), [("idol", 0), ("break", 17)])
def test_a_song_is_parted_and_named_as_it_was_written(form: str, seed: int) -> None:
    truth, analysis = heard(form, seed)
    spans = np.array([section[:2] for section in truth.song.sections])
    found = np.array([(section.start, section.end) for section in analysis.sections])
    assert mir_eval.segment.detection(spans, found, 0.5, trim=True)[2] > 0.95
    for start, end, label in truth.song.sections:
        middle = (start + end) / 2.0
        named = next(s.label for s in analysis.sections if s.start <= middle < s.end)
        assert named == label


def test_repeats_have_one_group_also_a_tone_higher() -> None:
    truth, analysis = heard("idol", 0)
    assert truth.song.sections[10][2] == "chorus"
    assert len({s.group for s in analysis.sections if s.label == "chorus"}) == 1
    apart = {s.group for s in analysis.sections if s.label in ("verse", "pre-chorus", "chorus")}
    assert len(apart) == 3


def test_a_section_whose_beginning_is_thinner_is_one() -> None:
    """Verse, chorus, verse, chorus of which four bars are soft; all with their own harmony."""
    random = np.random.default_rng(3)
    verse, chorus = random.random((2, 16, 12))
    harmony = np.concatenate([verse, chorus, verse, chorus])
    loud = np.repeat([-1.0, 1.0, -1.0, 0.0, 1.0], [8, 8, 8, 4, 4])[:, None]
    edges = np.array([0, 8, 16, 24, 28, 32])
    joined = find_repeats(loud, harmony, edges)
    assert joined.edges.tolist() == [0, 8, 16, 24, 32]
    assert joined.groups.tolist() == [0, 1, 0, 1]
    other = np.concatenate([harmony[:48], random.random((8, 12)), harmony[56:]])
    assert len(find_repeats(loud, other, edges).edges) == len(edges)


def test_names_follow_from_fullness_place_and_return() -> None:
    groups = np.array([0, 1, 2, 3, 1, 2, 3, 4, 5, 3, 0])
    full = np.array([0.2, 0.5, 0.6, 1.0, 0.5, 0.6, 1.0, 0.3, 0.95, 1.0, 0.2])
    bars = np.array([4, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4])
    named = name_sections(groups, full, bars)
    verse = ["verse", "pre-chorus", "chorus"]
    assert named.labels == ["intro", *verse, *verse, "bridge", "dance break", "chorus", "outro"]
    assert np.all((named.sure >= 0.0) & (named.sure <= 1.0))
    assert named.sure[3] > 0.5


def test_loudest_repeat_is_the_chorus_and_an_even_song_is_unsure() -> None:
    sure = name_sections(np.array([0, 1, 0, 1]), np.array([0.4, 1.0, 0.4, 1.0]), np.full(4, 8))
    assert sure.labels == ["verse", "chorus"] * 2
    level = name_sections(np.array([0, 1, 0, 1]), np.full(4, 0.8), np.full(4, 8))
    assert level.sure.mean() < sure.sure.mean()
    assert name_sections(np.zeros(1, int), np.ones(1), np.array([8])).labels == ["verse"]


def test_the_choreographer_knows_every_label() -> None:
    labels = {"intro", "verse", "pre-chorus", "chorus", "post-chorus", "dance break", "bridge"}
    labels |= {"outro"}
    assert set(PATTERNS) == set(TASTE) == labels
    assert set(SPLITS) == set(LIFT) == labels - {"pre-chorus"}  # these build in their own way
    assert LIFT["dance break"] == LIFT["post-chorus"] == LIFT["chorus"]


def test_wishes_for_verse_and_chorus_hold_in_what_belongs_to_them() -> None:
    words = "jumps in the chorus, body rolls in the verse"
    assert words_in(words, "post-chorus") == words_in(words, "dance break") == "jumps"
    assert words_in(words, "pre-chorus") == "body rolls"
    own = "jumps in the chorus, spins in the dance break, claps in the pre-chorus"
    assert words_in(own, "dance break") == "spins"
    assert words_in(own, "pre-chorus") == "claps"
    assert words_in(own, "chorus") == "jumps"
