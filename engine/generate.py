"""From a plan to motion: conditions for every frame, windows over the song, the diffusion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.audio.analysis import SongAnalysis
from engine.choreography.anchor import hold, planned_frames
from engine.choreography.facing import face_front, front_weight, turn_to_front
from engine.choreography.freeze import hold_still, holds_of, rest_rows
from engine.choreography.plan import EIGHT, Plan, energy_at, lift_at
from engine.choreography.returns import AGREE_ABOVE, NormalisedMirror, Returns
from engine.choreography.sketch import Manner, has_moves, sketch_plan
from engine.choreography.sliders import EASE, slider_at, sliders_of
from engine.cleanup import BLEND
from engine.conditioning import PlanWords, ask_as, side_by_side, tell_song, windows_over
from engine.directing.direction import Direction
from engine.model.backends import MotionModel
from engine.model.diffusion import add_noise, step_times
from engine.model.sampling import (
    Array,
    Guidance,
    Known,
    Windows,
    denoise_windows,
    sample,
)
from engine.motion.features import FPS, SLICES, STAGE, Motion
from engine.request import GenerateRequest

STEPS = 16
"""Steps from pure noise."""
SKETCHED_STEPS = 9
"""The same where a sketch shows through; as fewer as the noise over it is less."""
NOISE = 0.98
"""The noise level at which nothing shows through."""
SKETCHED = (0.5, 0.95)
"""Noise over the sketch of the plan, at creativity 0 and 1."""
SHIFTED_BELOW = 0.35
"""Noise level under which windows lie half an eight later, so that seams are seen whole."""
LIKE_PHRASES_ABOVE = 0.5
"""Noise level above which the model is asked to move like phrases of the vocabulary, which know
counts and moves; below it like captured dancers, who know how a body moves."""
FIRM = 0.5
"""Hold of the sketch from which a dance faces the front as the sketch does."""
STILL = 6
"""Frames at the beginning whose place and heading are given: mid-stage, to the front."""
AMPLITUDE = 1.04
"""How much further from the mean pose the truth is than what the model predicts.

