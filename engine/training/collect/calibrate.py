"""What a body looks like in its source: where soles and trunk point when it just stands.

Two captures of the same upright stance differ by up to 40 degrees in the rotations of pelvis, neck,
head and feet, because markers were glued on differently. So these bones are calibrated for each
dancer, from what joint *positions* tell: soles are level where feet are planted; pelvis and spine
lie along the line from hips to shoulders, neck and head are upright, at the median of all frames in
which that line is upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.contacts import runs
from engine.motion.rotations import normalize, quat_conjugate, quat_from_matrix, quat_rotate
from engine.motion.skeleton import BODY, Skeleton
from engine.training.collect.floor import UP, Heights, planted_frames
from engine.training.collect.kinds import Kind
from engine.training.collect.recording import Recording

AHEAD = np.array([0.0, 0.0, 1.0])
LEG_LENGTH = float(
    np.abs(BODY.offsets[[BODY.index["left_knee"], BODY.index["left_ankle"]], 1]).sum()
)
UPRIGHT = np.cos(np.radians(15.0))
"""Cosine of the lean up to which a trunk counts as upright."""
OUR_TRUNK = normalize(
    BODY.rest_positions()[BODY.index["left_shoulder"]] * [0, 1, 1]
    - BODY.rest_positions()[BODY.index["left_hip"]] * [0, 1, 1]
)
"""The line from hips to shoulders of our body at rest."""
ENOUGH = 30
"""Frames that a calibration needs; with fewer the zero pose is believed, with its legs closed."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """How one dancer's bones relate to our joints."""

    kind: Kind
    scale: float
    """Our metres in one unit of the source."""
    references: dict[str, Float[np.ndarray, " 4"]]
    """For each of our joints the rotation Q from our rest frame to its bone's zero pose frame: the
    joint's world rotation is the bone's, times Q."""


def scale_of(skeleton: Skeleton, kind: Kind) -> float:
    """Our metres in one unit of the source: the ratio of leg lengths."""
    rest, at = skeleton.rest_positions(), skeleton.index
    legs = [limb for joint, limb in kind.limbs.items() if joint.endswith(("hip", "knee"))]
    lengths = [np.linalg.norm(rest[at[leg.end]] - rest[at[leg.start]]) for leg in legs]
    return float(2 * LEG_LENGTH / sum(lengths))


def calibrate(
    recordings: Sequence[Recording], kind: Kind, floors: Sequence[Heights]
) -> Calibration:
    """Learns a dancer's references from all of their takes (level, at any rate, unscaled).

    Args:
        floors: the resting heights of each take.
    """
    skeleton = recordings[0].skeleton
    rest, at = skeleton.rest_positions(), skeleton.index
    scale = scale_of(skeleton, kind)

    def bone(start: str, end: str) -> Float[np.ndarray, " 3"]:
        return rest[at[end]] - rest[at[start]]

    references = {
        joint: frame_to_frame(
            rest_bone(joint), rest_hinge(joint), bone(limb.start, limb.end), limb.hinge
        )
        for joint, limb in kind.limbs.items()
    }
    lines = [trunk_line(recording, kind) for recording in recordings]
    for joint, (name, other, _) in kind.trunk.items():
        along = joint not in ("neck", "head")
        directions = [
            quat_rotate(quat_conjugate(recording.turn(part)), line if along else UP)[calm]
            for recording, line in zip(recordings, lines, strict=True)
            for calm in [line[:, 1] > UPRIGHT]
            for part in {name, other}
        ]
        own = OUR_TRUNK if along else UP
        theirs = np.concatenate(directions)
        known = not kind.upright and len(theirs) >= ENOUGH
        median = normalize(np.median(theirs, axis=0)) if known else own
        references[joint] = frame_to_frame(own, AHEAD, median, AHEAD)
    planted = [
        planted_frames(recording, kind, scale, heights)
        for recording, heights in zip(recordings, floors, strict=True)
    ]

    def rests_of(name: str, ankle: str) -> list[Float[np.ndarray, "_ 4"]]:
        return [
            recording.turn(name)[run]
            for recording, frames in zip(recordings, planted, strict=True)
            for run in runs(frames[ankle])
        ]

    for joint, (foot, ball) in kind.feet.items():
        shin_up = quat_rotate(references[joint.replace("ankle", "knee")], UP)
        up = UP if kind.upright else _up_at_rest(rests_of(foot, joint), shin_up)
        references[joint] = frame_to_frame(UP, AHEAD, up, bone(foot, ball))
    for joint, toes in kind.toes.items():
        ankle = joint.replace("foot", "ankle")
        sole_up = quat_rotate(references[ankle], UP)
        up = _up_at_rest(rests_of(toes, ankle), sole_up)
        references[joint] = frame_to_frame(UP, AHEAD, up, quat_rotate(references[ankle], AHEAD))
    return Calibration(kind, scale, references)


def frame_to_frame(
    axis: Float[np.ndarray, " 3"],
    second: Float[np.ndarray, " 3"],
    other_axis: Float[np.ndarray, " 3"],
    other_second: Float[np.ndarray, " 3"] | tuple[float, float, float],
) -> Float[np.ndarray, " 4"]:
    """The rotation that takes ``axis`` to ``other_axis`` and ``second`` as near as can be."""
    columns = []
    for main, near in ((axis, second), (other_axis, other_second)):
        x = normalize(np.asarray(main, dtype=float))
        y = normalize(np.asarray(near, dtype=float) - x * float(np.dot(x, near)))
        columns.append(np.stack([x, y, np.cross(x, y)], axis=1))
    return quat_from_matrix(columns[1] @ columns[0].T)


def trunk_line(recording: Recording, kind: Kind) -> Float[np.ndarray, "T 3"]:
    """Direction from the middle of the hips to the middle of the shoulders."""
    limbs = kind.limbs
    hips = middle(recording, limbs["left_hip"].start, limbs["right_hip"].start)
    shoulders = middle(recording, limbs["left_shoulder"].start, limbs["right_shoulder"].start)
    return normalize(shoulders - hips)


def middle(recording: Recording, left: str, right: str) -> Float[np.ndarray, "T 3"]:
    """The point half-way between two joints."""
    return 0.5 * (recording.point(left) + recording.point(right))


def _up_at_rest(
    rests: list[Float[np.ndarray, "_ 4"]], otherwise: Float[np.ndarray, " 3"]
) -> Float[np.ndarray, " 3"]:
    """The median over rests, long or short, of the world's up axis in a foot's frame."""
    if sum(map(len, rests)) < ENOUGH:
        return otherwise
    ups = [normalize(quat_rotate(quat_conjugate(rest), UP).mean(axis=0)) for rest in rests]
    return normalize(np.median(np.array(ups), axis=0))


def rest_bone(joint: str) -> Float[np.ndarray, " 3"]:
    """Direction of our bone below ``joint`` at rest."""
    if joint.endswith("wrist"):
        return np.array([1.0 if joint.startswith("left") else -1.0, 0.0, 0.0])
    return BODY.offsets[BODY.parents.tolist().index(BODY.index[joint])]


def rest_hinge(joint: str) -> Float[np.ndarray, " 3"]:
    """The axis that bends knee or elbow at rest, the direction of the thumb for a wrist."""
    if joint.endswith(("hip", "knee")):
        return np.array([1.0, 0.0, 0.0])
    if joint.endswith("wrist"):
        return AHEAD
    return np.array([0.0, -1.0 if joint.startswith("left") else 1.0, 0.0])
