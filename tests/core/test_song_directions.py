"""Directions of sections find their sections again; a song as shapes; bar and beat of a moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.section_directions import (
    Direction,
    matched,
    read_section_prompts,
    section_prompts,
)
from kpop_choreo_addon.core.song_picture import LEAST, TALL, draw_song
from kpop_choreo_addon.core.song_place import place_at


def sections(*starts: float, labels: str = "vcvc", end: float = 64.0) -> list[dict[str, Any]]:
    names = {"v": "verse", "c": "chorus"}
    return [
        {"start": start, "end": stop, "label": names[label]}
        for start, stop, label in zip(starts, (*starts[1:], end), labels, strict=False)
    ]


HEARD = sections(0.5, 16.5, 32.5, 48.5)
CHORUS = Direction(16.5, 32.5, "chorus", prompt="big jumps ", energy=0.9)
AGAIN = Direction(48.5, 64.0, "chorus", prompt="unused", same_as=16.5, same_label="chorus")


def test_only_what_says_something_is_sent() -> None:
    silent = Direction(0.5, 16.5, "verse", prompt="  ")
    assert section_prompts(HEARD, [silent, AGAIN, CHORUS]) == [
        {"start": 16.5, "end": 32.5, "prompt": "big jumps", "energy": 0.9},
        {"start": 48.5, "end": 64.0, "same_as": 16.5},
    ]
    assert section_prompts([], [AGAIN, CHORUS, silent]) == section_prompts(HEARD, [CHORUS, AGAIN])


def test_a_section_that_was_moved_keeps_its_words_and_the_other_one_is_found_again() -> None:
    moved = sections(0.5, 18.5, 32.5, 46.5)
    assert matched(moved, [CHORUS, AGAIN]) == {1: 0, 3: 1}
    assert section_prompts(moved, [CHORUS, AGAIN]) == [
        {"start": 18.5, "end": 32.5, "prompt": "big jumps", "energy": 0.9},
        {"start": 46.5, "end": 64.0, "same_as": 18.5},
    ]


def test_labels_decide_between_near_sections_and_far_ones_are_not_meant() -> None:
    near = sections(0.5, 15.5, 17.0, labels="vvc")
    assert matched(near, [CHORUS]) == {2: 0}
    renamed = sections(0.5, 16.5, 32.5, labels="vvv")
    assert matched(renamed, [CHORUS]) == {1: 0}
    assert section_prompts(sections(0.5, 24.5), [CHORUS]) == []
    both = [replace(CHORUS, start=15.5), CHORUS]
    assert matched(HEARD, both) == {1: 1}


def test_a_section_whose_model_is_gone_has_its_own_choreography() -> None:
    assert section_prompts(sections(0.5, 48.5, labels="vc"), [AGAIN]) == [
        {"start": 48.5, "end": 64.0, "prompt": "unused"}
    ]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"start": 3}]', '[{"start": 3, "end": 2}]'])
def test_sections_of_a_script_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ChoreoError) as caught:
        read_section_prompts(text)
    assert caught.value.code == "sections_unreadable"


def heard() -> dict[str, Any]:
    """Two beats before the first bar, then three bars of four at 120 BPM."""
    beats = [0.25 + 0.5 * n for n in range(14)]
    return {
        "duration": 7.5,
        "beats": beats,
        "downbeats": beats[2::4],
        "beats_per_bar": 4,
        "sections": [
            {"start": 0.25, "end": 3.25, "label": "intro", "group": 0},
            {"start": 3.25, "end": 7.0, "label": "chorus", "group": 1},
        ],
        "peaks": {"values": [0.0, 1.0, 0.5], "hop": 2.5},
    }


@pytest.mark.parametrize(
    ("seconds", "text", "label"),
    [
        (0.3, "bar 0 · 3", "intro"),
        (0.8, "bar 0 · 4", "intro"),
        (1.24, "bar 1 · 1", "intro"),
        (2.9, "bar 1 · 4", "intro"),
        (3.25, "bar 2 · 1", "chorus"),
        (7.0, "bar 3 · 4", "chorus"),
    ],
)
def test_bar_and_beat_under_the_playhead(seconds: float, text: str, label: str) -> None:
    place = place_at(heard(), seconds)
    assert place is not None
    assert (place.text, place.label) == (text, label)
    assert place.start <= seconds + 0.02 < place.end + 0.5


def test_there_is_no_bar_outside_the_song() -> None:
    assert place_at(heard(), 0.1) is None
    assert place_at(heard(), 8.0) is None
    assert place_at({}, 1.0) is None


def test_a_song_as_shapes() -> None:
    picture = draw_song(heard())
    assert picture.wave.shape == (6, 2)
    heights = picture.wave[1::2, 1] - picture.wave[::2, 1]
    np.testing.assert_allclose(heights, [LEAST, TALL, TALL / 2], rtol=1e-5)
    np.testing.assert_allclose(picture.wave[::2, 0], [1.25, 3.75, 6.25])
    assert len(picture.bars) == 2 * 3
    assert len(picture.beats) == 2 * 11
    assert [band.label for band in picture.bands] == ["intro", "chorus"]
    assert picture.beat_seconds == pytest.approx(0.5)


def test_a_song_of_another_engine_is_drawn_by_its_energy() -> None:
    analysis = heard() | {"peaks": None, "energy": {"curve": [0.5, 1.0], "hop": 0.1}}
    np.testing.assert_allclose(draw_song(analysis).wave[::2, 0], [0.05, 0.15], rtol=1e-5)
    assert len(draw_song({}).wave) == 0
