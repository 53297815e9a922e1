"""From a plan to motion: conditions for every frame, windows over the song, the diffusion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from engine.audio.analysis import SongAnalysis
from engine.choreography.accents import accents_at
from engine.choreography.facing import face_front, front_weight, turn_to_front
from engine.choreography.freeze import hold_still, holds_of, rest_rows
from engine.choreography.phrases import told
from engine.choreography.plan import EIGHT, Plan, energy_at, lift_at
from engine.choreography.returns import AGREE_ABOVE, NormalisedMirror, Returns
from engine.choreography.sketch import Manner, sketch_plan
from engine.model.backends import MotionModel
from engine.model.conditions import SLIDERS, Condition, Rhythm, frame_channels
from engine.model.diffusion import add_noise, step_times
from engine.model.sampling import (
    Array,
    Guidance,
    Known,
    Windows,
    crossfade_weights,
    denoise_windows,
    sample,
)
from engine.model.text import TextTokens
from engine.motion.features import FPS, SLICES, STAGE, Motion, decode
from engine.request import GenerateRequest

LONGEST_WINDOW = 8.8
"""Seconds: the longest stretch that the model has seen."""
MARGIN = 2
"""Counts that a window reaches beyond its eight, on each side."""
FADE = 15
"""Frames over which neighbouring windows are blended."""
STEPS = 24
"""Steps from pure noise; fewer where the sketch shows through from the beginning."""
SKETCHED = (0.5, 0.95)
"""Noise over the sketch of the plan, at creativity 0 and 1."""
SHIFTED_BELOW = 0.35
"""Noise level under which windows lie half an eight later, so that seams are seen whole."""
SHOWN = 0.3
"""A window is told the words of what it shows but for this share at each end."""
STILL = 6
"""Frames at the beginning whose place and heading are given: mid-stage, to the front."""
AMPLITUDE = 1.04
"""How much further from the mean pose the truth is than what the model predicts.

