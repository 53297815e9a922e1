"""What a person corrects of the beat does what it says, is kept, and can be forgotten."""

from __future__ import annotations

import json
import wave
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.audio import remembered
from engine.audio.analysis import analyze
from engine.audio.click import RATE, click_track
from engine.audio.correction import Correction, correct, make_correction
from engine.audio.decode import load_song
from engine.audio.remembered import correction_of, heard, keep_correction, listen
from engine.choreography.plan import make_plan
from engine.cli import main
from engine.errors import ChoreoError
from engine.request import make_request
from tests.small_disk import small_disk
from tests.songs import song_file


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """124 BPM, 32 s."""
    return load_song(song_file(tmp_path_factory.mktemp("song") / "song.ogg"))


@pytest.fixture(scope="module")
def plain(song):
    return analyze(song)


@pytest.fixture(autouse=True)
def forgotten(song):
    yield
    keep_correction(song.sha256, Correction())


def corrected(plain, **values):
    return correct(plain, make_correction(values))


def test_nothing_corrected_is_the_very_same(plain):
    assert correct(plain, Correction()) is plain


def test_twice_and_half_as_fast(plain):
    fast, slow = corrected(plain, factor=2), corrected(plain, factor=0.5)
    assert fast.tempo == pytest.approx(2 * plain.tempo, rel=1e-3)
    assert slow.tempo == pytest.approx(plain.tempo / 2, rel=1e-3)
    np.testing.assert_allclose(fast.beats[::2], plain.beats, atol=1e-5)
    assert set(np.round(slow.beats, 4)) <= set(np.round(plain.beats, 4))
    assert slow.downbeats[0] == pytest.approx(plain.downbeats[0], abs=1e-5)
    assert len(fast.hits.attack) == len(fast.events.loudness) == len(fast.beats)


def test_nudge_and_the_one(plain):
    late = corrected(plain, nudge_ms=25)
    np.testing.assert_allclose(late.beats, plain.beats + 0.025, atol=1e-5)
    np.testing.assert_allclose(late.downbeats, plain.downbeats + 0.025, atol=1e-5)
    period = 60.0 / plain.tempo
    for one in (1, 2, -1):
        moved = corrected(plain, one=one)
        off = (moved.downbeats[1] - plain.downbeats[1]) / period
        assert round(off) % 4 == one % 4
        np.testing.assert_array_equal(moved.beats, plain.beats)
    three = corrected(plain, beats_per_bar=3)
    assert np.allclose(np.diff(three.downbeats), 3 * period, atol=0.01)


def test_loose_taps_on_the_heard_beat_choose_the_octave_only(plain):
    rng = np.random.default_rng(1)
    taps = plain.beats[8:20:2] + rng.normal(0.02, 0.02, 6)
    slow = corrected(plain, taps=taps.tolist())
    assert slow.tempo == pytest.approx(plain.tempo / 2, rel=1e-3)
    away = np.abs(slow.beats[:, None] - plain.beats).min(axis=1)
    assert away.max() < 1e-4, "the ears are exacter than fingers"


def test_taps_between_the_beats_move_them(plain):
    half = 30.0 / plain.tempo
    moved = corrected(plain, taps=(plain.beats[8:14] + half).tolist())
    off = np.abs(moved.beats[5:-5, None] - (plain.beats + half)).min(axis=1)
    assert off.max() < 0.03
    first = np.abs(moved.downbeats - plain.beats[8] - half).min()
    assert first < 0.03, "the first tap is a one"


def test_taps_of_another_tempo_make_an_even_grid(plain):
    taps = 5.0 + 0.7 * np.arange(8)
    grid = corrected(plain, taps=taps.tolist())
    assert grid.tempo == pytest.approx(60 / 0.7, rel=1e-3)
    assert np.abs(grid.beats - 5.0).min() < 1e-6
    assert grid.beats[0] < 0.7
    assert grid.confidence.beats == 1.0


def test_sections_begin_on_bars_and_alike_ones_share_a_group(plain):
    bars = plain.downbeats
    rows = [
        {"start": 0.0, "label": "verse"},
        {"start": float(bars[4]) + 0.1, "label": "chorus"},
        {"start": float(bars[8]) - 0.1, "label": "verse"},
    ]
    found = corrected(plain, sections=rows).sections
    assert [s.label for s in found] == ["verse", "chorus", "verse"]
    assert found[1].start == pytest.approx(bars[4], abs=1e-5)
    assert found[2].start == pytest.approx(bars[8], abs=1e-5)
    assert found[0].group == found[2].group != found[1].group
    assert found[0].end == found[1].start


