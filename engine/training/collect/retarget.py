"""From a recording to our body: rotations first, then legs that put the feet where they were.

World rotations of our joints are the source's, times the references of :mod:`.calibrate`. Everything
is scaled by the ratio of leg lengths. Thigh and shin of different proportions would still let planted
feet glide as knees bend, so both legs are solved exactly: the ball of our foot goes where the source's
was, the knee bends in the source's plane. One height for each foot and one for the pelvis, the same
for a whole take, bring planted feet to the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from engine.motion.rotations import (
    cross,
    normalize,
    quat_conjugate,
    quat_from_axis_angle,
    quat_from_matrix,
    quat_identity,
    quat_log,
    quat_multiply,
    quat_rotate,
    quat_slerp,
    quat_unroll,
)
from engine.motion.skeleton import ANKLE_HEIGHT, BODY, FOOT_HEIGHT
from engine.training.collect.calibrate import Calibration, middle, planted_frames, resting_height
from engine.training.collect.recording import Recording

TOE_RANGE = (-1.0, 0.25)
"""Radians about +X that the toes may turn from the foot: up, and down."""
STRAIGHTEST = 0.9995
"""Share of its length that a leg may reach: a dead straight knee has no plane."""


@dataclass(frozen=True, eq=False)
class BodyMotion:
    """A take on our body."""

    local_quats: Float[np.ndarray, "T J 4"]
    root_positions: Float[np.ndarray, "T 3"]
    measured: Bool[np.ndarray, " J"]
    """Joints whose rotation the source knows; the others are filled in."""


def retarget(recording: Recording, calibration: Calibration) -> BodyMotion:
    """Puts a recording on our body, floor at y = 0, its first frame over the origin."""
    kind, scale = calibration.kind, calibration.scale
    world, measured = world_rotations(recording, calibration)
    hips = middle(recording, kind.limbs["left_hip"].start, kind.limbs["right_hip"].start) * scale
    planted = planted_frames(recording, kind, scale)
    balls, ankles, lifts = {}, {}, []
    for joint, (foot, ball) in kind.feet.items():
        path = recording.point(ball) * scale
        down = planted[joint]
        heights = path[down, 1] if down.any() else path[:, 1]
        path = path - [0.0, resting_height(heights) - FOOT_HEIGHT, 0.0]
        balls[joint] = path
        reach = BODY.offsets[BODY.index[joint.replace("ankle", "foot")]]
        ankles[joint] = path - quat_rotate(world[joint], reach)
        lift = ankles[joint][:, 1] - recording.point(foot)[:, 1] * scale
        lifts.append(np.median(lift[down] if down.any() else lift))
    hip_offset = BODY.offsets[BODY.index["left_hip"]] * [0.0, 1.0, 1.0]
    root = hips - quat_rotate(world["pelvis"], hip_offset) + [0.0, float(np.mean(lifts)), 0.0]
    for side in ("left", "right"):
        hip = root + quat_rotate(world["pelvis"], BODY.offsets[BODY.index[f"{side}_hip"]])
        thigh, shin = solve_leg(side, hip, ankles[f"{side}_ankle"], world[f"{side}_hip"])
        world[f"{side}_hip"], world[f"{side}_knee"] = thigh, shin
    root = root - [root[0, 0], 0.0, root[0, 2]]
    return BodyMotion(local_from_world(world), root, measured)


def world_rotations(
    recording: Recording, calibration: Calibration
) -> tuple[dict[str, Float[np.ndarray, "T 4"]], Bool[np.ndarray, " J"]]:
    """World rotation of every joint of ours, and which of them the source knows."""
    kind = calibration.kind
    bones: dict[str, Float[np.ndarray, "T 4"]] = {}
    for joint, (one, other, weight) in kind.trunk.items():
        first = recording.turn(one)
        bones[joint] = quat_slerp(first, recording.turn(other), weight) if weight else first
    for joint, limb in kind.limbs.items():
        bones[joint] = recording.turn(limb.bone)
    for joint, (foot, _) in kind.feet.items():
        bones[joint] = recording.turn(foot)
    for joint, toes in kind.toes.items():
        bones[joint] = recording.turn(toes)
    world: dict[str, Float[np.ndarray, "T 4"]] = {}
    for number, joint in enumerate(BODY.names):
        if joint in bones:
            world[joint] = quat_multiply(bones[joint], calibration.references[joint])
        else:
            world[joint] = world[BODY.names[BODY.parents[number]]]
    for side in ("left", "right"):
        ankle, foot = world[f"{side}_ankle"], world[f"{side}_foot"]
        bend = quat_log(quat_multiply(quat_conjugate(ankle), foot))[..., 0]
        hinge = np.broadcast_to([1.0, 0.0, 0.0], (len(bend), 3))
        turn = quat_from_axis_angle(hinge, np.clip(bend, *TOE_RANGE))
        world[f"{side}_foot"] = quat_multiply(ankle, turn)
    return world, np.array([joint in bones for joint in BODY.names])


def solve_leg(
    side: str,
    hip: Float[np.ndarray, "T 3"],
    ankle: Float[np.ndarray, "T 3"],
    thigh: Float[np.ndarray, "T 4"],
) -> tuple[Float[np.ndarray, "T 4"], Float[np.ndarray, "T 4"]]:
    """World rotations of thigh and shin that bring the ankle from ``hip`` to ``ankle``.

    The triangle of hip, knee and ankle follows from its three sides (law of cosines). The knee lies
    in front of the line from hip to ankle, square to the hinge axis that ``thigh`` carries.
    """
    a = float(np.linalg.norm(BODY.offsets[BODY.index[f"{side}_knee"]]))
    b = float(np.linalg.norm(BODY.offsets[BODY.index[f"{side}_ankle"]]))
    reach = ankle - hip
    length = np.linalg.norm(reach, axis=-1, keepdims=True)
    down = reach / np.maximum(length, 1e-6)
    length = np.clip(length, abs(a - b) + 0.05, STRAIGHTEST * (a + b))
    front = normalize(cross(down, quat_rotate(thigh, np.array([1.0, 0.0, 0.0]))))
    hinge = cross(front, down)
    cosine = np.clip((a * a + length**2 - b * b) / (2 * a * length), -1.0, 1.0)
    knee = a * (cosine * down + np.sqrt(1 - cosine**2) * front)
    upper = _frame(hinge, -knee)
    lower = _frame(hinge, knee - length * down)
    return upper, lower


def local_from_world(world: dict[str, Float[np.ndarray, "T 4"]]) -> Float[np.ndarray, "T J 4"]:
    """Rotations relative to the parent, continuous in time."""
    count = len(world["pelvis"])
    local = quat_identity(count, len(BODY))
    for number, (joint, parent) in enumerate(zip(BODY.names, BODY.parents.tolist(), strict=True)):
        above = world[BODY.names[parent]] if parent >= 0 else quat_identity(count)
        local[:, number] = quat_multiply(quat_conjugate(above), world[joint])
    return quat_unroll(normalize(local))


def _frame(x: Float[np.ndarray, "T 3"], y: Float[np.ndarray, "T 3"]) -> Float[np.ndarray, "T 4"]:
    """Rotations with the X axis along ``x`` and the Y axis along ``y``, square to it."""
    x, y = normalize(x), normalize(y)
    return quat_from_matrix(np.stack([x, y, cross(x, y)], axis=-1))
