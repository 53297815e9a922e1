"""How well a take on our body repeats its recording: the figures of the report.

Our joints are compared with the source's own forward kinematics, joint by joint, in metres of our
scale. Trunks differ in shape, so legs are compared from the hips and arms from the shoulders.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import (
    normalize,
    quat_conjugate,
    quat_log,
    quat_multiply,
    quat_rotate,
)
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, FOOT_HEIGHT, forward_kinematics
from engine.training.collect.calibrate import middle, rest_bone
from engine.training.collect.catalogue import reason_of
from engine.training.collect.floor import anchor_of, planted_frames, speed
from engine.training.collect.make import Made
from engine.training.collect.recording import Recording
from engine.training.collect.retarget import world_rotations
from engine.training.collect.take import Take

SIDES = ("left", "right")
CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
LIMB_ENDS = [
    BODY.index[f"{side}_{part}"] for side in SIDES for part in ("knee", "ankle", "elbow", "wrist")
]
ALREADY = "the same take came as AMC"
NEAR = 0.02
"""Metres within which a planted foot counts as on the floor."""
TRAVELS = 0.5
"""m/s over which a pelvis counts as travelling."""


@dataclass(frozen=True)
class Figures:
    """One take's figures. Lengths in metres, angles in degrees; None where there is nothing."""

    name: str
    source: str
    subject: str
    split: str
    kind: str
    seconds: float
    front: float | None
    leg_degrees: float
    """Mean angle between our thighs and shins and the source's; the legs are solved anew."""
    arm_degrees: float
    """Mean angle between our upper arms and forearms and the source's."""
    position_error: float
    """Mean distance of knees, ankles, elbows and wrists from the source's, when our rotations move
    limbs of the source's lengths."""
    body_error: float
    """The same for the finished take on our body, from the middle of the hips."""
    swapped_error: float
    """The same against the source's other side: how wrong a swapped left and right would be."""
    ball_low: float
    """First percentile of the lower ball's height, seconds before trimming included."""
    planted_share: float | None
    """Share of planted balls and ankles (a robot's: balls) within 2 cm of their standing height."""
    slide: float | None
    """Mean horizontal speed (m/s) of planted ankles (a robot's: balls)."""
    source_slide: float | None
    travel_cosine: float | None
    """Mean cosine between the pelvis's way and its forward axis while it travels."""
    knee_off_axis: float
    """Median angle by which knees leave their hinge, before the legs are solved."""
    knee_back: float
    """Share of frames in which a knee bends the wrong way by over 3 degrees."""
    elbow_off_axis: float
    elbow_back: float
    mean_speed: float
    """Of the source's limb joints, m/s, as used; ``raw_`` is before noise and spikes are
    removed."""
    raw_mean_speed: float
    peak_speed: float
    """99th percentile."""
    raw_peak_speed: float
    mean_acceleration: float
    """m/s2."""
    raw_mean_acceleration: float
    body_speed: float
    body_acceleration: float
    """The same of our body's limbs in the finished take."""
    licence: str
    spikes: int
    """Frames, added up over the source's joints, that were bridged as too fast."""
    left_out: str | None
    """Why nothing may learn from this take, if so."""

    def as_dict(self) -> dict[str, Any]:
        """For the report: rounded."""
        return {k: round(v, 5) if isinstance(v, float) else v for k, v in asdict(self).items()}


