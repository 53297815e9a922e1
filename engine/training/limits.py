"""What a human body does: angles and speeds of its joints, measured on the training takes.

    python -m engine.training.limits TAKES_FOLDER [--out FILE]

writes ``engine/vocabulary/limits.json``. Figures are the 0.5th and 99.5th percentiles over all
frames of the captured training takes and of their mirror images, so both sides get the same limits.
A joint counts only in takes whose source measured it (``joint_mask``); one that no source measures,
like the collars, is null.

Each joint's rotation against its parent is split into a twist about its bone at rest (+Y for trunk
and head, -Y for legs, +Z for feet, away from the body for arms) and the swing that follows
(:func:`engine.motion.rotations.swing_twist`). The pelvis has no parent: its turn about the vertical
is free, its swing is its tilt. Knees and elbows also get the bend of their hinge. The collars rest
in all captures, so a shoulder's limits are those of the arm against the chest; nobody in the data
lifts an arm by more than 73 degrees over the line of the shoulders.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from engine.errors import ChoreoError
from engine.motion.rotations import quat_angle, quat_log, swing_twist
from engine.motion.skeleton import BODY, forward_kinematics, mirror_motion
from engine.training.collect.calibrate import rest_bone
from engine.training.collect.take import Take, read_takes
from engine.vocabulary.limits import FILE

log = logging.getLogger(__name__)

AUTHORED = frozenset({"mesh2motion"})
"""Sources made by hand: they tell nothing of what a body can do."""
PERCENTILES = (0.5, 99.5)
UP = np.array([0.0, 1.0, 0.0])
POINTS = {
    "wrist": ("left_wrist", "spine3", ("left_shoulder", "left_elbow")),
    "ankle": ("left_ankle", "pelvis", ("left_hip", "left_knee")),
    "head": ("head", "pelvis", ("spine1", "spine2", "spine3", "neck")),
}
"""A point, the joint that its speed is relative to, and the joints that must be measured."""

Range = tuple[float, float]


@dataclass(frozen=True)
class JointLimits:
    """What one joint does. Radians and radians a second."""

    swing: Range
    """Angle of the swing."""
    swing_vector: tuple[Range, Range, Range]
    """The swing's rotation vector about x, y and z of the parent."""
    twist: Range | None
    """Signed angle of the twist; None for the pelvis."""
    bend: Range | None
    """Knees and elbows: signed angle of the hinge, bending positive."""
    speed: float
    """Angular speed against the parent (the pelvis: against the world)."""
    minutes: float
    """Of motion that measured this joint, without the mirror image."""


@dataclass(frozen=True)
class Limits:
    """What is written to the file."""

    percentiles: Range
    takes: int
    minutes: float
    joints: dict[str, JointLimits | None]
    speeds: dict[str, float]
    """m/s: ``wrist`` against the chest (spine3), ``ankle`` and ``head`` against the pelvis,
    ``pelvis_horizontal`` and ``pelvis_vertical`` in the world."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded to a thousandth."""
        return json.loads(json.dumps(asdict(self)), parse_float=lambda text: round(float(text), 3))


def measure_limits(takes: Sequence[Take]) -> Limits:
    """Measures limits on captured takes; those of other splits than ``train`` are refused.

    Raises:
        ChoreoError: ``limits_split`` for a take that is not for training, ``limits_empty`` if
            there is none.
    """
    if all(take.source in AUTHORED for take in takes):
        raise ChoreoError(
            "limits_empty",
            "There are no takes to measure limits on.",
            "Make them with python -m engine.training.collect.",
        )
    if any(take.split != "train" for take in takes):
        raise ChoreoError(
            "limits_split",
            "Limits may be measured on training takes only.",
            "Pass the takes that read_takes gives by default.",
        )
    takes = [take for take in takes if take.source not in AUTHORED]
    return Limits(
        percentiles=PERCENTILES,
        takes=len(takes),
        minutes=sum(take.duration for take in takes) / 60,
        joints={name: _joint_limits(takes, number) for number, name in enumerate(BODY.names)},
        speeds=_speeds(takes),
    )


def twist_axis(joint: str) -> Float[np.ndarray, " 3"]:
    """Unit direction of the bone below a joint at rest, by its main axis."""
    if joint in ("pelvis", "head", "neck") or joint.startswith("spine"):
        return UP
    if joint.endswith("foot"):
        return np.array([0.0, 0.0, 1.0])
    axis = np.zeros(3)
    bone = rest_bone(joint)
    main = int(np.argmax(np.abs(bone)))
    axis[main] = np.sign(bone[main])
    return axis


