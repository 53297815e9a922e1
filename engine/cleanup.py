"""What an animator would clean by hand: jitter, joints, shoulders, floor, sliding feet, collisions.

The feet come late, because everything else moves them. First the body is carried by the foot that
bears it, which takes out most skating. Then a planted foot is pinned where it stood for
most of its contact; between two contacts the correction glides from one to the next, so nothing
pops. A foot that travels is lifted clear of the floor (:mod:`engine.motion.stepping`). The legs
follow by closed-form inverse kinematics, and the pelvis sinks a little where a leg would have to be
longer than it is. Then legs that cross go round each other, and at last the arms are taken out of
the body and of each other (:mod:`engine.motion.apart`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from engine.motion.apart import arms_apart, bend_towards, past_each_other
from engine.motion.contacts import FEET, REST_HEIGHTS, foot_contacts, runs
from engine.motion.features import Motion
from engine.motion.girdle import follow_arms
from engine.motion.ik import LIMBS, nudge_limb, solve_limb
from engine.motion.rotations import (
    normalize,
    quat_between,
    quat_exp,
    quat_log,
    quat_multiply,
    quat_rotate,
    quat_slerp,
    quat_unroll,
    swing_twist,
)
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, FOOT_HEIGHT, forward_kinematics
from engine.motion.smoothing import glide_between, smooth_between_ends
from engine.motion.stepping import Foot, stand_straight, step_clear

JITTER_SIGMA = (0.012, 0.066)
"""Seconds at smoothness 0 and 1; 0.028, in the middle, takes out what shakes faster than about
6 Hz and leaves hits alone."""
BLEND = 0.15
"""Seconds (standard deviation) over which one section's smoothness gives way to the next one's."""
STAGE_MEMORY = 3.0
"""Seconds (standard deviation) after which the body is back where it was on the stage."""
LEG = float(
    np.linalg.norm(BODY.offsets[BODY.index["left_knee"]])
    + np.linalg.norm(BODY.offsets[BODY.index["left_ankle"]])
)
LONGEST_LEG = 0.985 * LEG
LIMITS = {
    "spine1": 0.7,
    "spine2": 0.7,
    "spine3": 0.7,
    "neck": 0.9,
    "head": 0.9,
    "collar": 0.7,
    "wrist": 1.4,
    "ankle": 1.1,
    "foot": 0.9,
    "hip": 2.2,
    "shoulder": 2.6,
}
"""Radians that a joint may turn from rest; knees and elbows have hinges of their own."""
HINGES = {"knee": (0.0, 2.6), "elbow": (-0.05, 2.6)}
"""Radians of bend, smallest and largest."""


def cleanup(
    motion: Motion,
    direct: Callable[[Motion], Motion] = lambda motion: motion,
    held: Bool[np.ndarray, " T"] | None = None,
    smoothness: float | Float[np.ndarray, " T"] = 0.5,
) -> Motion:
    """The same dance, clean; contacts are found anew on the result.

    Args:
        direct: what must be true of the result, put right before the feet are locked.
        held: frames whose feet are where they should be; a foot planted there stays there.
        smoothness: 0..1, of the slider; perhaps of each frame.
    """
    calm = steady(motion, smoothness)
    bounded = replace(calm, local_quats=follow_arms(limit_joints(calm.local_quats)))
    carried = direct(carry(settle(bounded)))
    clear = arms_apart(lock_feet(planted(carried), held))
    return planted(replace(clear, local_quats=limit_joints(clear.local_quats)))


def planted(motion: Motion) -> Motion:
    """The same motion with the contacts that its feet show; what a model guesses misses some."""
    return replace(motion, contacts=foot_contacts(motion.positions(), motion.fps))


def steady(motion: Motion, smoothness: float | Float[np.ndarray, " T"] = 0.5) -> Motion:
    """Low-passes rotations and root (Gaussian, between :data:`JITTER_SIGMA` of the slider).

    Where the slider changes from frame to frame, the results of its values are blended.
    """
    wanted = np.broadcast_to(np.asarray(smoothness, dtype=float), len(motion))
    values = np.unique(wanted)
    if len(values) == 1:
        return _low_passed(motion, float(values[0]))
    quats, root = np.zeros_like(motion.local_quats), np.zeros_like(motion.root_positions)
    for value in values.tolist():
        here = gaussian_filter1d((wanted == value).astype(float), BLEND * motion.fps)
        passed = _low_passed(motion, value)
        quats += here[:, None, None] * passed.local_quats
        root += here[:, None] * passed.root_positions
    return replace(motion, local_quats=quat_unroll(normalize(quats)), root_positions=root)


def _low_passed(motion: Motion, smoothness: float) -> Motion:
    crisp, soft = JITTER_SIGMA
    sigma = crisp * (soft / crisp) ** smoothness * motion.fps
    quats = gaussian_filter1d(quat_unroll(motion.local_quats), sigma, axis=0, mode="nearest")
    root = gaussian_filter1d(motion.root_positions, sigma, axis=0, mode="nearest")
    return replace(motion, local_quats=quat_unroll(normalize(quats)), root_positions=root)


def limit_joints(local_quats: Float[np.ndarray, "T J 4"]) -> Float[np.ndarray, "T J 4"]:
    """Bounds every joint's turn from rest; knees and elbows bend one way only."""
    result = local_quats.copy()
    for joint, name in enumerate(BODY.names):
        part = name.split("_")[-1]
        if part in LIMITS:
            result[:, joint] = _limit_turn(result[:, joint], LIMITS[part])
        elif part in HINGES:
            result[:, joint] = _limit_hinge(result[:, joint], _hinge_axis(name), *HINGES[part])
    return quat_unroll(result)


