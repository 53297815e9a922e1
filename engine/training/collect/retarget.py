"""From a recording to our body: rotations first, then legs that put the feet where they were.

World rotations of our joints are the source's, times the references of :mod:`.calibrate`.
Everything is scaled by the ratio of leg lengths. Thigh and shin of different proportions would
still let planted feet glide as knees bend, so both legs are solved exactly: our ankle goes where
the source's was (a robot's by the ball of its foot), the knee bends in the source's plane. One
height for each foot and one for the pelvis, the same for a whole take, bring planted feet to the
floor; :mod:`.feet` settles what wobble remains.
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
from engine.training.collect.calibrate import Calibration
from engine.training.collect.feet import (
    BALL,
    UP,
    above_floor,
    held,
    levelled,
    pinning,
    settling,
    sole_turn,
)
from engine.training.collect.floor import Heights, anchor_of, planted_frames
from engine.training.collect.hinges import hinged
from engine.training.collect.plausible import plausible
from engine.training.collect.recording import Recording

TOE_RANGE = (-1.0, 0.25)
"""Radians about +X that the toes may turn from the foot: up, and down."""
ANKLE_RANGE = (-0.9, 1.3)
"""Radians about +X that a foot may turn from the shin: up, and down."""
OUR_HIPS = float(BODY.offsets[BODY.index["left_hip"], 0])
"""Metres from the middle of the pelvis to a hip joint of ours."""
SIDES = ("left", "right")
STRAIGHTEST = 0.9995
"""Share of its length that a leg may reach: a dead straight knee has no plane."""


@dataclass(frozen=True, eq=False)
class BodyMotion:
    """A take on our body."""

    local_quats: Float[np.ndarray, "T J 4"]
    root_positions: Float[np.ndarray, "T 3"]
    measured: Bool[np.ndarray, " J"]
    """Joints whose rotation the source knows; the others are filled in."""


def retarget(recording: Recording, calibration: Calibration, heights: Heights) -> BodyMotion:
    """Puts a recording on our body, floor at y = 0, its first frame over the origin.

    Args:
        heights: metres at which the anchors of the feet rest in this take.
    """
    kind, scale = calibration.kind, calibration.scale
    world, measured = world_rotations(recording, calibration)
    left, right = (recording.point(kind.limbs[f"{side}_hip"].start) * scale for side in SIDES)
    hips = 0.5 * (left + right)
    wider = OUR_HIPS - 0.5 * float(np.linalg.norm(left[0] - right[0]))
    sideways = wider * normalize((left - right) * [1.0, 0.0, 1.0])
    ankles, lifts = {}, []
    for joint, down in planted_frames(recording, kind, scale, heights).items():
        toes = joint.replace("ankle", "foot")
        bend = quat_multiply(quat_conjugate(world[joint]), world[toes])
        standing = FOOT_HEIGHT if kind.upright else ANKLE_HEIGHT
        path = recording.point(anchor_of(kind, joint)) * scale
        path = path + (standing - heights[joint]) * UP
        path = path + held(sideways * (1.0 if joint.startswith("left") else -1.0), down)
        path = path + settling(path[:, 1], down, standing)[:, None] * UP
        path = path + pinning(path, down, recording.fps)
        feet = world[joint]
        if not kind.upright:
            feet = quat_multiply(feet, sole_turn(feet, down, recording.fps))
            feet = levelled(feet, down)
        path = path - quat_rotate(feet, BALL) if kind.upright else path
        lift = path[:, 1] - recording.point(kind.feet[joint][0])[:, 1] * scale
        lifts.append(float(np.median(lift[down] if down.any() else lift)))
        ankles[joint], world[joint] = above_floor(path, feet)
        world[toes] = quat_multiply(world[joint], bend)
    hip_offset = BODY.offsets[BODY.index["left_hip"]] * [0.0, 1.0, 1.0]
    root = hips - quat_rotate(world["pelvis"], hip_offset) + np.mean(lifts) * UP
    for side in SIDES:
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
    world = hinged(world, recording.fps) if kind.rolls else world
    world, lost = plausible(world, recording.fps)
    for side, straight in (("left", -1.0), ("right", 1.0)):
        upper, elbow = world[f"{side}_shoulder"], world[f"{side}_elbow"]
        bend = straight * quat_log(quat_multiply(quat_conjugate(upper), elbow))[..., 1]
        back = straight * np.minimum(bend, 0.0)
        world[f"{side}_elbow"] = quat_multiply(elbow, _about([0.0, 1.0, 0.0], -back))
        ankle, sole = world[f"{side}_ankle"], world[f"{side}_foot"]
        bend = quat_log(quat_multiply(quat_conjugate(ankle), sole))[..., 0]
        curl = _about([1.0, 0.0, 0.0], np.clip(bend, *TOE_RANGE))
        flex = quat_log(quat_multiply(quat_conjugate(world[f"{side}_knee"]), ankle))[..., 0]
        ankle = quat_multiply(ankle, _about([1.0, 0.0, 0.0], np.clip(flex, *ANKLE_RANGE) - flex))
        world[f"{side}_ankle"], world[f"{side}_foot"] = ankle, quat_multiply(ankle, curl)
    return world, np.array([joint in bones and joint not in lost for joint in BODY.names])


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


def _about(axis: list[float], angle: Float[np.ndarray, " T"]) -> Float[np.ndarray, "T 4"]:
    return quat_from_axis_angle(np.broadcast_to(axis, (len(angle), 3)), angle)


def _frame(x: Float[np.ndarray, "T 3"], y: Float[np.ndarray, "T 3"]) -> Float[np.ndarray, "T 4"]:
    """Rotations with the X axis along ``x`` and the Y axis along ``y``, square to it."""
    x, y = normalize(x), normalize(y)
    return quat_from_matrix(np.stack([x, y, cross(x, y)], axis=-1))