def hinge_axis(joint: str) -> Float[np.ndarray, " 3"] | None:
    """The axis about which a knee or an elbow bends, bending positive; None for other joints."""
    if joint.endswith("knee"):
        return np.array([1.0, 0.0, 0.0])
    if joint.endswith("elbow"):
        return np.array([0.0, -1.0 if joint.startswith("left") else 1.0, 0.0])
    return None


def _joint_limits(takes: Iterable[Take], joint: int) -> JointLimits | None:
    """Pools the joint with the mirror image of its partner."""
    partner = int(BODY.mirror[joint])
    quats, speeds, seconds = [], [], 0.0
    for take in takes:
        original = take.local_quats.astype(float)
        mirrored, _ = mirror_motion(original, take.root_positions)
        for motion, measured in ((original, joint), (mirrored, partner)):
            if take.joint_mask[measured] and len(motion) > 1:
                quats.append(motion[:, joint])
                speeds.append(quat_angle(motion[1:, joint], motion[:-1, joint]) * take.fps)
                seconds += take.duration / 2
    if not quats:
        return None
    name = BODY.names[joint]
    return _describe(name, np.concatenate(quats), np.concatenate(speeds), seconds / 60)


def _describe(
    name: str, quats: Float[np.ndarray, "N 4"], speeds: Float[np.ndarray, " M"], minutes: float
) -> JointLimits:
    axis = twist_axis(name)
    if name == "pelvis":
        # Tilt is what is left when the turn about the vertical, which comes last, is taken off.
        parts = swing_twist(quats * [1.0, -1.0, -1.0, -1.0], axis)
        swing, twist = -quat_log(parts.swing), None
    else:
        parts = swing_twist(quats, axis)
        swing, twist = quat_log(parts.swing), _range(quat_log(parts.twist) @ axis)
    hinge = hinge_axis(name)
    vector = swing.T
    return JointLimits(
        swing=_range(np.linalg.norm(swing, axis=1)),
        swing_vector=(_range(vector[0]), _range(vector[1]), _range(vector[2])),
        twist=twist,
        bend=None if hinge is None else _range(quat_log(quats) @ hinge),
        speed=float(np.percentile(speeds, PERCENTILES[1])),
        minutes=minutes,
    )


def _speeds(takes: Iterable[Take]) -> dict[str, float]:
    found: dict[str, list[np.ndarray]] = {
        name: [] for name in (*POINTS, "pelvis_horizontal", "pelvis_vertical")
    }
    for take in takes:
        if len(take.root_positions) < 2:
            continue
        for quats, root, mask in (
            (take.local_quats, take.root_positions, take.joint_mask),
            (*mirror_motion(take.local_quats, take.root_positions), take.joint_mask[BODY.mirror]),
        ):
            positions = forward_kinematics(BODY, quats.astype(float), root.astype(float)).positions
            for name, (point, base, chain) in POINTS.items():
                if _all_measured(mask, chain):
                    path = positions[:, BODY.index[point]] - positions[:, BODY.index[base]]
                    found[name].append(_speed(path, take.fps))
            pelvis = positions[:, 0]
            found["pelvis_horizontal"].append(_speed(pelvis[:, [0, 2]], take.fps))
            found["pelvis_vertical"].append(_speed(pelvis[:, [1]], take.fps))
    return {
        name: float(np.percentile(np.concatenate(parts), PERCENTILES[1]))
        for name, parts in found.items()
        if parts
    }


def _all_measured(mask: Bool[np.ndarray, " J"], names: tuple[str, ...]) -> bool:
    return bool(mask[[BODY.index[name] for name in names]].all())


def _speed(path: Float[np.ndarray, "T C"], fps: float) -> Float[np.ndarray, " _"]:
    return np.linalg.norm(np.diff(path, axis=0), axis=1) * fps


def _range(values: Float[np.ndarray, " N"]) -> Range:
    low, high = np.percentile(values, PERCENTILES)
    return float(low), float(high)


def main(arguments: list[str] | None = None) -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("takes", type=Path)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    limits = measure_limits(read_takes(options.takes))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(limits.as_dict(), indent=1) + "\n")
    log.info("%d takes, %.1f minutes: %s", limits.takes, limits.minutes, options.out)


if __name__ == "__main__":
    main()