Least squares of x0 on its prediction, body features of validation windows: 1.02 to 1.04 for t from
0.1 to 0.85. Uncorrected, every step shrinks the dance a little, and the dancer looks timid.
"""
SOURCE = 1
"""Generated motion is asked to move like captured dance (``ModelConfig.sources``)."""


@dataclass(frozen=True)
class SamplingSettings:
    """What creativity means: less guidance and more fresh noise."""

    guidance: Guidance
    eta: float
    start: float
    """Noise level under which the sketch of the plan is laid: 1 hides it."""
    steps: int

    @classmethod
    def for_creativity(cls, creativity: float) -> SamplingSettings:
        """0 follows plan, words and beats to the letter, 1 wanders."""
        start = SKETCHED[0] + (SKETCHED[1] - SKETCHED[0]) * creativity
        return cls(
            Guidance(text=6.0 - 2.5 * creativity, rhythm=7.0 - 2.5 * creativity),
            eta=creativity**2,
            start=start,
            steps=round(STEPS * start),
        )


def _sketch(
    plan: Plan, analysis: SongAnalysis, request: GenerateRequest, frames: int
) -> Float[np.ndarray, "T F"]:
    """The plan's moves on the song's counts, as the sliders want them danced."""
    middles = np.array([(phrase.start + phrase.end) / 2 for phrase in plan.phrases])
    energy = np.clip(energy_at(analysis, request.energy, middles) + lift_at(plan, middles), 0, 1)
    manner = Manner(energy, request.smoothness, request.bounce)
    return sketch_plan(plan, manner, frames, request.seed)


def _first_place(frames: int, model: MotionModel) -> Known:
    """What is known before anything is danced: everybody starts mid-stage, facing the front."""
    rows = np.zeros((frames, model.denoiser.config.features))
    rows[:, SLICES["heading"].stop - 1] = 1.0
    mask = np.zeros_like(rows)
    mask[:STILL, STAGE] = 1.0
    array = model.denoiser.array
    return Known(array(model.normalise(rows)), array(mask))


@dataclass(frozen=True, eq=False)
class PlanWords:
    """The sentence of each phrase of a plan, and of each two neighbours, encoded once."""

    encoded: TextTokens
    rows: dict[tuple[int, int], int]
    """For the first and the last phrase that a window shows, its row in ``encoded``."""

    def rows_of(
        self, plan: Plan, first: Float[np.ndarray, " B"], last: Float[np.ndarray, " B"]
    ) -> list[int]:
        """The rows for windows that show what lies between seconds ``first`` and ``last``."""
        starts = np.array([phrase.start for phrase in plan.phrases])
        a, b = (np.maximum(np.searchsorted(starts, t, side="right") - 1, 0) for t in (first, last))
        pairs = zip(a.tolist(), np.minimum(b, a + 1).tolist(), strict=True)
        return [self.rows[pair] for pair in pairs]


def read_words(plan: Plan, encode_text: Callable[[list[str]], TextTokens]) -> PlanWords:
    """Encodes the words of a plan."""
    count = len(plan.phrases)
    pairs = [(i, j) for i in range(count) for j in (i, i + 1) if j < count]
    sentence = {(i, j): told(*plan.phrases[i : j + 1]) for i, j in pairs}
    sentences = sorted(set(sentence.values()))
    rows = {pair: sentences.index(sentence[pair]) for pair in pairs}
    return PlanWords(encode_text(sentences), rows)


def generate(
    plan: Plan,
    words: PlanWords,
    analysis: SongAnalysis,
    request: GenerateRequest,
    model: MotionModel,
    progress: Callable[[float], None] = lambda share: None,
) -> Motion:
    """Dances the plan.

    The same arguments give the same motion, bit for bit, on the same device and versions.

    Args:
        progress: told the share done, 0..1, between batches as well; may raise to stop.

    Returns:
        Motion at 30 fps whose frame ``i`` lies at ``plan.start + i / 30`` seconds of the song.
    """
    config, denoiser = model.denoiser.config, model.denoiser
    frames = round((plan.end - plan.start) * FPS) + 1
    padded = -(-frames // config.patch) * config.patch
    seconds = plan.start + np.arange(padded) / FPS
    settings = SamplingSettings.for_creativity(request.creativity)
    channels = frame_channels(
        Rhythm(
            beat=plan.counts.position(seconds),
            tempo=plan.counts.tempo(seconds),
            energy=np.clip(
                energy_at(analysis, request.energy, seconds) + lift_at(plan, seconds), 0.02, 0.98
            ),
            half_known=model.knows_half,
            bar_known=model.knows_bar,
            eight_known=model.knows_bar,
            accent=accents_at(plan, seconds) if model.knows_bar else None,
        )
    )
    straight, shifted = (
        _windows(plan, padded, channels, words, request, model, offset)
        for offset in (-MARGIN, EIGHT // 2 - MARGIN)
    )
    rng = np.random.default_rng(request.seed)
    returns = Returns.of(plan, padded)
    choreographed = _choreographed(returns, plan, padded, model)

    def noise() -> Float[np.ndarray, "T F"]:
        return denoiser.array(returns.noise(rng.standard_normal((padded, config.features))))

    times = step_times(settings.steps, settings.start)
    marked = denoiser.array(model.normalise(_sketch(plan, analysis, request, padded)))
    done = 0

    def tell() -> None:
        progress(done / settings.steps)

    amplitude = np.full(config.features, AMPLITUDE)
    amplitude[: SLICES["rotations"].start] = 1.0
    stretch = denoiser.array(amplitude)

    def denoise(x: Float[np.ndarray, "T F"], t: float) -> Float[np.ndarray, "T F"]:
        windows = straight if t > SHIFTED_BELOW else shifted
        x0 = denoise_windows(denoiser, x, t, windows, settings.guidance, tell) * stretch
        return choreographed(x0, t)

    def finished(step: int) -> None:
        nonlocal done
        done = step
        tell()

    known = _first_place(padded, model)
    begun = add_noise(marked, noise(), settings.start)
    rows = sample(denoise, begun, times, settings.eta, noise, known, finished)
    rows = model.denormalise(rows.cpu().numpy() if hasattr(rows, "cpu") else rows)
    return turn_to_front(decode(rows[:frames]), plan)


def _windows(
    plan: Plan,
    frames: int,
    channels: Float[np.ndarray, "T C"],
    words: PlanWords,
    request: GenerateRequest,
    model: MotionModel,
    offset: int,
) -> Windows:
    """One window for each eight, beginning ``offset`` counts after the eight's first count."""
    patch = model.denoiser.config.patch
    low, high = plan.counts.position(np.array([plan.start, plan.end]))
    ones = np.arange(np.floor(low / EIGHT) - 1, np.ceil(high / EIGHT) + 1) * EIGHT
    wanted = np.round((plan.counts.seconds(ones + offset) - plan.start) * FPS).astype(int)
    period = float(np.median(np.diff(wanted))) / EIGHT
    length = min((EIGHT + 2 * MARGIN) * period, LONGEST_WINDOW * FPS)
    length = min(frames, max(16, round(length / patch)) * patch)
    starts = window_starts(wanted, length, frames)
    shown = (plan.start + (starts + share * length) / FPS for share in (SHOWN, 1 - SHOWN))
    text_rows = words.rows_of(plan, *shown)
    array = model.denoiser.array
    sliders = [request.smoothness, request.bounce, *(1.0 for _ in SLIDERS)]
    source = np.zeros((len(starts), len(model.denoiser.config.sources)))
    source[:, SOURCE] = 1.0
    condition = Condition(
        frames=array(np.stack([channels[s : s + length] for s in starts])),
        sliders=array(np.tile(sliders, (len(starts), 1))),
        source=array(source),
        text=array(words.encoded.tokens[text_rows]),
        text_mask=array(words.encoded.mask[text_rows]),
    )
    return Windows(starts, length, condition, crossfade_weights(starts, length, frames, FADE))


def window_starts(wanted: Int[np.ndarray, " N"], length: int, frames: int) -> Int[np.ndarray, " B"]:
    """Starts of windows that cover all ``frames``, near the wanted ones, overlapping throughout."""
    last = frames - length
    starts = [0]
    for start in sorted({int(np.clip(s, 0, last)) for s in wanted} | {last}):
        while start - starts[-1] > length - 2 * FADE:
            starts.append(starts[-1] + length - 2 * FADE)
        if start > starts[-1]:
            starts.append(start)
    return np.array(starts)


def _choreographed(
    returns: Returns, plan: Plan, frames: int, model: MotionModel
) -> Callable[[Array, float], Array]:
    """What the plan asks of every guess of x0: face the front, agree with copies, hold still."""
    array = model.denoiser.array
    mirror = NormalisedMirror.of(model.mean, model.std, array)
    weight = array(front_weight(plan, frames))
    holds, rest = holds_of(plan, frames), array(rest_rows(model.mean, model.std))

    def apply(x0: Array, t: float) -> Array:
        x0 = face_front(x0, weight, model.mean, model.std)
        x0 = returns.agree(x0, mirror) if t > AGREE_ABOVE else x0
        return hold_still(x0, holds, rest)

    return apply
