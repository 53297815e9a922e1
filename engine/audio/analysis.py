"""Listens to a song: the one entrance to the ears, whichever back end does the listening."""

from __future__ import annotations

from collections.abc import Callable

from engine.audio.decode import Song
from engine.audio.librosa_backend import analyze_librosa
from engine.audio.madmom_backend import analyze_madmom
from engine.audio.our_backend import analyze_ours
from engine.audio.summary import UNSTEADY, Confidence, SongAnalysis
from engine.errors import ChoreoError

__all__ = [
    "BACKENDS",
    "DEFAULT_BACKEND",
    "NOTES",
    "UNSTEADY",
    "Confidence",
    "SongAnalysis",
    "analyze",
]

BACKENDS: dict[str, Callable[[Song], SongAnalysis]] = {
    "ours": analyze_ours,
    "librosa": analyze_librosa,
    "madmom": analyze_madmom,
}
"""All but ``ours`` are optional: they tell how to install them where they are not."""
NOTES = {"madmom": "madmom's models are CC BY-NC-SA 4.0: not for commercial use."}
"""What one should know who chooses a back end."""
DEFAULT_BACKEND = "ours"


def analyze(song: Song, backend: str = DEFAULT_BACKEND) -> SongAnalysis:
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