def _limit_turn(quats: Float[np.ndarray, "T 4"], most: float) -> Float[np.ndarray, "T 4"]:
    """Bounds the angle from rest.

    A turn that passes half a circle is followed on about its own axis. Were it read as a turn from
    the other side there, the joint would jump from one bound to the opposite one.
    """
    vectors = quat_log(quats)
    angles = np.linalg.norm(vectors, axis=-1)
    for run in runs(angles > most):
        for frame in range(run.start + 1, run.stop):
            other = vectors[frame] * (1.0 - 2.0 * np.pi / max(angles[frame], 1e-9))
            before = vectors[frame - 1]
            if np.linalg.norm(other - before) < np.linalg.norm(vectors[frame] - before):
                vectors[frame] = other
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return quat_exp(vectors * np.minimum(1.0, most / np.maximum(angles, 1e-9)))


def settle(motion: Motion) -> Motion:
    """Lifts or lowers the whole body, slowly, so that what is planted stands on the floor."""
    clearance = motion.positions()[:, FEET, 1] - REST_HEIGHTS
    lowest = clearance.min(axis=-1)
    planted = (motion.contacts > 0.5).any(axis=-1)
    if not planted.any():
        planted = lowest <= np.quantile(lowest, 0.2)
    wide = 1.0 * motion.fps
    weight = gaussian_filter1d(planted.astype(float), wide, mode="nearest") + 1e-6
    level = gaussian_filter1d(np.where(planted, lowest, 0.0), wide, mode="nearest") / weight
    root = motion.root_positions.copy()
    root[:, 1] -= level
    return replace(motion, root_positions=root)


def carry(motion: Motion) -> Motion:
    """Moves the body so that the foot that bears it stands still: no skating.

    The bearing joint is the slower of those near the floor, blended over where the weight changes;
    the body takes back that joint's glide. Over :data:`STAGE_MEMORY` the correction fades out, so
    that the dancer stays where the dance has her. Nothing bears her in a jump.
    """
    fps = motion.fps
    feet = motion.positions()[:, FEET]
    glide = np.gradient(feet[..., [0, 2]], 1.0 / fps, axis=0)
    height = np.maximum(feet[..., 1] - REST_HEIGHTS, 0.0)
    speed = gaussian_filter1d(np.linalg.norm(glide, axis=-1), 0.04 * fps, axis=0)
    share = (np.exp(-((height / 0.05) ** 2)) / (speed**2 + 0.15**2)) ** 2
    on_floor = np.exp(-((height.min(axis=1, keepdims=True) / 0.07) ** 2))
    share *= on_floor / (share.sum(axis=1, keepdims=True) + 1e-9)
    share = gaussian_filter1d(share, 0.05 * fps, axis=0)
    correction = -np.cumsum((share[..., None] * glide).sum(axis=1), axis=0) / fps
    root = motion.root_positions.copy()
    for axis, path in zip((0, 2), correction.T, strict=True):
        root[:, axis] += path - smooth_between_ends(path, STAGE_MEMORY * fps)
    return replace(motion, root_positions=root)