Least squares of x0 on its prediction, body features of validation windows: 1.02 to 1.04 for t from
0.1 to 0.85. Uncorrected, every step shrinks the dance a little, and the dancer looks timid.
"""


@dataclass(frozen=True)
class SamplingSettings:
    """What creativity means: more noise over the sketch, freer legs, less guidance."""

    guidance: Guidance
    eta: float
    start: float
    """Noise level under which the sketch of the plan is laid: 1 hides it."""
    steps: int
    anchor: float
    """0..1: how far the dance keeps to the sketch (:mod:`~engine.choreography.anchor`)."""

    @classmethod
    def for_creativity(cls, creativity: float) -> SamplingSettings:
        """0 follows plan, words and beats to the letter, 1 wanders."""
        start = _sketched(creativity)
        lean = 4.0 - 2.5 * creativity
        return cls(
            Guidance(text=lean, rhythm=lean, end=0.35),
            eta=creativity**2,
            start=start,
            steps=round(SKETCHED_STEPS * start),
            anchor=float(_anchored(creativity)),
        )

    def with_sections(self, creativity: Float[np.ndarray, " T"]) -> SamplingSettings:
        """The same with noise enough for the most creative section."""
        start = max(self.start, _sketched(float(creativity.max())))
        anchor = min(self.anchor, float(_anchored(creativity).min()))
        return replace(self, start=start, steps=round(SKETCHED_STEPS * start), anchor=anchor)

    def without_sketch(self) -> SamplingSettings:
        """The same from pure noise: where only words say what is danced, they are leaned on."""
        lean = self.guidance.text
        guidance = Guidance(text=lean + 2.0, rhythm=lean + 3.0)
        return replace(self, guidance=guidance, start=NOISE, steps=STEPS, anchor=0.0)


def _sketched(creativity: Any) -> Any:
    """Noise over the sketch."""
    return SKETCHED[0] + (SKETCHED[1] - SKETCHED[0]) * creativity


def _anchored(creativity: Any) -> Any:
    """How far the dance keeps to the sketch."""
    return np.minimum(1.0, 1.6 - 1.5 * creativity)


def _sketch(
    plan: Plan,
    analysis: SongAnalysis,
    request: GenerateRequest,
    seconds: Float[np.ndarray, " T"],
    seed: int,
    cyclic: bool,
) -> Float[np.ndarray, "T F"]:
    """The plan's moves on the song's counts, as the sliders want them danced."""
    middles = np.array([(phrase.start + phrase.end) / 2 for phrase in plan.phrases])
    slider = slider_at(request, "energy", middles)
    energy = np.clip(energy_at(analysis, slider, middles) + lift_at(plan, middles), 0, 1)
    smooth, bounce = (slider_at(request, name, seconds) for name in ("smoothness", "bounce"))
    pairs, which = np.unique(np.stack([smooth, bounce]), axis=1, return_inverse=True)
    which = which.ravel()
    rows = [sketch_plan(plan, Manner(energy, s, b), seconds, seed, cyclic) for s, b in pairs.T]
    if len(rows) == 1:
        return rows[0]
    shares = [gaussian_filter1d((which == n) * 1.0, BLEND * FPS) for n in range(len(rows))]
    return np.einsum("nt,ntf->tf", np.stack(shares), np.stack(rows))


def _first_place(frames: int, model: MotionModel) -> Known:
    """What is known before anything is danced: everybody starts mid-stage, facing the front."""
    rows = np.zeros((frames, model.denoiser.config.features))
    rows[:, SLICES["heading"].stop - 1] = 1.0
    mask = np.zeros_like(rows)
    mask[:STILL, STAGE] = 1.0
    array = model.denoiser.array
    return Known(array(model.normalise(rows)), array(mask))


def generate(
    plan: Plan,
    words: PlanWords,
    analysis: SongAnalysis,
    request: GenerateRequest,
    model: MotionModel,
    progress: Callable[[float], None] = lambda share: None,
) -> Motion:
    """Dances the plan once: :func:`generate_takes` with one take."""
    return generate_takes([plan], [words], analysis, request, model, progress)[0]


def generate_takes(
    plans: Sequence[Plan],
    words: Sequence[PlanWords],
    analysis: SongAnalysis,
    request: GenerateRequest,
    model: MotionModel,
    progress: Callable[[float], None] = lambda share: None,
    direction: Direction | None = None,
) -> list[Motion]:
    """Dances plans over the same range of one song, with seeds that rise by one.

    The same arguments give the same motion, bit for bit, on the same device and versions. All takes
    are denoised in one batch; each equals, but for rounding, what its plan and seed give alone.

    Args:
        words: of each plan.
        progress: told the share done, 0..1, between batches as well; may raise to stop.
        direction: what the dance is held to; by default nothing.

    Returns:
        Motions at 30 fps whose frame ``i`` lies at ``plan.start + i / 30`` seconds of the song; a
        loop's or an old clip's frame rate may differ from 30 by a hair.
    """
    config, denoiser = model.denoiser.config, model.denoiser
    direction = direction or Direction.of(plans[0].start, plans[0].end)
    padded = direction.padded(config.patch)
    seconds = plans[0].start + np.arange(padded) / direction.fps
    creativity = slider_at(request, "creativity", seconds, EASE)
    settings = SamplingSettings.for_creativity(request.creativity).with_sections(creativity)
    if not any(has_moves(plan) for plan in plans):
        settings = settings.without_sketch()
    free = direction.free(padded)
    channels = [tell_song(plan, analysis, request, seconds, model) for plan in plans]

    def windows_of(offset: int) -> Windows:
        takes = [
            windows_over(plan, song, told, request, model, offset, direction.cyclic).touching(free)
            for plan, song, told in zip(plans, channels, words, strict=True)
        ]
        return side_by_side(takes, model)

    straight, shifted = windows_of(0), windows_of(EIGHT // 2)
    numbers = range(len(plans))
    generators = [np.random.default_rng(request.seed + n) for n in numbers]
    returns = [Returns.of(plan, padded, manners=_manners(plan, request)) for plan in plans]

    def noise() -> Float[np.ndarray, "N T F"]:
        shape = (padded, config.features)
        rows = [returns[n].noise(generators[n].standard_normal(shape)) for n in numbers]
        return denoiser.array(np.stack(rows))

    sketches = [
        model.normalise(
            _sketch(plans[n], analysis, request, seconds, request.seed + n, direction.cyclic)
        )
        if has_moves(plans[n])
        else np.zeros((padded, config.features))
        for n in numbers
    ]
    marked = denoiser.array(np.stack(sketches))
    choreographed = [
        _choreographed(returns[n], plans[n], marked[n], creativity, settings, model)
        for n in numbers
    ]
    done = 0

    def tell(share: float = 0.0) -> None:
        """Also the share of the step under way, which takes seconds for a long song."""
        progress((done + share) / settings.steps)

    amplitude = np.full(config.features, AMPLITUDE)
    amplitude[: SLICES["rotations"].start] = 1.0
    stretch = denoiser.array(amplitude)

    def denoise(x: Array, t: float) -> Array:
        source = "phrases" if t > LIKE_PHRASES_ABOVE and model.knows_bar else "dance"
        asked = ask_as(straight if t > SHIFTED_BELOW else shifted, source, model)
        x0 = denoise_windows(denoiser, x, t, asked, settings.guidance, tell) * stretch
        xp = array_namespace(x0)
        return xp.stack([choreographed[n](x0[n], t) for n in numbers], axis=0)

    def finished(step: int) -> None:
        nonlocal done
        done = step
        tell()

    known = direction.known(model, _first_place(padded, model))
    begun = add_noise(marked, noise(), settings.start)
    times = step_times(settings.steps, settings.start)
    rows = sample(denoise, begun, times, settings.eta, noise, known, finished)
    rows = model.denormalise(rows.cpu().numpy() if hasattr(rows, "cpu") else rows)
    motions = [direction.decoded(take) for take in rows]
    if settings.anchor >= FIRM or not direction.is_free:
        return motions  # the sketch comes back to the front by itself
    return [turn_to_front(motion, plan) for motion, plan in zip(motions, plans, strict=True)]


def _manners(plan: Plan, request: GenerateRequest) -> list[tuple[float, ...]]:
    """The sliders of each phrase."""
    return [sliders_of(request, (phrase.start + phrase.end) / 2) for phrase in plan.phrases]


def _choreographed(
    returns: Returns,
    plan: Plan,
    sketch: Array,
    creativity: Float[np.ndarray, " T"],
    settings: SamplingSettings,
    model: MotionModel,
) -> Callable[[Array, float], Array]:
    """What the plan asks of every guess of x0: front, the same again, feet, stillness.

    A section of less creativity than another one is the sketch itself until the noise has fallen
    to its own level.
    """
    array, frames = model.denoiser.array, len(sketch)
    planned = planned_frames(plan, frames)[:, None]
    anchor = _anchored(creativity)[:, None] if settings.anchor else 0.0
    pull = array(anchor * planned * hold())
    marked = array(planned * (hold() > 0.0))
    own = _sketched(creativity)
    later = float(own.min()) < settings.start and settings.anchor > 0.0
    begins = array(own[:, None])
    mirror = NormalisedMirror.of(model.mean, model.std, array)
    weight = array(front_weight(plan, frames))
    holds, rest = holds_of(plan, frames), array(rest_rows(model.mean, model.std))

    def apply(x0: Array, t: float) -> Array:
        x0 = face_front(x0, weight, model.mean, model.std)
        x0 = returns.agree(x0, mirror) if t > AGREE_ABOVE else x0
        drawn = pull
        if later and t > own.min():
            drawn = array_namespace(x0).where(begins < t, marked, pull)
        x0 = x0 + drawn * (sketch - x0)
        return hold_still(x0, holds, rest)

    return apply
