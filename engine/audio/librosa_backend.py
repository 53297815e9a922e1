"""librosa's beat tracker as a selectable back end. Imported only when it is asked for."""

from __future__ import annotations

import numpy as np

from engine.audio.beats import Beats, agreement
from engine.audio.decode import Song
from engine.audio.grid import fine_onsets
from engine.audio.onsets import find_onsets
from engine.audio.summary import SongAnalysis, summarize
from engine.audio.tracking import settled
from engine.errors import ChoreoError

LATENESS_S = 0.035
"""By how much librosa's beats are late (30 ms on rendered drums, 43 ms on recordings)."""


def analyze_librosa(song: Song) -> SongAnalysis:
    """Beats by ``librosa.beat.beat_track``, moved onto the onsets beside them.

    Raises:
        ChoreoError: ``backend_missing`` if librosa is not installed, ``no_beats`` if it finds
            fewer than two.
    """
    try:
        import librosa
    except ImportError as error:
        raise ChoreoError(
            "backend_missing",
            "librosa is not installed.",
            "Install it with 'pip install librosa', or analyse with the back end 'ours'.",
            status=400,
        ) from error
    rough = librosa.beat.beat_track(y=song.samples, sr=song.sample_rate, units="time")[1]
    if len(rough) < 2:
        raise ChoreoError(
            "no_beats", "librosa finds no beats in this song.", "Analyse with the back end 'ours'."
        )
    fine = fine_onsets(song.samples, song.sample_rate)
    times = settled(fine, np.asarray(rough, dtype=np.float64) - LATENESS_S, 0.03)
    times = times[times >= 0.0]
    slope = float(np.polyfit(np.arange(len(times)), times, 1)[0])
    confidence = 0.6 * agreement(fine, times)
    beats = Beats(times, 60.0 / slope, confidence, confidence, even=False)
    return summarize(song, find_onsets(song.samples, song.sample_rate), beats, "librosa")