def lock_feet(motion: Motion, held: Bool[np.ndarray, " T"] | None = None) -> Motion:
    """Pins planted feet, keeps the others above the floor, and lets the legs follow.

    Args:
        held: frames whose planted feet stand where they should: those are not moved.
    """
    held = np.zeros(len(motion), dtype=bool) if held is None else held
    quats, root = motion.local_quats, motion.root_positions
    targets, rotations = {}, {}
    left, right = slice(0, 2), slice(2, 4)
    for side, columns, others in (("left", left, right), ("right", right, left)):
        pose = forward_kinematics(BODY, quats, root)
        planted = motion.contacts[:, columns] > 0.5
        ankle, foot = BODY.index[f"{side}_ankle"], BODY.index[f"{side}_foot"]
        rotation = _flatten(
            pose.rotations[:, ankle], np.all(planted, axis=-1), BODY.offsets[foot], motion.fps
        )
        ball = BODY.offsets[foot]
        borne = np.asarray((motion.contacts[:, others] > 0.5).any(axis=-1))
        here = Foot(pose.positions[:, ankle], rotation, planted, ball, motion.fps)
        stood = stand_straight(here, held)
        shift = _pin(stood.points, planted, held)
        lowest = stood.height + shift[:, 1:2]
        shift[:, 1] += np.maximum(-lowest, 0.0).max(axis=-1)
        stepping = step_clear(replace(stood, ankle=stood.ankle + shift), borne, held)
        targets[side], rotations[side] = stepping.ankle, stepping.rotation
    root = within_reach(quats, root, targets, motion.fps)
    for side in targets:
        quats = solve_limb(quats, root, LIMBS[f"{side}_leg"], targets[side], rotations[side])
    crossed = past_each_other(replace(motion, local_quats=quats, root_positions=root), held)
    if crossed is not None:
        root = within_reach(quats, root, {s: leg.ankle for s, leg in crossed.items()}, motion.fps)
        for side, leg in crossed.items():
            limb = LIMBS[f"{side}_leg"]
            quats = solve_limb(quats, root, limb, leg.ankle, rotations[side])
            quats = bend_towards(quats, root, side, leg.knee)
    for side in targets:
        quats = _heel_gives(quats, root, side)
    return replace(motion, local_quats=quat_unroll(quats), root_positions=root)


def _heel_gives(
    quats: Float[np.ndarray, "T J 4"], root: Float[np.ndarray, "T 3"], side: str
) -> Float[np.ndarray, "T J 4"]:
    """Moves the heel about the ball where the ankle would have to bend further than it can."""
    ankle, foot = BODY.index[f"{side}_ankle"], BODY.index[f"{side}_foot"]
    limb = LIMBS[f"{side}_leg"]
    # The shin follows the heel, so once is not enough.
    for _ in range(3):
        bounded = _limit_turn(quats[:, ankle], LIMITS["ankle"])
        if np.abs(np.sum(bounded * quats[:, ankle], axis=-1)).min() > 1.0 - 1e-6:
            break
        pose = forward_kinematics(BODY, quats, root)
        rotation = quat_multiply(pose.rotations[:, BODY.index[limb.middle]], bounded)
        target = pose.positions[:, foot] - _turned(rotation, BODY.offsets[foot])
        target[:, 1] = np.maximum(target[:, 1], ANKLE_HEIGHT)
        quats = nudge_limb(quats, root, limb, target, rotation)
    return quats


def _turned(
    rotations: Float[np.ndarray, "T 4"], offset: Float[np.ndarray, " 3"]
) -> Float[np.ndarray, "T 3"]:
    """One offset turned by each rotation."""
    return quat_rotate(rotations, np.broadcast_to(offset, (len(rotations), 3)))


