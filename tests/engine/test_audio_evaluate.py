"""The evaluation command gives marks for songs that are heard right, and none for wrong ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.analysis import analyze
from engine.audio.decode import load_song
from tests.songs import Part, render_song, write_song

pytest.importorskip("mir_eval")
TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def render_songs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command that renders songs, whose modules lie beside it."""
    monkeypatch.syspath_prepend(str(TOOLS))
    for name in ("render_songs", "rendered_song", "rendered_scores"):
        sys.modules.pop(name, None)
    import render_songs

    return render_songs


def test_scores_of_a_right_and_a_wrong_song(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.audio.evaluate import evaluate, main

    rendered = render_song(bpm=120.0, parts=(Part("verse", 12),))
    for name, shift in (("right", 0.0), ("wrong", 0.25)):
        (tmp_path / name).mkdir()
        write_song(tmp_path / name / "audio.wav", rendered.samples, rendered.sample_rate)
        np.savetxt(tmp_path / name / "beats.txt", rendered.beats + shift)
    np.savetxt(tmp_path / "right" / "downbeats.txt", rendered.downbeats)
    np.savetxt(tmp_path / "wrong" / "downbeats.txt", rendered.downbeats + 0.5)
    right, wrong = evaluate(tmp_path)
    assert right.f_measure > 0.95  # one beat more, in the sound that rings on
    assert right.downbeat_f > 0.9
    assert abs(right.lateness_ms) < 10.0
    assert abs(right.tempo_error) < 0.02
    assert right.octave_right == 1.0
    assert np.isnan(right.section_f_half)
    assert wrong.f_measure == 0.0
    assert wrong.downbeat_f == 0.0
    assert main([str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "| right | 120.0" in told
    assert "| all, ours |" in told
    assert main([str(tmp_path / "right")]) == 1


def test_figures_of_what_is_known_to_be_wrong() -> None:
    """The same beats at half tempo, 10 ms late, and sections that are 1 s off."""
    from dataclasses import replace

    from engine.audio.decode import ANALYSIS_RATE, Song
    from engine.audio.evaluate import Truth, score
    from engine.audio.summary import Section

    samples = render_song(bpm=120.0, parts=(Part("verse", 12),)).samples
    song = Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, "rendered")
    beats = 0.5 + 0.5 * np.arange(48)
    sections = np.array([[0.5, 8.5], [8.5, 16.5], [16.5, 24.5]])
    heard = replace(
        analyze(song),
        tempo=60.006,
        beats=beats[::2] + 0.010,
        downbeats=beats[::4] + 0.010,
        sections=tuple(Section(a + 1.0, b + 1.0, "verse", 0, 0.5) for a, b in sections),
    )
    given = score("half", heard, Truth(beats, beats[::4], sections))
    assert given.octave_right == 0.0
    assert given.tempo_error == pytest.approx(0.01)
    assert given.f_measure == pytest.approx(2.0 / 3.0, abs=0.02)
    assert given.cmlt == 0.0
    assert given.amlt > 0.9
    assert given.downbeat_f == 1.0
    assert (given.section_f_half, given.section_f_three) == (0.0, 1.0)
    assert given.lateness_ms == pytest.approx(10.0)
    uneven = np.concatenate([beats, beats[-1] + 0.4 * np.arange(1, 40)])
    assert np.isnan(score("uneven", heard, Truth(uneven, None, None)).tempo_error)


def test_rendered_songs_are_what_their_truth_says(tmp_path: Path, render_songs: Any) -> None:
    """A kick sounds at the true ones, through silence, a pick-up and a jump of tempo."""
    stretches = (render_songs.Stretch(2, 120.0), render_songs.Stretch(2, 90.0, 110.0))
    score = render_songs.Score(
        "short", stretches, "rock", "box", silence=1.25, pickup=2, bit_rate=64000
    )
    render_songs.write(score, tmp_path / "short")
    beats = np.loadtxt(tmp_path / "short" / "beats.txt")
    downbeats = np.loadtxt(tmp_path / "short" / "downbeats.txt")
    assert len(beats) == 2 + 16
    assert beats[0] == pytest.approx(1.25)
    assert np.allclose(np.diff(beats[:11]), 0.5)
    assert np.all(np.diff(beats[11:], n=2) < 0.0)
    assert np.diff(beats)[10] == pytest.approx(60.0 / 90.0, abs=0.01)
    assert np.array_equal(downbeats, beats[2::4])
    samples = load_song(tmp_path / "short" / "audio.mp3").samples
    quiet = np.abs(samples[: round(1.2 * 22050)]).max()
    assert quiet < 0.05 * np.abs(samples).max()
    first = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())[0] / 22050
    assert first == pytest.approx(1.25, abs=0.03)


def test_the_catalogue_has_every_difficulty(render_songs: Any) -> None:
    scores = render_songs.catalogue()
    assert len({score.name for score in scores}) == len(scores) > 50
    changing = [s for s in scores if len(s.stretches) > 1 or s.stretches[0].to_bpm is not None]
    assert len(changing) >= 10
    tempi = [stretch.bpm for score in scores for stretch in score.stretches]
    assert min(tempi) < 80.0
    assert max(tempi) > 190.0
    assert {score.kit for score in scores} == set(render_songs.KITS)
