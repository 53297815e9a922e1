"""Loudness by the standard's own cases; breaks, drops and silences at known times."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.audio.analysis import SongAnalysis, analyze
from engine.audio.decode import ANALYSIS_RATE, Song
from engine.audio.drums import Drums, Strokes
from engine.audio.loudness import Loudness, find_loudness, k_power, k_squares, k_weighting
from engine.choreography.accents import find_moments
from engine.choreography.counts import count_song
from tests.songs import Part, render_song

BPM = 120.0


def tone(levels: list[tuple[float, float]], rate: int) -> np.ndarray:
    """1 kHz at levels in dBFS for seconds, as in EBU Tech 3341."""
    parts = [
        10.0 ** (level / 20.0) * np.sin(2.0 * np.pi * 1000.0 * np.arange(round(s * rate)) / rate)
        for level, s in levels
    ]
    return np.concatenate(parts)


def loudness_of(samples: np.ndarray, rate: int) -> Loudness:
    return find_loudness(k_power(k_squares(samples, rate), rate))


def test_k_weighting_is_the_table_of_the_standard() -> None:
    """ITU-R BS.1770-4, tables 1 and 2 (48 kHz)."""
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
    shelf += [1.0, -1.69065929318241, 0.73248077421585]
    low = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    assert np.allclose(k_weighting(48000), [shelf, low], atol=1e-7)


@pytest.mark.parametrize("rate", [22050, 48000])
@pytest.mark.parametrize(
    ("levels", "lufs"),
    [
        ([(-23.0, 20.0)], -23.0),
        ([(-33.0, 20.0)], -33.0),
        ([(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        ([(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
    ],
)
def test_loudness_of_the_ebu_cases(
    levels: list[tuple[float, float]], lufs: float, rate: int
) -> None:
    """EBU Tech 3341, cases 1 to 4: within 0.1 LU."""
    assert loudness_of(tone(levels, rate), rate).integrated == pytest.approx(lufs, abs=0.1)


def test_momentary_follows_faster_than_short_term() -> None:
    heard = loudness_of(tone([(-40.0, 6.0), (-20.0, 6.0)], ANALYSIS_RATE), ANALYSIS_RATE)
    assert heard.momentary[57] < -39.0
    assert heard.momentary[63] > -21.0
    assert -39.0 < heard.short_term[57] < -20.5
    assert heard.short_term[90] == pytest.approx(-20.0, abs=0.1)


def test_digital_silence_has_a_number() -> None:
    heard = loudness_of(np.zeros(ANALYSIS_RATE * 5), ANALYSIS_RATE)
    assert np.isfinite(heard.integrated)
    assert np.all(np.isfinite(heard.momentary))


def song_with(cut_bar: int, cut_beats: int) -> tuple[SongAnalysis, float, float]:
    """Soft eight bars and twelve loud ones; the last beats before ``cut_bar`` are silent."""
    rendered = render_song(
        bpm=BPM,
        parts=(Part("verse", 8, drums="backbeat", level=0.4), Part("chorus", 12, lead=True)),
        offset=0.5,
    )
    samples = rendered.samples.astype(np.float32).copy()
    end = float(rendered.downbeats[cut_bar])
    start = end - cut_beats * 60.0 / BPM
    if cut_beats:
        samples[round(start * ANALYSIS_RATE) : round((end - 0.01) * ANALYSIS_RATE)] = 0.0
    song = Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, "cut")
    return analyze(song), start, end


@pytest.mark.parametrize(("bar", "beats"), [(8, 1), (8, 2), (14, 4)])
def test_a_break_is_heard_and_held_still(bar: int, beats: int) -> None:
    analysis, start, end = song_with(bar, beats)
    assert analysis.events is not None
    assert [one.start for one in analysis.events.breaks] == [pytest.approx(start, abs=0.02)]
    assert [one.end for one in analysis.events.breaks] == [pytest.approx(end, abs=0.02)]
    assert min(abs(drop - end) for drop in analysis.events.drops) < 0.02
    counts = count_song(
        analysis.beats,
        analysis.downbeats,
        np.array([section.start for section in analysis.sections]),
        analysis.tempo,
        analysis.duration,
    )
    moments = find_moments(analysis, counts)
    back = int(np.rint(counts.position(np.array([end])))[0])
    assert moments.breaks == frozenset(range(back - beats, back))
    assert back in moments.hits
    assert not moments.breaks & moments.hits


def test_strokes_that_come_alone_between_counts_are_danced() -> None:
    """A clap on the "and" after the first count, with neither count struck, and no other."""
    analysis, *_ = song_with(8, 0)
    assert analysis.drums is not None
    counts = count_song(
        analysis.beats, analysis.downbeats, np.zeros(0), analysis.tempo, analysis.duration
    )
    beat = 60.0 / BPM
    alone, beside = analysis.beats[8] + beat / 2, analysis.beats[16] + beat / 2
    strokes = Strokes(np.array([alone, beside, analysis.beats[17]]), np.array([0.9, 0.9, 0.3]))
    nothing = Strokes(np.zeros(0), np.zeros(0))
    told = replace(analysis, drums=Drums(nothing, strokes, nothing))
    position = float(counts.position(np.array([alone]))[0])
    assert find_moments(told, counts).syncopes == {round(position * 2) / 2}
    assert not find_moments(replace(analysis, drums=None), counts).syncopes


def test_silence_is_told_and_music_without_any_has_none() -> None:
    analysis, start, end = song_with(14, 4)
    assert analysis.events is not None
    (silence,) = analysis.events.silences
    assert start - 0.05 < silence.start < start + 0.5
    assert end - 0.5 < silence.end < end + 0.05
    whole = song_with(8, 0)[0].events
    assert whole is not None
    assert whole.silences == whole.breaks == ()
    assert len(whole.drops) == 1


def test_loudness_and_events_round_trip_and_may_be_missing() -> None:
    analysis, _, _ = song_with(8, 2)
    data = json.loads(json.dumps(analysis.to_dict(), allow_nan=False))
    assert SongAnalysis.from_dict(data).to_dict() == analysis.to_dict()
    older = {k: v for k, v in data.items() if k not in ("loudness", "events")}
    read = SongAnalysis.from_dict(older)
    assert (read.loudness, read.events) == (None, None)


def test_each_beat_has_its_loudness() -> None:
    analysis, _, _ = song_with(8, 0)
    assert analysis.events is not None
    loud = analysis.events.loudness
    assert len(loud) == len(analysis.beats)
    assert loud[40:70].mean() > loud[4:28].mean() + 4.0
