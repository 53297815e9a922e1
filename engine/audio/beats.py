"""The beats of a song: an even grid where the tempo is constant, tracked beats where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import uniform_filter1d

from engine.audio import pulse
from engine.audio.activations import Activations
from engine.audio.counting import Evidence, counted
from engine.audio.decode import Song
from engine.audio.grid import FineOnsets, Grid, best_grid, even_grid, fine_onsets
from engine.audio.key import Chroma
from engine.audio.onsets import Onsets
from engine.audio.tempo import DEFAULT_BPM, clarity_along, find_tempi
from engine.audio.tracking import follow_changes, misfits, spliced

UNCLEAR = 0.05
"""Confidence below which a tempo is a guess, and the default tempo as good as any."""
UNCLEAR_ALONG = 0.2
"""The same of a tempo that changes."""
UNEVEN = 0.2
"""Part of the song beside the even grid from which on the tempo counts as changing."""
QUIET_DB = -45.0
"""Level below the song's loud passages at which the music has not begun or is over."""
LEAST_MUSIC_S = 2.0


@dataclass(frozen=True, eq=False)
class Beats:
    """The beats from the first to the last musical moment."""

    times: Float[np.ndarray, " B"]
    """Seconds."""
    tempo: float
    """Beats a minute; the typical one where it changes."""
    tempo_confidence: float
    confidence: float
    even: bool
    """Whether the beats are an even grid."""


@dataclass(frozen=True)
class Extent:
    """The music's first and last moment, in seconds."""

    first: float
    last: float


def find_beats(
    song: Song, onsets: Onsets, activations: Activations, chroma: Chroma | None = None
) -> Beats:
    """Beats of any song; where none can be heard, an even grid with confidence about 0."""
    fine = fine_onsets(song.samples, song.sample_rate)
    extent = musical_extent(song)
    activation = activations.beat_at(pulse.RATE)
    path = pulse.follow(activation)
    if len(path) < 4:
        return no_beats(extent)
    tempi = find_tempi(onsets, 60.0 / float(np.median(np.diff(path))))
    clarity = pulse.clarity(activation, path)
    if tempi.clarity < UNCLEAR:
        # Networks find beats in rain and applause too; sound of a beat repeats along them.
        clarity = min(clarity, clarity_along(onsets, path))
        if clarity < UNCLEAR_ALONG:
            return no_beats(extent)
    evidence = Evidence(onsets, activations)
    with_chords = Evidence(onsets, activations, chroma)
    likely = pulse.likelihood(activation)
    found = best_grid(tempi, likely, onsets, song.duration).between(0.0, song.duration)
    count = counted(even_grid(found, fine).between(0.0, song.duration), with_chords)
    grid = even_grid(count.times, fine)
    even = np.maximum(grid.between(-0.02, song.duration), 0.0)
    tracked = follow_changes(path, evidence, fine)  # parts have too few chords to count by
    missed = misfits(fine, even, tracked)
    off_grid = float(np.mean(missed))
    if off_grid > UNEVEN and clarity >= tempi.clarity / 2.0:
        times = _within(tracked, extent)
        typical = 60.0 / float(np.median(np.diff(tracked)))
        return Beats(
            times, typical, 0.6 * clarity, 0.6 * clarity * agreement(fine, times), even=False
        )
    times = spliced(even, tracked, missed)
    confidence = tempi.clarity * agreement(fine, even) * (1.0 - off_grid)
    return Beats(
        times=_within(times, extent),
        tempo=60.0 / grid.period,
        tempo_confidence=tempi.clarity * count.sure,
        confidence=float(confidence * (0.6 + 0.4 * min(count.margin / 0.2, 1.0))),
        even=times is even,
    )


def no_beats(extent: Extent) -> Beats:
    """An even grid at 120 BPM over the music, for songs without a beat that could be heard."""
    times = Grid(extent.first, 60.0 / DEFAULT_BPM).between(extent.first, extent.last)
    return Beats(times, DEFAULT_BPM, 0.0, 0.0, even=True)


def musical_extent(song: Song) -> Extent:
    """Where the music begins and ends, without silence before and after it.

    The whole song, if it is silent, or silent but for a moment.
    """
    step = song.sample_rate // 50
    count = max(len(song.samples) // step, 1)
    blocks = song.samples[: count * step].reshape(count, -1)
    squares = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64)
    power = uniform_filter1d(squares / blocks.shape[1], 3)
    audible = np.flatnonzero(power > np.percentile(power, 95) * 10.0 ** (QUIET_DB / 10.0))
    if len(audible) == 0:
        return Extent(0.0, song.duration)
    first, last = (float(k) * step / song.sample_rate for k in (audible[0], audible[-1] + 1))
    if last - first < LEAST_MUSIC_S:
        return Extent(0.0, song.duration)
    return Extent(first, min(last, song.duration))


def _within(times: Float[np.ndarray, " B"], extent: Extent) -> Float[np.ndarray, " C"]:
    """The times inside the music, one that begins it (within 60 ms) included; at least two."""
    slack = 0.06
    inside = times[(times >= max(extent.first - slack, 0.0)) & (times <= extent.last)]
    return inside if len(inside) >= 2 else times


def agreement(fine: FineOnsets, times: Float[np.ndarray, " B"]) -> float:
    """Whether onsets at beats are higher than elsewhere: 0 for no difference, 1 from 20% on."""
    if len(times) < 2:
        return 0.0
    at = fine.peak_near(times, 0.02)[1].mean()
    # Steps of a golden section of a beat meet every place within the beat.
    elsewhere = np.arange(times[0], times[-1], 0.381966 * (times[-1] - times[0]) / len(times))
    level = fine.peak_near(elsewhere, 0.02)[1].mean()
    return float(np.clip((at / max(level, 1e-9) - 1.0) / 0.2, 0.0, 1.0))
