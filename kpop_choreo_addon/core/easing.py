"""Curves in time that come and go without a jolt, with NumPy alone."""

from __future__ import annotations

import numpy as np


def runs(mask: np.ndarray) -> list[slice]:
    """The unbroken stretches of true frames of ``mask[T]``, as slices."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def smootherstep(share: np.ndarray) -> np.ndarray:
    """0 to 1 with neither speed nor acceleration at the ends."""
    x = np.clip(share, 0.0, 1.0)
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0)


def around(mask: np.ndarray, frames: float) -> np.ndarray:
    """1 where ``mask[T]`` is true, easing to 0 over ``frames`` before and after."""
    if not mask.any():
        return np.zeros(len(mask))
    where = np.flatnonzero(mask)
    every = np.arange(len(mask))
    after = np.searchsorted(where, every)
    away = np.minimum(
        np.abs(every - where[np.minimum(after, len(where) - 1)]),
        np.abs(every - where[np.maximum(after - 1, 0)]),
    )
    return 1.0 - smootherstep(away / max(frames, 1e-9))


def bridge(values: np.ndarray, known: np.ndarray, ease: float) -> np.ndarray:
    """``values[T, C]`` with what is not ``known[T]`` filled in, without a jolt at either end.

    A gap glides from the value before it to the one after it. What speed and acceleration the
    known values have where they end dies away over ``ease`` frames at most.
    """
    if not known.any():
        return np.zeros_like(values)
    result = values.copy()
    whole = runs(known)
    for before, after in zip([None, *whole], [*whole, None], strict=True):
        start = before.stop if before else 0
        stop = after.start if after else len(values)
        if start == stop:
            continue
        first = values[start - 1] if before else values[stop]
        last = values[stop] if after else first
        share = (np.arange(stop - start) + 1.0) / (stop - start + 1.0)
        curve = smootherstep(share)[:, None]
        # With one end only the whole gap keeps that end's value.
        gap = first + (last - first) * curve
        length = min(ease, (stop - start + 1.0) / (2.0 if before and after else 1.0))
        steps = np.arange(1.0, stop - start + 1.0)
        if before:
            gap += _dying(*_trend(values[before][::-1]), steps, length)
        if after:
            gap += _dying(*_trend(values[after]), steps, length)[::-1]
        result[start:stop] = gap
    return result


def swell(need: np.ndarray, frames: int) -> np.ndarray:
    """A smooth curve that is nowhere under ``need[T]`` and reaches it near each of its peaks."""
    if not need.any():
        return np.zeros_like(need)
    width = 2 * max(1, frames) + 1
    half = width // 2
    padded = np.pad(need, 2 * half, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, width).max(axis=-1)
    return np.convolve(highest, bell(width), mode="valid")


def evened(values: np.ndarray, frames: int) -> np.ndarray:
    """``values[T, C]`` without what is faster than about ``frames``; the ends stay as they are."""
    width = max(3, frames) | 1
    padded = np.pad(values, ((width // 2, width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(c, bell(width), "valid") for c in padded.T], axis=-1)


def bell(width: int) -> np.ndarray:
    """Weights ``[width]`` of a Hann window that sum to 1, none of them 0."""
    weights = np.sin(np.pi * (np.arange(width) + 1.0) / (width + 1.0)) ** 2
    return weights / weights.sum()


def _trend(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Speed and acceleration out of ``values[N, C]`` beyond its first, a frame apart."""
    if len(values) < 2:
        return np.zeros_like(values[0]), np.zeros_like(values[0])
    speed = values[0] - values[1]
    if len(values) < 4:
        return speed, np.zeros_like(speed)
    steps = values[:3] - values[1:4]
    curving = 0.5 * (steps[0] - steps[2])
    return speed + 0.5 * curving, curving


def _dying(speed: np.ndarray, curving: np.ndarray, at: np.ndarray, length: float) -> np.ndarray:
    """Goes on with ``speed`` and ``curving`` from 0 and is back at rest at 0 after ``length``."""
    u = np.clip(at / length, 0.0, 1.0)[:, None]
    once = u * (1.0 - u) ** 3 * (1.0 + 3.0 * u)
    twice = 0.5 * u * u * (1.0 - u) ** 3
    return length * speed * once + length**2 * curving * twice


def fading(values: np.ndarray, at: np.ndarray, length: float) -> np.ndarray:
    """What ``values[K, C]`` become ``at[N]`` frames after the first of them: nothing, in the end.

    They begin with the value, speed and acceleration that the values have, the later ones of
    which lie a frame further back each, and are at rest at 0 after ``length`` frames.
    """
    share = 1.0 - smootherstep(at / length)
    return share[:, None] * values[0] + _dying(*_trend(values), at, length)
