"""Turning noise into motion: a sampler, guidance, and windows that agree with their neighbours.

Written once for NumPy and torch. The sampler is a function of a denoiser, noise, times and a
callback; what the denoiser does inside (guidance, windows, back end) is not its business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Bool, Float, Int

from engine.model.conditions import Condition, stack
from engine.model.config import ModelConfig
from engine.model.diffusion import level

Array = Any


@runtime_checkable
class Denoiser(Protocol):
    """A motion model on some back end. Arrays are of the back end's own kind."""

    @property
    def config(self) -> ModelConfig: ...

    @property
    def rows_at_once(self) -> int:
        """Windows that one call should take, to bound memory and the wait for a cancel."""
        ...

    def array(self, values: np.ndarray) -> Array:
        """A float32 NumPy array as the back end's kind."""
        ...

    def __call__(self, x: Array, t: float, condition: Condition) -> Array:
        """x0 ``[B, T, F]`` of the noised ``x [B, T, F]`` at time ``t`` (normalised features)."""
        ...


@dataclass(frozen=True)
class Guidance:
    """How far to lean towards the sentence and towards the music; 1 is not at all.

    x0 = none + text (told - none) + rhythm (all - told), in the order none, sentence, everything
    (Ho and Salimans, 2022; Brooks et al., 2023, for two scales). The spread of x0 is not scaled
    back afterwards: that made dances timid and deaf to words, for the spread is what was asked for.
    """

    text: float = 2.0
    rhythm: float = 2.0
    end: float = 0.15
    """Below this time the fully told prediction is taken."""


@dataclass(frozen=True, eq=False)
class Windows:
    """B windows of one length over a sequence of T frames; over a loop they run past its end."""

    starts: Int[np.ndarray, " B"]
    length: int
    condition: Condition
    """Of the B windows, or of those of several takes one after another; the denoiser's arrays."""
    weights: Float[np.ndarray, "B L"]
    """How much each window counts in each of its frames; sums to 1 over the windows."""

    def touching(self, free: Bool[np.ndarray, " T"]) -> Windows:
        """Only the windows that hold a free frame, and all of those; the rest can be left out."""
        inside = self.starts[:, None] + np.arange(self.length)
        rows = np.flatnonzero(free[inside % len(free)].any(axis=1))
        if len(rows) == len(self.starts):
            return self
        condition = stack(*(self.condition.take(slice(r, r + 1)) for r in rows.tolist()))
        return replace(
            self, starts=self.starts[rows], condition=condition, weights=self.weights[rows]
        )


@dataclass(frozen=True, eq=False)
class Known:
    """Inpainting: where ``mask`` is 1, the result is ``rows`` (both in the sample's shape)."""

    rows: Array
    mask: Array

    def __call__(self, x0: Array) -> Array:
        """``x0`` with what is known in its place."""
        return self.rows * self.mask + x0 * (1 - self.mask)


def sample(
    denoise: Callable[[Array, float], Array],
    noise: Array,
    times: Float[np.ndarray, " N"],
    eta: float = 0.0,
    fresh_noise: Callable[[], Array] | None = None,
    known: Callable[[Array], Array] | None = None,
    callback: Callable[[int], None] | None = None,
) -> Array:
    """Runs the reverse process and returns x0, like ``noise`` in shape.

    Args:
        denoise: gives x0 of (x_t, t).
        times: falling; a last step leads to 0.
        eta: 0 is DDIM (Song et al., 2021), 1 is ancestral sampling (Ho et al., 2020).
        fresh_noise: standard normal noise for each step, needed when ``eta`` > 0.
        known: inpainting; puts what is known of x0 already into it (:class:`Known`).
        callback: called with the number of each step that is done; may raise to stop.
    """
    x = noise
    x0 = noise
    for number, t in enumerate(times.tolist()):
        x0 = denoise(x, t)
        if known is not None:
            x0 = known(x0)
        if number + 1 < len(times):
            now, then = level(t), level(float(times[number + 1]))
            direction = (x - now.alpha * x0) / now.sigma
            ratio = max(0.0, 1.0 - (now.alpha / then.alpha) ** 2)
            jump = eta * then.sigma / now.sigma * float(np.sqrt(ratio))
            kept = float(np.sqrt(max(0.0, then.sigma**2 - jump**2)))
            x = then.alpha * x0 + kept * direction
            if jump > 0.0 and fresh_noise is not None:
                x = x + jump * fresh_noise()
        if callback is not None:
            callback(number + 1)
    return x0


