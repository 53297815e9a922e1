"""Bodies: feet, floor, jerk, seams and joint limits, by one set of functions for all motion.

Contact is judged by height alone, so that a foot cannot hide its sliding by being fast. A dance
without contacts has no share of sliding frames; it is therefore also asked how often a foot is on
the floor at all, and a flight that is not thrown and does not fall is no jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from engine.cleanup import limit_joints
from engine.conditioning import FADE, MARGIN
from engine.motion.body_shape import arm_in_arm, arm_in_body, leg_in_leg
from engine.motion.contacts import FEET, REST_HEIGHTS, runs
from engine.motion.features import FPS, Motion
from engine.motion.rotations import quat_log, quat_multiply
from engine.motion.skeleton import BODY, forward_kinematics
from engine.training.evaluation.signals import at_30_fps
from engine.training.evaluation.studio import Dance
from engine.training.evaluation.table import Row, at_least, at_most, within
from engine.training.evaluation.windows import JerkBySpeed, cut_all
from engine.vocabulary.move import load_moves

PART = "bodies"
CONTACT = 0.03
"""Metres above its standing height up to which a joint of a foot is in contact."""
SLIDE = 0.010
"""Metres a frame at 30 fps: a foot in contact that moves further slides."""
NEAR_FLOOR = 0.03
LONGEST_JUMP = 0.9
"""Seconds: an Olympic jump is not longer."""
SHORTEST_JUMP = 4
"""Frames; in a shorter flight nobody can be seen to fall, and it counts as none."""
FALLING = (-14.0, -4.0)
"""m/s2: how a pelvis may be accelerated over a jump; gravity is -9.8, legs tuck and reach."""
LEAST_CONTACT = 0.5
"""Part of the real share of contact that a dance must have for its feet to be judged."""
BROKEN = np.radians(3.0)
"""A joint this far beyond its limit is broken."""
INSIDE = 0.02
"""Metres that one part of the body is inside another; less is a touch."""
FEW = 0.01
"""Share of frames in which a limb may be inside the body or another one."""


@dataclass(frozen=True)
class Feet:
    """How the feet of a motion treat the floor."""

    slide: float
    """Share of contact frames that slide; NaN where there is no contact."""
    contact: float
    """Share of frames in which some joint of a foot is in contact."""
    on_floor: float
    """Share of frames outside jumps in which the lowest foot is within 3 cm of the floor."""


def feet_of(motion: Motion, planned_slides: Bool[np.ndarray, " T"] | None = None) -> Feet:
    """Judges the feet of a motion.

    Args:
        planned_slides: frames (30 fps) in which the plan asks for a slide; they are not counted.
    """
    positions = at_30_fps(motion).positions()
    feet = positions[:, FEET]
    height = feet[..., 1] - REST_HEIGHTS
    low = np.abs(height) < CONTACT
    both = low[1:] & low[:-1]
    if planned_slides is not None:
        both = both & ~planned_slides[1 : len(both) + 1, None]
    moved = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1)
    lowest = height.min(axis=-1)
    grounded = ~jumps(positions)
    near = np.abs(lowest[grounded]) <= NEAR_FLOOR
    return Feet(
        slide=float(np.mean(moved[both] > SLIDE)) if both.any() else float("nan"),
        contact=float(low.any(axis=-1).mean()),
        on_floor=float(near.mean()) if len(near) else 0.0,
    )


def planned_slides(dance: Dance) -> Bool[np.ndarray, " T"]:
    """Frames in which the plan asks for a move whose feet glide over the floor."""
    plan, frames = dance.plan, len(dance.raw)
    sliding = np.zeros(frames, dtype=bool)
    moves = load_moves()
    for phrase in plan.phrases:
        for placed in phrase.moves:
            move = moves.get(placed.name)
            if move is None or not any(key.slide for key in move.keys):
                continue
            first = phrase.number(float(placed.first))
            edges = plan.counts.seconds(np.array([first - 1.0, first + placed.counts]))
            low, high = ((edges - plan.start) * FPS).round().astype(int).tolist()
            sliding[max(0, low) : max(0, high)] = True
    return sliding


def jumps(positions: Float[np.ndarray, "T J 3"]) -> Bool[np.ndarray, " T"]:
    """Frames of a flight: both feet up, not for long, and the pelvis thrown and falling."""
    up = (positions[:, FEET, 1] - REST_HEIGHTS).min(axis=-1) > CONTACT
    flying = np.zeros(len(positions), dtype=bool)
    for run in runs(np.asarray(up)):
        frames = run.stop - run.start
        if frames < SHORTEST_JUMP or frames / FPS > LONGEST_JUMP:
            continue
        times = np.arange(frames) / FPS
        acceleration = 2 * np.polyfit(times, positions[run, 0, 1], 2)[0]
        flying[run] = FALLING[0] <= acceleration <= FALLING[1]
    return flying


def broken_share(motion: Motion) -> float:
    """Share of frames in which a joint is bent or turned beyond what the body can."""
    quats = motion.local_quats
    inverse = limit_joints(quats) * np.array([1.0, -1.0, -1.0, -1.0])
    beyond = np.linalg.norm(quat_log(quat_multiply(inverse, quats)), axis=-1)
    return float((beyond > BROKEN).any(axis=-1).mean())


@dataclass(frozen=True)
class Inside:
    """Shares of frames in which parts of a body go more than 2 cm into one another."""

    arms: float
    """A forearm or hand in trunk, head, thigh or the other arm."""
    legs: float
    """A shin or foot in the other."""


def inside_of(motion: Motion) -> Inside:
    """Judges a motion by the capsules of :mod:`engine.motion.body_shape`."""
    motion = at_30_fps(motion)
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    arms = np.maximum(arm_in_body(pose), arm_in_arm(pose)) > INSIDE
    return Inside(float(arms.mean()), float((leg_in_leg(pose) > INSIDE).mean()))


def seam_ratio(motion: Motion, seams: Sequence[int], reach: int = 0) -> float:
    """Mean acceleration of all joints within ``reach`` frames of seams over that elsewhere."""
    positions = motion.positions()
    size = np.linalg.norm(np.diff(positions, n=2, axis=0), axis=-1).mean(axis=-1)
    near = np.zeros(len(size), dtype=bool)
    for seam in seams:
        # The second difference at index i is the acceleration of frame i + 1.
        near[max(0, seam - 1 - reach) : max(0, seam + reach)] = True
    if not near.any() or near.all():
        return float("nan")
    return float(size[near].mean() / size[~near].mean())


def token_seams(frames: int, patch: int) -> list[int]:
    """Frames at which a new token begins."""
    return list(range(patch, frames, patch))


def window_seams(dance: Dance) -> list[int]:
    """Middles of the cross-fades between windows: two counts around each eight of the plan."""
    plan = dance.plan
    frames = []
    for phrase in plan.phrases[1:]:
        at = plan.counts.position(np.array([phrase.start]))[0]
        edges = plan.counts.seconds(np.array([at - MARGIN, at + MARGIN]))
        for edge, inwards in zip(edges.tolist(), (FADE / 2, -FADE / 2), strict=True):
            frame = round((edge - plan.start) * FPS + inwards)
            if 2 < frame < len(dance.raw) - 2:
                frames.append(frame)
    return frames


def bodies_rows(
    dances: Sequence[Dance],
    real: Sequence[Motion],
    halves: tuple[Sequence[Motion], Sequence[Motion]],
    patch: int,
) -> list[Row]:
    """Rows for generated dances against real ones.

    Args:
        halves: the real dances in two parts; one judged by the other is the control of jerk.
        patch: frames in a token of the model.
    """
    slides = [planned_slides(dance) for dance in dances]
    own = mean_feet([feet_of(d.raw, s) for d, s in zip(dances, slides, strict=True)])
    clean = mean_feet([feet_of(d.finished, s) for d, s in zip(dances, slides, strict=True)])
    planned = float(np.mean([slide.mean() for slide in slides]))
    true = mean_feet([feet_of(motion) for motion in real])
    rows = [
        at_most(PART, "contact frames that slide, before cleanup", own.slide, true.slide,
                {"real": true.slide}),
        at_most(PART, "contact frames that slide, finished", clean.slide, 0.03,
                {"real": true.slide, "before cleanup": own.slide},
                f"frames of planned slides, not counted: {planned:.3f}"),
        at_least(PART, "frames with a foot on the floor, finished", clean.contact,
                 LEAST_CONTACT * true.contact, {"real": true.contact},
                 "without contacts there is nothing to slide"),
        at_least(PART, "lowest foot within 3 cm of the floor, outside jumps", clean.on_floor, 0.95,
                 {"real": true.on_floor, "before cleanup": own.on_floor}),
    ]  # fmt: skip
    line = JerkBySpeed(cut_all(real))
    jerk = {
        name: _excess(line, motions)
        for name, motions in (
            ("raw", [dance.raw for dance in dances]),
            ("finished", [dance.finished for dance in dances]),
        )
    }
    control = _excess(JerkBySpeed(cut_all(halves[0])), halves[1])
    for name, excess in jerk.items():
        rows.append(
            within(
                PART,
                f"jerk at matched speed, times real, {name}",
                float(np.exp(excess)),
                (0.75, 1.25),
                {"one half of the real dances by the other": float(np.exp(control))},
            )
        )
    rows += _seam_rows(dances, real, patch)
    broken = [broken_share(dance.finished) for dance in dances]
    rows.append(
        at_most(
            PART,
            "frames with a joint beyond its limits, finished",
            float(np.mean(broken)),
            0.0,
            {
                "before cleanup": float(np.mean([broken_share(dance.raw) for dance in dances])),
                "real": float(np.mean([broken_share(motion) for motion in real])),
            },
        )
    )
    return rows + _inside_rows(dances, real)


def _inside_rows(dances: Sequence[Dance], real: Sequence[Motion]) -> list[Row]:
    own, clean, true = (
        [inside_of(motion) for motion in motions]
        for motions in ([d.raw for d in dances], [d.finished for d in dances], real)
    )
    rows = []
    for name, limbs in (
        ("frames with an arm in the body or the other arm, finished", "arms"),
        ("frames with a leg in the other, finished", "legs"),
    ):
        shares = [[getattr(found, limbs) for found in each] for each in (own, clean, true)]
        before, after, captured = (float(np.mean(share)) for share in shares)
        controls = {"before cleanup": before, "real": captured}
        rows.append(at_most(PART, name, after, FEW, controls, "deeper than 2 cm"))
    return rows


def mean_feet(rows: Sequence[Feet]) -> Feet:
    """The mean of dances; sliding over those that touch the floor."""
    slides = [row.slide for row in rows if np.isfinite(row.slide)]
    return Feet(
        float(np.mean(slides)) if slides else float("nan"),
        float(np.mean([row.contact for row in rows])),
        float(np.mean([row.on_floor for row in rows])),
    )


def _seam_rows(dances: Sequence[Dance], real: Sequence[Motion], patch: int) -> list[Row]:
    tokens = [seam_ratio(dance.raw, token_seams(len(dance.raw), patch)) for dance in dances]
    chance = [seam_ratio(motion, token_seams(len(motion), patch)) for motion in real]
    seams = [window_seams(dance) for dance in dances]
    windows = [
        seam_ratio(d.raw, frames, FADE // 2) for d, frames in zip(dances, seams, strict=True)
    ]
    # The same places in real dances, which have no windows.
    elsewhere = [
        seam_ratio(motion, [f for f in seams[number % len(seams)] if f < len(motion)], FADE // 2)
        for number, motion in enumerate(real)
    ]
    return [
        at_most(PART, "acceleration at token seams against inside, raw", float(np.nanmean(tokens)),
                1.2, {"real": float(np.nanmean(chance))}),
        at_most(PART, "acceleration at window seams against inside, raw",
                float(np.nanmean(windows)), 1.2, {"real": float(np.nanmean(elsewhere))}),
    ]  # fmt: skip


def _excess(line: JerkBySpeed, motions: Sequence[Motion]) -> float:
    windows = cut_all(motions)
    return float(np.median([line.excess(window) for window in windows])) if windows else np.nan
