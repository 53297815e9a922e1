"""A dancer's counts: beats (or every second one), numbered so that eights start with the music."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

FASTEST = 140.0
"""BPM above which a dancer takes the half-time."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts over the whole song, before its first beat and after its last as well."""

    times: Float[np.ndarray, " N"]
    """Seconds of the song, rising."""
    first: int
    """The number of the first count; numbers 0, 8, 16, ... start eights."""
    every: int
    """Beats of the song in one count: 1, or 2 in half-time."""

    def position(self, seconds: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        """Count number (with fraction) at given seconds."""
        return np.interp(seconds, self.times, self.first + np.arange(len(self.times)))

    def seconds(self, position: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        """Seconds of count numbers; inverse of :meth:`position`."""
        return np.interp(position, self.first + np.arange(len(self.times)), self.times)

    def tempo(self, seconds: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
        """Counts a minute at given seconds."""
        periods = np.gradient(self.times)
        return 60.0 / np.interp(seconds, self.times, periods)


def count_song(
    beats: Float[np.ndarray, " B"],
    downbeats: Float[np.ndarray, " D"],
    section_starts: Float[np.ndarray, " S"],
    tempo: float,
    duration: float,
) -> Counts:
    """Numbers the counts of a song.

    Args:
        beats, downbeats: seconds; at least two beats.
        section_starts: seconds where the music changes; eights are laid to start there.
        tempo: BPM.
        duration: seconds; the counts cover 0 to here and two eights on each side.
    """
    nearest = np.array([int(np.argmin(np.abs(beats - d))) for d in downbeats], dtype=int)
    every = 2 if tempo > FASTEST else 1
    if every == 2:
        parity = int(np.bincount(nearest % 2, minlength=2).argmax()) if len(nearest) else 0
        beats = beats[parity::2]
        nearest = np.array([int(np.argmin(np.abs(beats - d))) for d in downbeats], dtype=int)
    period = float(np.median(np.diff(beats)))
    before = int(np.ceil(max(0.0, beats[0]) / period)) + 16
    after = int(np.ceil(max(0.0, duration - beats[-1]) / period)) + 16
    times = np.concatenate(
        [
            beats[0] - period * np.arange(before, 0, -1),
            beats,
            beats[-1] + period * np.arange(1, after + 1),
        ]
    )
    bar = 4 // every
    one = _majority(nearest, bar) if len(nearest) else 0
    starts = np.array([int(np.argmin(np.abs(beats - s))) for s in section_starts], dtype=int)
    on_bar = starts[(starts - one) % bar == 0]
    eight = _majority(on_bar, 8) if len(on_bar) else one
    return Counts(times, -before - eight, every)


def _majority(numbers: np.ndarray, period: int) -> int:
    """The commonest remainder; the earliest number decides a tie."""
    votes = np.bincount(numbers % period, minlength=period).astype(float)
    votes[numbers[0] % period] += 0.5
    return int(votes.argmax())