def judge(made: Made) -> Figures:
    """All figures of one take."""
    take = made.take
    used = slice(made.first, made.first + len(take.root_positions))
    positions = forward_kinematics(
        BODY,
        np.asarray(take.local_quats, dtype=float),
        np.asarray(take.root_positions, dtype=float),
    ).positions
    legs, arms = (_bone_angles(made, positions, used, chain) for chain in CHAINS)
    knees, elbows = _hinges(made, used)
    feet = _feet(made, positions, used)
    lively, jerky = _limb_paths(made, made.recording), _limb_paths(made, made.raw)
    return Figures(
        name=take.name,
        source=take.source,
        subject=take.subject,
        split=take.split,
        kind=take.kind,
        seconds=take.duration,
        front=take.front,
        leg_degrees=legs,
        arm_degrees=arms,
        position_error=_rotation_error(made, used),
        body_error=_body_error(made, positions, used, SIDES),
        swapped_error=_body_error(made, positions, used, SIDES[::-1]),
        travel_cosine=_travel_cosine(take.local_quats[:, 0], take.root_positions, take.fps),
        knee_off_axis=knees[0],
        knee_back=knees[1],
        elbow_off_axis=elbows[0],
        elbow_back=elbows[1],
        mean_speed=_mean_speed(lively, take.fps),
        raw_mean_speed=_mean_speed(jerky, take.fps),
        peak_speed=_peak_speed(lively, take.fps),
        raw_peak_speed=_peak_speed(jerky, take.fps),
        mean_acceleration=_mean_acceleration(lively, take.fps),
        raw_mean_acceleration=_mean_acceleration(jerky, take.fps),
        body_speed=_mean_speed(positions[:, LIMB_ENDS], take.fps),
        body_acceleration=_mean_acceleration(positions[:, LIMB_ENDS], take.fps),
        licence=take.licence,
        spikes=made.spikes,
        left_out=(reason_of(take.name) or ALREADY) if take.split == "excluded" else None,
        **feet,
    )


def distance_between(one: Take, other: Take) -> float:
    """Mean joint distance (m) of two imports of the same motion, each over its own floor point."""
    count = min(len(one.root_positions), len(other.root_positions))
    poses = [
        forward_kinematics(
            BODY,
            np.asarray(take.local_quats[:count], dtype=float),
            np.asarray(take.root_positions[:count] * [0.0, 1.0, 0.0], dtype=float),
        ).positions
        for take in (one, other)
    ]
    return float(np.linalg.norm(poses[0] - poses[1], axis=-1).mean())


def source_point(made: Made, joint: str) -> Float[np.ndarray, "T 3"]:
    """Where the source's counterpart of a limb joint of ours goes, in metres of our scale."""
    kind = made.calibration.kind
    side, part = joint.split("_")
    name = {
        "ankle": kind.feet[f"{side}_ankle"][0],
        "wrist": kind.limbs[f"{side}_elbow"].end,
    }.get(part) or kind.limbs[joint].start
    return made.recording.point(name) * made.calibration.scale


def _bone_angles(
    made: Made, positions: Float[np.ndarray, "T J 3"], used: slice, chain: tuple[str, ...]
) -> float:
    angles = []
    for side in SIDES:
        for upper, lower in pairwise(chain):
            names = (f"{side}_{upper}", f"{side}_{lower}")
            ours = positions[:, BODY.index[names[1]]] - positions[:, BODY.index[names[0]]]
            theirs = (source_point(made, names[1]) - source_point(made, names[0]))[used]
            cosine = np.sum(normalize(ours) * normalize(theirs), axis=-1)
            angles.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean())
    return float(np.mean(angles))


def _rotation_error(made: Made, used: slice) -> float:
    world, _ = world_rotations(made.recording, made.calibration)
    errors = []
    for side in SIDES:
        for chain in CHAINS:
            names = [f"{side}_{part}" for part in chain]
            theirs = [source_point(made, name)[used] for name in names]
            ours = theirs[0]
            for number in (1, 2):
                length = np.mean(np.linalg.norm(theirs[number] - theirs[number - 1], axis=-1))
                bone = normalize(rest_bone(names[number - 1])) * length
                ours = ours + quat_rotate(world[names[number - 1]][used], bone)
                errors.append(np.linalg.norm(ours - theirs[number], axis=-1).mean())
    return float(np.mean(errors))


def _body_error(
    made: Made, positions: Float[np.ndarray, "T J 3"], used: slice, sides: tuple[str, ...]
) -> float:
    limbs = made.calibration.kind.limbs
    centre = middle(made.recording, limbs["left_hip"].start, limbs["right_hip"].start)
    centre = centre * made.calibration.scale
    ours_centre = positions[:, [BODY.index["left_hip"], BODY.index["right_hip"]]].mean(axis=1)
    errors = []
    for side, other in zip(SIDES, sides, strict=True):
        for part in ("knee", "ankle", "elbow", "wrist"):
            ours = positions[:, BODY.index[f"{side}_{part}"]] - ours_centre
            theirs = (source_point(made, f"{other}_{part}") - centre)[used]
            errors.append(np.linalg.norm(ours - theirs, axis=-1).mean())
    return float(np.mean(errors))