def _pin(
    points: Float[np.ndarray, "T 2 3"],
    planted: Bool[np.ndarray, "T 2"],
    fixed: Bool[np.ndarray, " T"],
) -> Float[np.ndarray, "T 3"]:
    """The correction (metres) that holds ankle or ball still while they are planted.

    While the ball stands it is the ball that is held, else the heel. A contact that changes from
    one to the other keeps the correction it has at that moment. It stands where it stood for most
    of the contact, or in its ``fixed`` frames if it has some.
    """
    shift = np.zeros((len(points), 3))
    held = np.asarray(planted.any(axis=-1))
    for stretch in runs(held):
        which = np.where(planted[stretch, 1], 1, 0)
        path = points[stretch][np.arange(len(which)), which]
        changes = np.flatnonzero(np.diff(which)) + 1
        pieces = np.split(np.arange(len(which)), changes)
        sure = fixed[stretch]
        longest = max(pieces, key=lambda piece: (sure[piece].sum(), len(piece)))
        local = np.zeros((len(which), 3))
        anchor = np.median(path[longest[sure[longest]] if sure.any() else longest], axis=0)
        local[longest] = anchor - path[longest]
        order = next(i for i, piece in enumerate(pieces) if piece is longest)
        for number in range(order + 1, len(pieces)):
            piece, carried = pieces[number], local[pieces[number][0] - 1]
            local[piece] = path[piece[0]] + carried - path[piece]
        for number in range(order - 1, -1, -1):
            piece, carried = pieces[number], local[pieces[number][-1] + 1]
            local[piece] = path[piece[-1]] + carried - path[piece]
        height = np.where(which == 1, FOOT_HEIGHT, ANKLE_HEIGHT)
        local[:, 1] = height - path[:, 1]
        shift[stretch] = local
    return glide_between(shift, held)


def _flatten(
    rotations: Float[np.ndarray, "T 4"],
    flat: Bool[np.ndarray, " T"],
    toe: Float[np.ndarray, " 3"],
    fps: float,
) -> Float[np.ndarray, "T 4"]:
    """Turns the foot level where heel and ball both stand, easing in and out."""
    pointing = _turned(rotations, toe)
    wanted = pointing.copy()
    length = float(np.linalg.norm(toe))
    drop = FOOT_HEIGHT - ANKLE_HEIGHT
    across = np.linalg.norm(pointing[:, [0, 2]], axis=-1, keepdims=True)
    wanted[:, [0, 2]] *= np.sqrt(length**2 - drop**2) / np.maximum(across, 1e-6)
    wanted[:, 1] = drop
    level = quat_multiply(quat_between(pointing, wanted), rotations)
    ease = gaussian_filter1d(flat.astype(float), 0.05 * fps, mode="nearest")
    return quat_slerp(rotations, level, ease)


def within_reach(
    quats: Float[np.ndarray, "T J 4"],
    root: Float[np.ndarray, "T 3"],
    targets: dict[str, Float[np.ndarray, "T 3"]],
    fps: float,
) -> Float[np.ndarray, "T 3"]:
    """Lowers the pelvis, smoothly, where a leg could not reach its target."""
    positions = forward_kinematics(BODY, quats, root).positions
    drop = np.zeros(len(root))
    for side, target in targets.items():
        hip = positions[:, BODY.index[f"{side}_hip"]]
        across = np.linalg.norm((target - hip)[:, [0, 2]], axis=-1)
        tallest = np.sqrt(np.maximum(LONGEST_LEG**2 - across**2, 0.05))
        drop = np.maximum(drop, hip[:, 1] - target[:, 1] - tallest)
    width = max(3, round(0.2 * fps) | 1)
    eased = gaussian_filter1d(maximum_filter1d(np.clip(drop, 0.0, 0.25), width), width / 4)
    lowered = root.copy()
    lowered[:, 1] -= eased
    return lowered


def _hinge_axis(name: str) -> Float[np.ndarray, " 3"]:
    limb = next(limb for limb in LIMBS.values() if limb.middle == name)
    return np.array(limb.hinge)


def _limit_hinge(
    quats: Float[np.ndarray, "T 4"], axis: Float[np.ndarray, " 3"], least: float, most: float
) -> Float[np.ndarray, "T 4"]:
    """Bounds the turn about ``axis``; the rest of the rotation (twist of the limb) stays."""
    parts = swing_twist(quats, axis)
    angle = 2.0 * np.arctan2(np.sum(parts.twist[:, 1:] * axis, axis=-1), parts.twist[:, 0])
    angle = (angle + np.pi) % (2 * np.pi) - np.pi
    bounded = np.clip(angle, least, most)
    return quat_multiply(parts.swing, quat_exp(bounded[:, None] * axis))
