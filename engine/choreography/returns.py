"""Makes choreography come back while it is denoised: the same noise, and copies that agree.

Copies of an eight begin from the same noise (mirrored where the plan says so), but their neighbours
differ, and so they drift apart. Therefore, at every step, the guesses of all copies are averaged
and each copy takes the average, except near its edges, where it must join what is around it.
Heading and place on the stage stay each copy's own.

Noise needs no blending at seams: its frames are independent anyway.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float, Int

from engine.choreography.phrases import EIGHT, Plan
from engine.motion.features import FPS, MIRROR, STAGE, WIDTH

Array = Any

EDGE = 0.75
"""Counts at each edge of a copy over which it goes its own way."""
AGREE_ABOVE = 0.06
"""Noise level under which copies are left alone, so that their seams heal."""


@dataclass(frozen=True, eq=False)
class Copy:
    """One appearance of an eight: L frames that answer to the L frames of the first appearance."""

    frames: Int[np.ndarray, " L"]
    model: Int[np.ndarray, " L"]
    """The frames of the first appearance."""
    mirrored: bool
    """Against the first appearance."""
    weight: Float[np.ndarray, " L"]
    """0..1: how far it agrees with the other copies."""


@dataclass(frozen=True, eq=False)
class Returns:
    """Which frames of a dance come back where: for each eight that does, all its copies."""

    families: tuple[tuple[Copy, ...], ...]

    @classmethod
    def of(
        cls, plan: Plan, frames: int, fps: float = FPS, manners: Sequence[Hashable] = ()
    ) -> Returns:
        """The returns of a plan whose frame 0 lies at ``plan.start``.

        Args:
            manners: how each phrase is danced; copies agree only with those of the same manner.
        """
        manners = manners or [None] * len(plan.phrases)
        families: dict[tuple[int, Hashable], list[Copy]] = {}
        roots: dict[int, tuple[int, bool]] = {}
        for number, phrase in enumerate(plan.phrases):
            root, mirrored = number, False
            if phrase.repeats is not None:
                root, mirrored = roots.get(phrase.repeats, (phrase.repeats, False))
                mirrored = mirrored != phrase.mirrored
                first = _copy(plan, root, root, False, frames, fps)
                if manners[root] != manners[number]:
                    first = replace(first, weight=np.zeros_like(first.weight))
                families.setdefault((root, manners[number]), [first]).append(
                    _copy(plan, number, root, mirrored, frames, fps)
                )
            if phrase.variation == 0.0:
                roots[number] = (root, mirrored)
        return cls(tuple(tuple(family) for family in families.values()))

    def noise(self, noise: Float[np.ndarray, "T F"]) -> Float[np.ndarray, "T F"]:
        """The noise with every copy's replaced by that of its first appearance."""
        result = noise.copy()
        for family in self.families:
            for copy in family[1:]:
                rows = result[copy.model]
                result[copy.frames] = (
                    rows[:, MIRROR.order] * MIRROR.signs if copy.mirrored else rows
                )
        return result

    def agree(self, x0: Array, mirror: NormalisedMirror) -> Array:
        """Guesses of x0 ``[..., T, F]`` (normalised) in which copies agree."""
        if not self.families:
            return x0
        xp = array_namespace(x0)
        result = x0 + 0.0
        for family in self.families:
            length = len(family[0].frames)
            place = {int(frame): at for at, frame in enumerate(family[0].frames)}
            total = xp.zeros_like(x0[..., :length, :])
            share = xp.zeros_like(x0[..., :length, :1])
            spots = [[place[int(frame)] for frame in copy.model] for copy in family]
            for copy, spot in zip(family, spots, strict=True):
                weight = _column(copy.weight, x0) + 1e-6
                rows = mirror(x0[..., copy.frames.tolist(), :], copy.mirrored)
                total[..., spot, :] += rows * weight
                share[..., spot, :] += weight
            mean = total / xp.where(share > 0, share, xp.ones_like(share))
            for copy, spot in zip(family, spots, strict=True):
                frames = copy.frames.tolist()
                common = mirror(mean[..., spot, :], copy.mirrored)
                pull = _column(copy.weight, x0) * mirror.shared
                rows = result[..., frames, :]
                result[..., frames, :] = rows + pull * (common - rows)
        return result


@dataclass(frozen=True, eq=False)
class NormalisedMirror:
    """Mirrors normalised feature rows; arrays of the denoiser's kind."""

    order: list[int]
    gain: Array
    bias: Array
    shared: Array
    """1 for the features on which copies agree, 0 for the stage's."""

    @classmethod
    def of(
        cls, mean: Float[np.ndarray, " F"], std: Float[np.ndarray, " F"], array: Any
    ) -> NormalisedMirror:
        """For rows ``(features - mean) / std``; ``array`` makes arrays of the denoiser's kind."""
        gain = MIRROR.signs * std[MIRROR.order] / std
        bias = (mean[MIRROR.order] * MIRROR.signs - mean) / std
        shared = np.ones(WIDTH)
        shared[STAGE] = 0.0
        return cls(MIRROR.order.tolist(), array(gain), array(bias), array(shared))

    def __call__(self, rows: Array, mirrored: bool) -> Array:
        """The rows, mirrored if so."""
        return rows[..., self.order] * self.gain + self.bias if mirrored else rows


def _column(values: Float[np.ndarray, " L"], like: Array) -> Array:
    xp = array_namespace(like)
    if isinstance(like, np.ndarray):
        return values[:, None].astype(like.dtype)
    return xp.asarray(values[:, None], dtype=like.dtype, device=like.device)


def _copy(plan: Plan, number: int, root: int, mirrored: bool, frames: int, fps: float) -> Copy:
    phrase, model = plan.phrases[number], plan.phrases[root]
    first, last = (round((t - plan.start) * fps) for t in (phrase.start, phrase.end))
    own = np.arange(first, min(last, frames))
    begin, end = (round((t - plan.start) * fps) for t in (model.start, model.end))
    counts = plan.counts.position(plan.start + own / fps) - phrase.number(1.0)
    there = plan.counts.seconds(counts + model.number(1.0))
    answers = np.rint((there - plan.start) * fps).astype(int)
    until = EIGHT * (1.0 - phrase.variation)
    kept = (answers >= begin) & (answers < min(end, frames)) & (counts < until)
    own, answers, counts = own[kept], answers[kept], counts[kept]
    left = phrase.first_count % EIGHT
    stop = counts[-1] if len(counts) else 0.0
    weight = np.clip(np.minimum(counts - left, stop - counts) / EDGE, 0.0, 1.0)
    for count in (*phrase.freeze, *(f for f in model.freeze)):
        weight *= np.clip(np.abs(counts - (count - 0.5)) - 0.5, 0.0, 1.0)
    return Copy(own, answers, mirrored, weight)
