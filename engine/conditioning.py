"""What the model is told of a plan, frame by frame and window by window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float, Int

from engine.audio.analysis import SongAnalysis
from engine.choreography.accents import accents_at
from engine.choreography.phrases import told
from engine.choreography.plan import EIGHT, Plan, energy_at, lift_at
from engine.choreography.sliders import EASE, slider_at
from engine.directing.loops import cyclic_starts
from engine.model.backends import MotionModel
from engine.model.conditions import SLIDERS, Condition, Rhythm, frame_channels, stack
from engine.model.sampling import Windows, crossfade_weights
from engine.model.text import TextTokens
from engine.motion.features import FPS
from engine.request import GenerateRequest

LONGEST_WINDOW = 8.8
"""Seconds: the longest stretch that the model has seen."""
MARGIN = 2
"""Counts that a window reaches beyond its eight, on each side."""
FADE = 15
"""Frames over which neighbouring windows are blended."""
SHOWN = 0.3
"""A window is told the words of what it shows but for this share at each end."""


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
        pairs = zip(a.tolist(), np.clip(b, a, a + 1).tolist(), strict=True)
        return [self.rows[pair] for pair in pairs]


def read_words(plan: Plan, encode_text: Callable[[list[str]], TextTokens]) -> PlanWords:
    """Encodes the words of a plan."""
    count = len(plan.phrases)
    pairs = [(i, j) for i in range(count) for j in (i, i + 1) if j < count]
    sentence = {(i, j): told(*plan.phrases[i : j + 1]) for i, j in pairs}
    sentences = sorted(set(sentence.values()))
    rows = {pair: sentences.index(sentence[pair]) for pair in pairs}
    return PlanWords(encode_text(sentences), rows)


def tell_song(
    plan: Plan,
    analysis: SongAnalysis,
    request: GenerateRequest,
    seconds: Float[np.ndarray, " T"],
    model: MotionModel,
) -> Float[np.ndarray, "T C"]:
    """The channels of the counts, the hits and the energy at given seconds of the song."""
    slider = slider_at(request, "energy", seconds, EASE)
    energy = energy_at(analysis, slider, seconds) + lift_at(plan, seconds)
    return frame_channels(
        Rhythm(
            beat=plan.counts.position(seconds),
            tempo=plan.counts.tempo(seconds),
            energy=np.clip(energy, 0.02, 0.98),
            half_known=model.knows_half,
            bar_known=model.knows_bar,
            eight_known=model.knows_bar,
            accent=accents_at(plan, seconds) if model.knows_bar else None,
        )
    )


def windows_over(
    plan: Plan,
    channels: Float[np.ndarray, "T C"],
    words: PlanWords,
    request: GenerateRequest,
    model: MotionModel,
    offset: int,
    cyclic: bool = False,
) -> Windows:
    """One window for each eight, :data:`MARGIN` counts longer on each side, ``offset`` counts late.

    Args:
        channels: of every frame from ``plan.start``.
        cyclic: windows also run from the last frame into the first.
    """
    frames, offset = len(channels), offset - MARGIN
    patch = model.denoiser.config.patch
    low, high = plan.counts.position(np.array([plan.start, plan.end]))
    ones = np.arange(np.floor(low / EIGHT) - 1, np.ceil(high / EIGHT) + 1) * EIGHT
    wanted = np.round((plan.counts.seconds(ones + offset) - plan.start) * FPS).astype(int)
    period = float(np.median(np.diff(wanted))) / EIGHT
    length = min((EIGHT + 2 * MARGIN) * period, LONGEST_WINDOW * FPS)
    length = max(16, round(length / patch)) * patch
    if cyclic:
        starts = cyclic_starts(wanted, length, frames, 2 * FADE)
    else:
        length = min(frames, length)
        starts = window_starts(wanted, length, frames)
    inside = (starts[:, None] + np.arange(length)) % frames
    shown = (plan.start + (starts + share * length) % frames / FPS for share in (SHOWN, 1 - SHOWN))
    text_rows = words.rows_of(plan, *shown)
    array = model.denoiser.array
    seconds = plan.start + np.arange(frames) / FPS
    told = [slider_at(request, name, seconds)[inside].mean(axis=1) for name in SLIDERS]
    sliders = np.stack([*told, *(np.ones(len(starts)) for _ in SLIDERS)], axis=1)
    condition = Condition(
        frames=array(channels[inside]),
        sliders=array(sliders),
        source=array(np.zeros((len(starts), len(model.denoiser.config.sources)))),
        text=array(words.encoded.tokens[text_rows]),
        text_mask=array(words.encoded.mask[text_rows]),
    )
    weights = crossfade_weights(starts, length, frames, FADE, cyclic)
    return Windows(starts, length, condition, weights)


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


def side_by_side(takes: list[Windows], model: MotionModel) -> Windows:
    """The same windows over several takes, each told what its own plan says."""
    longest = max(windows.condition.text.shape[1] for windows in takes)
    array = model.denoiser.array

    def padded(condition: Condition) -> Condition:
        more = longest - condition.text.shape[1]
        if not more:
            return condition
        count, _, width = condition.text.shape
        nothing = array(np.zeros((count, more, width)))
        xp = array_namespace(condition.text)
        return replace(
            condition,
            text=xp.concat([condition.text, nothing], axis=1),
            text_mask=xp.concat([condition.text_mask, nothing[..., 0]], axis=1),
        )

    return replace(takes[0], condition=stack(*(padded(w.condition) for w in takes)))


def ask_as(windows: Windows, source: str, model: MotionModel) -> Windows:
    """The windows, asked to move like ``source`` (one of ``ModelConfig.sources``)."""
    config = model.denoiser.config
    row = np.zeros((windows.condition.frames.shape[0], len(config.sources)))
    row[:, config.sources.index(source)] = 1.0
    condition = replace(windows.condition, source=model.denoiser.array(row))
    return replace(windows, condition=condition)
