"""What a dance is held to while it is denoised, and how it is finished under that.

Everything is a mask or a correction around the same model: an old dance that is known outside a
part, pins that every guess of the denoiser is brought to, windows that run round a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from engine.cleanup import cleanup, planted
from engine.directing.asked import Pin, invalid
from engine.directing.loops import (
    around,
    centred,
    copies_of,
    middle,
    softly_closed,
    sync_loop,
    tiled,
)
from engine.directing.pins import Pins, meet, pin_errors
from engine.directing.regenerate import Source, above_floor, join_pose, join_root, soften_seams
from engine.model.sampling import Known
from engine.motion.features import FPS, SLICES, STAGE, Motion, decode, encode
from engine.phrasing import bounce_on_counts, free_to_move
from engine.sync import sync

if TYPE_CHECKING:
    from engine.model.backends import MotionModel

Array = Any
FAR = 10**6
AROUND_PINS = 8.0
"""Seconds before and after the pins that a denoiser's guess is corrected in."""
FIRST = 6
"""Frames at the beginning of a clip that keep their place on the stage when it is danced anew."""
NO_PINS = Pins((), 0.5, (-FAR, FAR))


@dataclass(frozen=True, eq=False)
class Direction:
    """T frames to be danced, and what is said about them."""

    frames: int
    fps: float = FPS
    pins: Pins = NO_PINS
    source: Source | None = None
    cyclic: bool = False

    @classmethod
    def of(
        cls,
        start: float,
        end: float,
        pins: tuple[Pin, ...] = (),
        beat: float = 0.5,
        source: Source | None = None,
        loop: bool = False,
    ) -> Direction:
        """What to dance from second ``start`` to ``end`` of a song.

        A loop is given the frame rate, near 30, at which it is a whole number of frames.

        Args:
            beat: seconds between two counts.

        Raises:
            ChoreoError: ``parameter_invalid``: a pin lies outside what is danced.
        """
        frames, fps = round((end - start) * FPS) + 1, FPS
        walls = (-FAR, FAR)
        if loop:
            frames = round((end - start) * FPS)
            fps = frames / (end - start)
        if source is not None:
            frames, fps, walls = source.frames, source.clip.fps, source.walls
        _refuse_outside(pins, frames, fps, source)
        return cls(frames, fps, Pins(pins, beat, walls), source, loop)

    @property
    def is_free(self) -> bool:
        """Nothing is held: neither pins nor an old dance nor a loop."""
        return self.source is None and not self.cyclic and not self.pins

    def padded(self, patch: int) -> int:
        """Frames to denoise: a loop has no end to pad, another dance is rounded up to tokens."""
        return self.frames if self.cyclic else -(-self.frames // patch) * patch

    def free(self, padded: int) -> Bool[np.ndarray, " T"]:
        """The frames whose dance is not known yet."""
        result = np.ones(padded, dtype=bool)
        if self.source is not None:
            result[: self.frames] = self.source.mask() < 1.0
            result[self.frames :] = bool(result[self.frames - 1])
        return result

    def known(self, model: MotionModel, start: Known) -> Callable[[Array], Array]:
        """Puts into the denoiser's guess what is known; ``start`` is where a new dance begins."""
        fixed: Callable[[Array], Array] = start
        if self.source is not None:
            fixed = _known_source(self.source, model, start)
        elif self.cyclic:
            fixed = _anything
        if not self.pins:
            return fixed

        def known(x0: Array) -> Array:
            on_cpu = x0.cpu().numpy() if hasattr(x0, "cpu") else x0
            rows = [model.normalise(self._pinned(take)) for take in model.denormalise(on_cpu)]
            return fixed(model.denoiser.array(np.stack(rows)))

        return known

    def _pinned(self, rows: Float[np.ndarray, "T F"]) -> Float[np.ndarray, "T F"]:
        """Feature rows that say what the pins say, in rotations, positions and rates alike."""
        pins, frames = self.pins, self.frames
        if self.cyclic:
            period, copies = frames / self.fps, 3
            wide = pins.shifted([n * period for n in range(copies)], (-FAR, FAR))
            result = _meet_rows(np.tile(rows[:frames], (copies, 1)), wide, self.fps)
            return result[frames : 2 * frames]
        first = max(0, int((pins.pins[0].time - AROUND_PINS) * self.fps))
        last = min(frames, int((max(p.end for p in pins.pins) + AROUND_PINS) * self.fps) + 1)
        walls = (pins.walls[0] - first, pins.walls[1] - first)
        near = pins.shifted([-first / self.fps], walls)
        result = rows.copy()
        result[first:last] = _meet_rows(rows[first:last], near, self.fps)
        return result

    def decoded(self, rows: Float[np.ndarray, "T F"]) -> Motion:
        """The motion of denoised rows; a loop's path closes, a new part lies in the old dance."""
        if self.cyclic:
            copies = copies_of(self.frames, self.fps)
            motion = middle(decode(np.tile(rows, (copies, 1))), copies)
            if not self.pins:
                motion = centred(motion)
        else:
            motion = decode(rows[: self.frames])
        return self._joined(replace(motion, fps=self.fps))

    def synced(
        self,
        motion: Motion,
        beats: Float[np.ndarray, " B"],
        accents: Float[np.ndarray, " A"] | None = None,
    ) -> Motion:
        """Accents on ``beats`` (seconds from the first frame); what is held stays in its place."""
        if self.cyclic:
            return sync_loop(motion, beats, self.pins.still, accents)
        still = self.pins.still + (() if self.source is None else self.source.still)
        return sync(motion, beats, still, accents).motion

    def cleaned(
        self,
        motion: Motion,
        beats: Float[np.ndarray, " B"] | None = None,
        smoothness: Float[np.ndarray, " T"] | float = 0.5,
    ) -> Motion:
        """Clean, with pins and seams put right before the feet are locked.

        Args:
            beats: as in :meth:`synced`: knees that locked feet have pulled off them bounce there.
            smoothness: 0..1, of the slider; perhaps of each frame.
        """
        if not self.cyclic:
            held = self.pins.standing(len(motion), motion.fps)
            still = self.pins.still
            if self.source is not None:
                held, still = held | self.source.kept, still + self.source.still
            done = cleanup(
                motion, lambda m: meet(self._joined(m), self.pins.slow), held, smoothness
            )
            return done if beats is None else _bouncing(done, beats, still)

        def clean(wide: Motion, copies: int) -> Motion:
            pins = self._round_and_round(copies)
            stands = pins.standing(len(wide), wide.fps)
            smooth = np.tile(np.broadcast_to(smoothness, self.frames), copies)
            done = cleanup(wide, lambda m: meet(m, pins.slow), stands, smooth)
            if beats is None:
                return done
            rounds = np.arange(copies)[:, None] * self.frames / self.fps
            return _bouncing(done, (rounds + beats).ravel(), pins.still)

        return around(motion, clean)

    def exact(self, motion: Motion) -> Motion:
        """The last word: old frames as they were, pins as they are told, feet where they stand."""
        if self.cyclic:
            return around(motion, self._closed)
        if self.source is not None:
            soft = soften_seams(join_pose(motion, self.source), self.source)
            motion = above_floor(soft, self.source)
        return planted(meet(motion, self.pins, keep_feet=True)) if self.pins else motion

    def _closed(self, wide: Motion, copies: int) -> Motion:
        """A loop laid end to end, with a soft seam before the copy that is kept, pins met."""
        soft = tiled(softly_closed(wide, copies), copies)
        return planted(meet(soft, self._round_and_round(copies), keep_feet=True))

    def report(self, motion: Motion) -> dict[str, Any]:
        """What became of it, for a clip's ``meta``."""
        result: dict[str, Any] = {}
        if self.cyclic:
            result["loop"] = {"frames": self.frames, "period": self.frames / self.fps}
        if self.source is not None:
            result["source"] = {
                "sha256": self.source.sha256,
                "frames": [self.source.first, self.source.last],
            }
        if self.pins:
            result["pins"] = [asdict(error) for error in pin_errors(motion, self.pins)]
        return result

    def _round_and_round(self, copies: int) -> Pins:
        period = self.frames / self.fps
        return self.pins.shifted([n * period for n in range(copies)], (-FAR, FAR))

    def _joined(self, motion: Motion) -> Motion:
        if self.source is None:
            return motion
        return join_pose(join_root(motion, self.source), self.source)


def _bouncing(
    motion: Motion, beats: Float[np.ndarray, " B"], still: tuple[tuple[float, float], ...]
) -> Motion:
    return bounce_on_counts(motion, beats, free_to_move(len(motion), motion.fps, still))


def _anything(x0: Array) -> Array:
    """Nothing is known: a loop has no beginning."""
    return x0


def _known_source(source: Source, model: MotionModel, start: Known) -> Known:
    """The old dance, as far as it stays, and the place where it began."""
    rows, mask = np.zeros(start.rows.shape), np.zeros(start.mask.shape)
    rows[: source.frames] = source.rows()
    mask[: source.frames] = source.mask()[:, None]
    if source.first == 0:
        mask[:FIRST, STAGE] = 1.0
    array = model.denoiser.array
    return Known(array(model.normalise(rows)), array(mask))


def _meet_rows(rows: Float[np.ndarray, "T F"], pins: Pins, fps: float) -> Float[np.ndarray, "T F"]:
    """Rows changed by as much as the motion that they tell of changes when it meets the pins."""
    told = replace(decode(rows), fps=fps)
    stage = np.zeros(2)
    before, after = encode(told, 0.0, stage), encode(meet(told, pins), 0.0, stage)
    result = rows + after - before
    # Rotations are replaced: a guess in 6D need not be a rotation, and a sum even less so.
    turns = SLICES["rotations"]
    changed = np.abs(after - before)[:, turns].reshape(len(rows), -1, 6).max(axis=-1) > 1e-9
    result[:, turns] = np.where(np.repeat(changed, 6, axis=-1), after[:, turns], rows[:, turns])
    return result


def _refuse_outside(pins: tuple[Pin, ...], frames: int, fps: float, source: Source | None) -> None:
    first, last = 0.0, (frames - 1) / fps
    if source is not None:
        before, after = source.walls
        first = max(first, (before + 4) / fps)
        last = min(last, (after - 4) / fps)
    for pin in pins:
        if pin.time < first - 1e-6 or pin.end > last + 0.5 / fps:
            raise invalid(
                f"A pin at {pin.time:.2f} seconds lies outside what is danced.",
                f"Pins can lie from {first:.2f} to {last:.2f} seconds of the clip.",
            )
