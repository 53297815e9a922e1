"""Listens to a song: the one entrance to the ears, whichever back end does the listening."""

from __future__ import annotations

from collections.abc import Callable

from engine.audio.comb_backend import analyze_comb
from engine.audio.decode import Song
from engine.audio.librosa_backend import analyze_librosa
from engine.audio.summary import Confidence, SongAnalysis
from engine.errors import ChoreoError

__all__ = ["BACKENDS", "Confidence", "SongAnalysis", "analyze"]

BACKENDS: dict[str, Callable[[Song], SongAnalysis]] = {
    "comb": analyze_comb,
    "librosa": analyze_librosa,
}


def analyze(song: Song, backend: str = "comb") -> SongAnalysis:
    """Tempo, beats, bars, energy, key and sections, each with a confidence.

    A song without a beat gets an even grid at 120 BPM and confidences about 0.

    Raises:
        ChoreoError: ``backend_unknown``; ``backend_missing`` if its library is not installed.
    """
    if backend not in BACKENDS:
        raise ChoreoError(
            "backend_unknown",
            f"There is no analysis back end called '{backend}'.",
            f"Choose one of: {', '.join(BACKENDS)}.",
            status=400,
        )
    return BACKENDS[backend](song)