def _feet(made: Made, positions: Float[np.ndarray, "T J 3"], used: slice) -> dict[str, Any]:
    kind, scale, fps = made.calibration.kind, made.calibration.scale, made.take.fps
    planted = planted_frames(made.recording, kind, scale, made.heights)
    near, slides, source_slides = [], [], []
    for side in SIDES:
        down = planted[f"{side}_ankle"][used]
        ball = positions[:, BODY.index[f"{side}_foot"]]
        ankle = positions[:, BODY.index[f"{side}_ankle"]]
        theirs = made.recording.point(anchor_of(kind, f"{side}_ankle"))[used] * scale
        near.append((np.abs(ball[down, 1] - FOOT_HEIGHT) < NEAR).astype(float))
        if not kind.upright:
            near.append((np.abs(ankle[down, 1] - ANKLE_HEIGHT) < NEAR).astype(float))
        slides.append(speed((ball if kind.upright else ankle) * [1, 0, 1], fps)[down])
        source_slides.append(speed(theirs * [1, 0, 1], fps)[down])
    lower = positions[:, [BODY.index["left_foot"], BODY.index["right_foot"]], 1].min(axis=1)
    return {
        "ball_low": float(np.percentile(lower, 1)),
        "planted_share": _mean(near),
        "slide": _mean(slides),
        "source_slide": _mean(source_slides),
    }


def _mean(parts: list[Float[np.ndarray, " _"]]) -> float | None:
    values = np.concatenate(parts)
    return float(values.mean()) if len(values) else None


def _hinges(made: Made, used: slice) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of knees and of elbows: the angle off the hinge, and the share of frames bent backwards."""
    world, _ = world_rotations(made.recording, made.calibration)
    results = []
    for upper, lower, axis in (("hip", "knee", 0), ("shoulder", "elbow", 1)):
        off, back = [], []
        for side in SIDES:
            above, below = world[f"{side}_{upper}"][used], world[f"{side}_{lower}"][used]
            turn = np.degrees(quat_log(quat_multiply(quat_conjugate(above), below)))
            bend = turn[:, axis] * (-1.0 if (axis, side) == (1, "left") else 1.0)
            off.append(np.linalg.norm(np.delete(turn, axis, axis=1), axis=1))
            back.append(bend < -3.0)
        results.append((float(np.median(np.concatenate(off))), float(np.mean(back))))
    return results[0], results[1]


def _travel_cosine(
    root: Float[np.ndarray, "T 4"], path: Float[np.ndarray, "T 3"], fps: float
) -> float | None:
    if len(path) < 3:
        return None
    way = np.gradient(path, axis=0)[:, [0, 2]] * fps
    ahead = quat_rotate(root, np.array([0.0, 0.0, 1.0]))[:, [0, 2]]
    travels = np.linalg.norm(way, axis=1) > TRAVELS
    if travels.sum() < fps / 2:
        return None
    return float(np.sum(normalize(way[travels]) * normalize(ahead[travels]), axis=1).mean())


def _limb_paths(made: Made, recording: Recording) -> Float[np.ndarray, "T L 3"]:
    kind = made.calibration.kind
    names = [limb.end for joint, limb in kind.limbs.items() if not joint.endswith("wrist")]
    index = [recording.skeleton.index[name] for name in names]
    return recording.pose.positions[:, index] * made.calibration.scale


def _mean_speed(paths: Float[np.ndarray, "T L 3"], fps: float) -> float:
    return float(np.linalg.norm(np.diff(paths, axis=0), axis=-1).mean() * fps)


def _peak_speed(paths: Float[np.ndarray, "T L 3"], fps: float) -> float:
    return float(np.percentile(np.linalg.norm(np.diff(paths, axis=0), axis=-1), 99) * fps)


def _mean_acceleration(paths: Float[np.ndarray, "T L 3"], fps: float) -> float:
    return float(np.linalg.norm(np.diff(paths, n=2, axis=0), axis=-1).mean() * fps**2)