def guided(
    denoiser: Denoiser, x: Array, t: float, condition: Condition, guidance: Guidance
) -> Array:
    """x0 of B windows under guidance: one row for each where it does not act.

    Two where text and rhythm have one scale, for then the row in the middle cancels; else three.
    """
    plain = guidance.text == 1.0 and guidance.rhythm == 1.0
    if plain or t < guidance.end:
        return denoiser(x, t, condition)
    xp = array_namespace(x)
    untold_rhythm = condition.without_rhythm()
    if guidance.text == guidance.rhythm:
        rows = stack(untold_rhythm.without_text(), condition)
        both = denoiser(xp.concat([x, x], axis=0), t, rows)
        none, everything = both[: x.shape[0]], both[x.shape[0] :]
        return none + guidance.text * (everything - none)
    rows = stack(untold_rhythm.without_text(), untold_rhythm, condition)
    none, told, everything = _thirds(denoiser(xp.concat([x, x, x], axis=0), t, rows))
    return none + guidance.text * (told - none) + guidance.rhythm * (everything - told)


def denoise_windows(
    denoiser: Denoiser,
    x: Array,
    t: float,
    windows: Windows,
    guidance: Guidance,
    checkpoint: Callable[[float], None] = lambda share: None,
) -> Array:
    """x0 of a whole sequence ``x [T, F]``: windows are denoised apart and averaged where they meet.

    After Bar-Tal et al. (2023, MultiDiffusion): because each step starts from the common sequence,
    neighbours agree on what they share. Memory does not grow with T. Several takes ``[N, T, F]``
    share the batches. A window that runs past the end goes on at the beginning.

    Args:
        checkpoint: told the share of all that is done, 0..1, between batches; may raise to stop.
    """
    if x.ndim == 2:
        return denoise_windows(denoiser, x[None, ...], t, windows, guidance, checkpoint)[0]
    xp = array_namespace(x)
    total = xp.zeros_like(x)
    count = len(windows.starts)
    apart = windows.condition.frames.shape[0] > count
    pieces = [(take, number) for take in range(x.shape[0]) for number in range(count)]
    batch = max(1, denoiser.rows_at_once // 3)
    for first in range(0, len(pieces), batch):
        checkpoint(first / len(pieces))
        rows = pieces[first : first + batch]
        starts = [int(windows.starts[number]) for _, number in rows]
        cuts = [
            _cut(x[take], start, windows.length)
            for (take, _), start in zip(rows, starts, strict=True)
        ]
        numbers = [number for _, number in rows]
        told = [take * count + number if apart else number for take, number in rows]
        condition = _rows_of(windows.condition, told)
        result = guided(denoiser, xp.stack(cuts, axis=0), t, condition, guidance)
        weights = denoiser.array(windows.weights[numbers][..., None].astype(np.float32))
        for (take, _), start, piece in zip(rows, starts, result * weights, strict=True):
            for inside, there in _stretches(start, windows.length, x.shape[1]):
                total[take, there] += piece[inside]
    return total


def _rows_of(condition: Condition, numbers: list[int]) -> Condition:
    """The windows ``numbers``, which rise by one and may begin again."""
    parts, first = [], 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] != numbers[place - 1] + 1:
            parts.append(condition.take(slice(numbers[first], numbers[place - 1] + 1)))
            first = place
    return parts[0] if len(parts) == 1 else stack(*parts)


def _stretches(start: int, length: int, total: int) -> list[tuple[slice, slice]]:
    """Where a window lies: slices of itself and of the sequence, which begins anew at its end."""
    found, done = [], 0
    while done < length:
        there = (start + done) % total
        count = min(length - done, total - there)
        found.append((slice(done, done + count), slice(there, there + count)))
        done += count
    return found


def _cut(x: Array, start: int, length: int) -> Array:
    """The frames of ``x [T, F]`` in one window."""
    parts = [x[there] for _, there in _stretches(start, length, x.shape[0])]
    return parts[0] if len(parts) == 1 else array_namespace(x).concat(parts, axis=0)


def crossfade_weights(
    starts: Int[np.ndarray, " B"], length: int, total: int, fade: int, cyclic: bool = False
) -> Float[np.ndarray, "B L"]:
    """Weights that rise over ``fade`` frames at each inner edge and sum to 1 in every frame.

    Args:
        cyclic: the sequence has no ends; windows may run past ``total`` and even over themselves.
    """
    ramp = np.minimum((np.arange(length) + 1.0) / (fade + 1.0), 1.0)
    weights = np.empty((len(starts), length))
    for row, start in enumerate(starts.tolist()):
        rising = np.ones(length) if start == 0 and not cyclic else ramp
        falling = np.ones(length) if start + length == total and not cyclic else ramp[::-1]
        weights[row] = np.maximum(rising * falling, 1e-3)
    frames = (starts[:, None] + np.arange(length)) % total
    sums = np.zeros(total)
    np.add.at(sums, frames, weights)
    return weights / sums[frames]


def _thirds(rows: Array) -> tuple[Array, Array, Array]:
    third = rows.shape[0] // 3
    return rows[:third], rows[third : 2 * third], rows[2 * third :]