@pytest.mark.parametrize(
    "values",
    [
        "{",
        [],
        {"tempo": 120},
        {"factor": 3},
        {"factor": "fast"},
        {"taps": [1.0, 2.0, 3.0]},
        {"taps": [3.0, 2.0, 1.0, 0.5]},
        {"taps": [1.0, 1.01, 1.02, 1.03]},
        {"nudge_ms": 1e9},
        {"nudge_ms": float("nan")},
        {"beats_per_bar": 11},
        {"sections": [{"start": 3.0}]},
        {"sections": [{"start": 3.0, "label": "a"}, {"start": 1.0, "label": "b"}]},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(values):
    with pytest.raises(ChoreoError) as caught:
        make_correction(values)
    assert caught.value.code == "correction_invalid"


def test_a_correction_is_kept_used_by_dances_and_forgotten(song, plain):
    keep_correction(song.sha256, make_correction({"factor": 0.5, "one": 1}))
    assert correction_of(song.sha256) == Correction(factor=0.5, one=1)
    known = listen(song)
    assert known.tempo == pytest.approx(plain.tempo / 2, rel=1e-3)
    plan = make_plan(known, make_request({"prompt": "wave"}))
    assert np.median(np.diff(plan.counts.times)) == pytest.approx(120.0 / plain.tempo, rel=1e-3)
    keep_correction(song.sha256, Correction())
    assert listen(song).tempo == plain.tempo


def test_a_song_is_heard_once(song, monkeypatch):
    first = heard(song)

    def deaf(*given):
        raise AssertionError("it was analysed again")

    monkeypatch.setattr(remembered, "analyze", deaf)
    again = heard(song)
    np.testing.assert_array_equal(first.beats, again.beats)
    assert again.to_dict() == first.to_dict()
    other = replace(song, sha256="0" * 64)
    with pytest.raises(AssertionError):
        heard(other)


def test_a_spoilt_memory_is_heard_anew_and_a_spoilt_correction_is_left(song, caplog):
    path = next((remembered.cache_folder() / "analyses").glob(f"{song.sha256}*"), None)
    assert path is not None
    path.write_text("{", encoding="utf-8")
    assert len(heard(song).beats) > 10
    kept = remembered.cache_folder() / "corrections" / f"{song.sha256}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("no json", encoding="utf-8")
    assert correction_of(song.sha256) == Correction()
    assert "cannot be read" in caplog.text
    assert kept.read_text(encoding="utf-8") == "no json"


def test_a_folder_that_cannot_be_written_is_told(song, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(remembered.CACHE_VARIABLE, str(tmp_path / "file"))
    assert len(listen(song).beats) > 10
    with pytest.raises(ChoreoError) as caught:
        keep_correction(song.sha256, Correction(factor=2.0))
    assert caught.value.code == "correction_not_kept"


def test_nothing_is_left_on_a_full_disk(song, monkeypatch, tmp_path):
    with small_disk(tmp_path / "disk") as folder:
        monkeypatch.setenv(remembered.CACHE_VARIABLE, str(folder))
        (folder / "corrections").mkdir()
        with (folder / "everything").open("wb", buffering=0) as hog, suppress(OSError):
            while hog.write(bytes(4096)):
                pass
        with pytest.raises(ChoreoError, match="No space left") as caught:
            keep_correction(song.sha256, Correction(factor=2.0))
        assert caught.value.code == "correction_not_kept"
        assert len(listen(song).beats) > 10
        assert [path.name for path in folder.rglob("*") if path.is_file()] == ["everything"]


def test_clicks_are_on_the_beats(plain):
    track = np.abs(click_track(plain))
    assert len(track) == round(plain.duration * RATE)
    loud = np.flatnonzero((track > 0.02) & (np.roll(track, 1) < 0.02))
    starts = loud[np.diff(loud, prepend=-RATE) > 0.1 * RATE] / RATE
    inside = plain.beats[plain.beats < plain.duration - 0.05]
    np.testing.assert_allclose(starts[: len(inside)], inside, atol=0.002)


def test_the_command_corrects_step_by_step(tmp_path, capsys):
    path = song_file(tmp_path / "노래 1.ogg")

    def told(*options: str) -> dict:
        assert main(["analyze", str(path), "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    plain = told()
    assert plain["correction"] == {}
    assert told("--halve")["tempo"] == pytest.approx(plain["tempo"] / 2, rel=1e-3)
    assert told("--double", "--nudge", "-12")["correction"] == {"nudge_ms": -12.0}
    assert told("--one", "1")["correction"] == {"nudge_ms": -12.0, "one": 1}
    sections = tmp_path / "sections.json"
    sections.write_text('[{"start": 0, "label": "chorus"}]', encoding="utf-8")
    assert told("--sections", str(sections))["sections"][0]["label"] == "chorus"
    picture, clicks = tmp_path / "heard.png", tmp_path / "clicks.wav"
    forgotten = told("--forget", "--plot", str(picture), "--click", str(clicks))
    assert forgotten["beats"] == plain["beats"]
    assert Image.open(picture).width == 1800
    with wave.open(str(clicks)) as sound:
        assert sound.getnframes() == round(plain["duration"] * RATE)
    assert main(["analyze", str(path), "--taps", "3", "2", "1", "0"]) == 1
    assert "do not rise" in capsys.readouterr().err
    assert told()["correction"] == {}


def test_nothing_is_left_of_writing(song, monkeypatch):
    keep_correction(song.sha256, Correction(one=2))
    assert not list(Path(remembered.cache_folder()).rglob("*.part"))
    killed = remembered.cache_folder() / "analyses" / "tmp1234.part"
    killed.parent.mkdir(parents=True, exist_ok=True)
    killed.write_text("half", encoding="utf-8")
    heard(replace(song, sha256="1" * 64))
    assert killed.exists()  # somebody may be writing it
    monkeypatch.setattr(remembered, "LEFT", -1.0)
    heard(replace(song, sha256="2" * 64))
    assert not list(Path(remembered.cache_folder()).rglob("*.part"))
