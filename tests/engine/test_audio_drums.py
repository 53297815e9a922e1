"""Accents by band: kick, snare and hats where the score has them."""

from __future__ import annotations

import mir_eval
import numpy as np
import pytest

from engine.audio.drums import DRUMS, Drums, find_drums
from tests import songs
from tests.songs import Part, render_song

RATE = 22050
BPM = 110.0


def truth_of(pattern: str, bars: int, first: float) -> dict[str, np.ndarray]:
    """Seconds of the strokes of a pattern of tests/songs.py; its hat is called hats here."""
    sixteenth = 60.0 / BPM / 4.0
    return {
        {"hat": "hats"}.get(drum, drum): np.array(
            [
                first + (16 * bar + step) * sixteenth
                for bar in range(bars)
                for step, mark in enumerate(marks)
                if mark == "x"
            ]
        )
        for drum, marks in songs.DRUMS[pattern].items()
    }


@pytest.mark.parametrize("pattern", ["four", "backbeat", "half"])
def test_each_band_strikes_where_its_drum_does(pattern: str) -> None:
    song = render_song(bpm=BPM, parts=(Part("chorus", 12, drums=pattern, lead=True),), rate=RATE)
    heard = find_drums(song.samples, RATE)
    truth = truth_of(pattern, 12, float(song.downbeats[0]))
    for drum in DRUMS:
        found = getattr(heard, drum).times
        _, right, recall = mir_eval.onset.f_measure(truth[drum], found, window=0.05)
        if drum == "hats":  # claps and clicks are bright as well
            whole = np.unique(np.concatenate(list(truth.values())))
            right = mir_eval.onset.f_measure(whole, found, window=0.05)[1]
        assert recall >= 0.9, (drum, recall)
        assert right >= {"kick": 0.6, "snare": 0.9, "hats": 0.9}[drum], (drum, right)
        nearest = found[np.argmin(np.abs(found[None] - truth[drum][:, None]), axis=1)]
        assert abs(np.median(nearest - truth[drum])) < 0.005, drum


def test_silence_and_a_held_tone_have_no_drums() -> None:
    seconds = np.arange(8 * RATE) / RATE
    for samples in (np.zeros(8 * RATE), 0.3 * np.sin(2.0 * np.pi * 220.0 * seconds)):
        heard = find_drums(samples.astype(np.float32), RATE)
        assert all(len(getattr(heard, drum).times) <= 2 for drum in DRUMS)


def test_a_soft_stroke_is_softer_than_a_hard_one() -> None:
    """The same kick at a third of its height on every second beat."""
    song = render_song(bpm=BPM, parts=(Part("verse", 8, drums="kicks"),), rate=RATE)
    samples = song.samples.astype(np.float32).copy()
    half = 30.0 / BPM
    for beat in song.beats[1::2]:
        first = round((beat - 0.25 * half) * RATE)
        samples[first : first + round(1.5 * half * RATE)] *= 0.5
    kick = find_drums(samples, RATE).kick
    at = [kick.strengths[np.argmin(np.abs(kick.times - beat))] for beat in song.beats[:24]]
    assert np.median(at[::2]) > np.median(at[1::2]) + 0.1


def test_drums_survive_json() -> None:
    heard = find_drums(render_song(parts=(Part("verse", 4),), rate=RATE).samples, RATE)
    again = Drums.from_dict(heard.to_dict())
    assert again.to_dict() == heard.to_dict()
    with pytest.raises(ValueError, match="as many"):
        Drums.from_dict({**heard.to_dict(), "kick": {"times": [1.0], "strengths": []}})
