"""What the model is told beside the noised motion, and how to leave parts of it untold.

Every channel may be unknown: then its value is zero and its flag is zero. Guidance compares
predictions with and without a part (Ho and Salimans, 2022), so each part can be dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from jaxtyping import Float

Array = Any

VALUES = (
    "beat_sin",
    "beat_cos",
    "double_sin",
    "double_cos",
    "tempo",
    "half_sin",
    "half_cos",
    "bar_sin",
    "bar_cos",
    "eight_sin",
    "eight_cos",
    "energy",
)
"""The song, frame by frame."""
FLAGS = (
    "beat_known",
    "half_known",
    "bar_known",
    "eight_known",
    "energy_known",
    "stage_known",
    "whole_body",
    "valid",
)
ACCENTS = ("accent", "accent_known")
"""How near a hit is (0..1), and whether hits are told."""
CHANNELS = VALUES + FLAGS + ACCENTS
"""The columns of :attr:`Condition.frames`."""
RHYTHM_CHANNELS = np.array(
    [name not in ("stage_known", "whole_body", "valid") for name in CHANNELS]
)
"""True for what goes away when the music is left untold."""
SLIDERS = ("smoothness", "bounce")
"""Told for a whole window; energy is told for each frame."""


@dataclass(frozen=True, eq=False)
class Condition:
    """For B windows of T frames, L text tokens; arrays of one kind (NumPy or torch)."""

    frames: Array
    """``[B, T, C]`` the :data:`CHANNELS`."""
    sliders: Array
    """``[B, 2 * S]`` percentiles 0..1 of :data:`SLIDERS`, then their flags."""
    source: Array
    """``[B, N]`` one-hot over ``ModelConfig.sources``."""
    text: Array
    """``[B, L, 384]`` sentence-encoder tokens."""
    text_mask: Array
    """``[B, L]`` 1 for a token, 0 for padding."""

    def without_text(self) -> Condition:
        """The same with the sentence untold."""
        return replace(self, text_mask=self.text_mask * 0)

    def without_rhythm(self) -> Condition:
        """The same with the music and the sliders untold."""
        xp = array_namespace(self.frames)
        keep = xp.asarray(~RHYTHM_CHANNELS, dtype=self.frames.dtype)
        if hasattr(self.frames, "device") and not isinstance(self.frames, np.ndarray):
            keep = keep.to(self.frames.device)
        return replace(self, frames=self.frames * keep, sliders=self.sliders * 0)

    def take(self, rows: slice) -> Condition:
        """The windows ``rows``."""
        return Condition(
            self.frames[rows],
            self.sliders[rows],
            self.source[rows],
            self.text[rows],
            self.text_mask[rows],
        )


def stack(*conditions: Condition) -> Condition:
    """Conditions one after another along the batch."""
    xp = array_namespace(conditions[0].frames)
    names = ("frames", "sliders", "source", "text", "text_mask")
    return Condition(*(xp.concat([getattr(c, n) for c in conditions], axis=0) for n in names))


ACCENT_WIDTH = 0.060
"""Seconds: standard deviation of the bump that tells a hit."""


def accent_curve(
    seconds: Float[np.ndarray, " T"], hits: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " T"]:
    """1 at each hit (seconds), falling to 0 around it as a Gaussian of :data:`ACCENT_WIDTH`."""
    if not len(hits):
        return np.zeros(len(seconds))
    ordered = np.sort(hits)
    after = np.clip(np.searchsorted(ordered, seconds), 0, len(ordered) - 1)
    before = np.maximum(after - 1, 0)
    near = np.minimum(np.abs(ordered[after] - seconds), np.abs(ordered[before] - seconds))
    return np.exp(-0.5 * (near / ACCENT_WIDTH) ** 2)


@dataclass(frozen=True, eq=False)
class Rhythm:
    """When the counts fall, as positions that grow by one per beat; NaN where unknown."""

    beat: Float[np.ndarray, " T"]
    """Beats since some beat: its fraction is the beat phase."""
    tempo: Float[np.ndarray, " T"]
    """BPM."""
    energy: Float[np.ndarray, " T"]
    """Percentile 0..1 of how much the limbs should move, smooth over a bar."""
    half_known: bool = False
    """Whether even beats (``beat`` 0, 2, 4, ...) are the strong ones."""
    bar_known: bool = False
    """Whether ``beat`` 0, 4, 8, ... start bars."""
    eight_known: bool = False
    """Whether ``beat`` 0, 8, 16, ... start counts of eight."""
    accent: Float[np.ndarray, " T"] | None = None
    """1 where the choreography hits, falling to 0 around it; None where that is unknown."""


def frame_channels(
    rhythm: Rhythm, stage_known: bool = True, whole_body: bool = True
) -> Float[np.ndarray, "T C"]:
    """The :data:`CHANNELS` of one window or song, all frames valid.

    Tempo is told as log2(BPM / 120). Phases are told as sine and cosine of one period.
    """
    frames = np.zeros((len(rhythm.beat), len(CHANNELS)), dtype=np.float32)
    column = {name: number for number, name in enumerate(CHANNELS)}
    known = np.isfinite(rhythm.beat)
    beat = np.where(known, rhythm.beat, 0.0)
    periods = (
        ("beat", 1.0, True),
        ("double", 0.5, True),
        ("half", 2.0, rhythm.half_known),
        ("bar", 4.0, rhythm.bar_known),
        ("eight", 8.0, rhythm.eight_known),
    )
    for name, period, told in periods:
        if told:
            angle = 2 * np.pi * beat / period
            frames[:, column[f"{name}_sin"]] = np.sin(angle) * known
            frames[:, column[f"{name}_cos"]] = np.cos(angle) * known
            if name != "double":
                frames[:, column[f"{name}_known"]] = known
    tempo = np.log2(np.where(known, rhythm.tempo, 120.0) / 120.0)
    frames[:, column["tempo"]] = tempo * known
    lively = np.isfinite(rhythm.energy)
    frames[:, column["energy"]] = np.where(lively, rhythm.energy, 0.0)
    frames[:, column["energy_known"]] = lively
    if rhythm.accent is not None:
        frames[:, column["accent"]] = rhythm.accent * known
        frames[:, column["accent_known"]] = known
    frames[:, column["stage_known"]] = stage_known
    frames[:, column["whole_body"]] = whole_body
    frames[:, column["valid"]] = 1.0
    return frames
