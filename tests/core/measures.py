"""How well a rig dances what the clip dances, measured on the bones as Blender composes them.

The truth does not come from the code that is measured: tests/core/rig_systems.py poses every rest
pose by known turns of the joints, so any direction that sticks to a limb - its hinge, a palm's
normal, the toes - is known at rest and is known in the T-pose.
"""

from __future__ import annotations

import json

import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS, OFFSETS
from kpop_choreo_addon.core.clip import Clip
from kpop_choreo_addon.core.humanoid import Match
from kpop_choreo_addon.core.inverse import BodyMotion, Evaluated, body_motion
from kpop_choreo_addon.core.retarget import pose as pose_of
from kpop_choreo_addon.core.retarget import retarget
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.unseen import Unseen, from_stored, unseen
from tests.core.rig_systems import SYSTEMS, make_system, rest_turns, truth, truth_parts
from tests.core.rigs import angle_between, composed
from tests.core.synthetic import turn

Measured = (
    "limbs", "hinges", "palms", "toes", "chest", "head", "wrist %", "T to A", "back deg", "back mm",
    "kept deg", "kept mm",
)  # fmt: skip
SIDES = ("left", "right")
LIMBS = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in SIDES
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
)
HINGED = ("shoulder", "elbow", "hip", "knee")


def system_match(name: str) -> Match:
    """The match of a rig system as it was built."""
    return Match(name, "", truth(name), (), True, truth_parts(name))


def space_of(name: str) -> np.ndarray:
    """Rotation ``[4]`` from Blender's world to the axes of a system."""
    outline = SYSTEMS[name]
    upright = turn("X", -90.0 if outline.y_up else 0.0)
    return quat.multiply(upright, turn("Z", outline.facing))


def measure(
    name: str, pose: str, clip: Clip, rig: Rig, match: Match, root_motion: str = "hips"
) -> dict[str, np.ndarray]:
    """Errors by name of :data:`Measured`: degrees, but for ``wrist %`` and those in ``mm``."""
    rotations, heads = composed(rig, retarget(clip, rig, match, root_motion=root_motion))
    space = space_of(name)
    index = {joint: rig.bones.index(bone) for joint, bone in truth(name).items()}
    wanted, places = _danced(clip)
    at = {j: quat.rotate(quat.conjugate(space), heads[:, b]) for j, b in index.items()}
    found: dict[str, np.ndarray] = {}
    found["limbs"] = np.stack(
        [
            angle_between(at[b] - at[a], places[:, JOINTS.index(b)] - places[:, JOINTS.index(a)])
            for a, b in LIMBS
            if b in at
        ]
    ).ravel()
    rests = rest_turns(pose)

    def off(joint: str, axis: tuple[float, float, float]) -> np.ndarray:
        """Degrees by which a direction of the T-pose is missed, as the bone carries it."""
        bone = index[joint]
        here = quat.rotate(space, quat.rotate(rests[joint], np.array(axis)))
        local = quat.rotate(quat.conjugate(rig.rotations[bone]), here)
        got = quat.rotate(quat.conjugate(space), quat.rotate(rotations[:, bone], local))
        goal = quat.rotate(wanted[:, JOINTS.index(joint)], np.array(axis))
        return angle_between(got, goal)

    up, front, left = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)
    hinge = {"shoulder": up, "elbow": up, "hip": left, "knee": left}
    both = [(f"{side}_{joint}", joint) for side in SIDES for joint in HINGED]
    found["hinges"] = np.stack([off(full, hinge[joint]) for full, joint in both]).ravel()
    hands = [f"{side}_wrist" for side in SIDES if f"{side}_wrist" in index]
    found["palms"] = _joined([off(hand, axis) for hand in hands for axis in (up, left)])
    found["toes"] = _joined([off(f"{s}_ankle", front) for s in SIDES])
    found["chest"] = off("spine3", front) if "spine3" in index else np.zeros(0)
    found["head"] = off("head", front) if "head" in index else np.zeros(0)
    found["wrist %"] = _wrists(at, places)
    other = "T" if pose != "T" else "A45"
    found["T to A"] = _between_poses(name, other, clip, match, heads, index)
    stands = Evaluated(rotations, heads)
    found["back deg"], found["back mm"] = _way_back(body_motion(rig, match, stands), clip)
    more = kept(clip, rig, match).turns_at(np.arange(clip.frames) / clip.fps)
    found["kept deg"], found["kept mm"] = _way_back(body_motion(rig, match, stands, more), clip)
    return found


def kept(clip: Clip, rig: Rig, match: Match) -> Unseen:
    """What stays with the dance beside its keys, as it is read back from a file."""
    stored = unseen(clip, pose_of(clip, rig, match), match).stored()
    return from_stored(json.loads(json.dumps(stored)))


def _danced(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """World rotations ``[T, J, 4]`` and places ``[T, J, 3]`` of the clip in Blender's axes."""
    local = clip.local_quats[0]
    world = np.empty_like(local)
    for joint, parent in enumerate(clip.parents):
        own = local[:, joint]
        world[:, joint] = own if parent < 0 else quat.multiply(world[:, parent], own)
    places = BodyMotion(local, clip.root_positions[0]).positions()
    return to_blender(world), to_blender(places)


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0)


def _wrists(at: dict[str, np.ndarray], places: np.ndarray) -> np.ndarray:
    """How far wrists are off, relative to their shoulders, in percent of the arm's length."""
    errors = []
    for side in SIDES:
        shoulder, elbow, wrist = (f"{side}_{j}" for j in ("shoulder", "elbow", "wrist"))
        if wrist not in at:
            continue
        length = float(
            np.linalg.norm(at[elbow][0] - at[shoulder][0])
            + np.linalg.norm(at[wrist][0] - at[elbow][0])
        )
        ours = np.linalg.norm(OFFSETS[[JOINTS.index(elbow), JOINTS.index(wrist)]], axis=-1).sum()
        got = (at[wrist] - at[shoulder]) / length
        goal = (places[:, JOINTS.index(wrist)] - places[:, JOINTS.index(shoulder)]) / ours
        errors.append(100.0 * np.linalg.norm(got - goal, axis=-1))
    return _joined(errors)


def _between_poses(
    name: str, other: str, clip: Clip, match: Match, heads: np.ndarray, index: dict[str, int]
) -> np.ndarray:
    """Degrees between limb directions on this rig and on itself resting otherwise."""
    rig = make_system(name, pose=other)
    others = composed(rig, retarget(clip, rig, match))[1]
    return np.stack(
        [
            angle_between(
                heads[:, index[b]] - heads[:, index[a]], others[:, index[b]] - others[:, index[a]]
            )
            for a, b in LIMBS
            if b in index
        ]
    ).ravel()


def _way_back(back: BodyMotion, clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """Degrees of every local rotation and millimetres of every joint, clip to rig to clip."""
    dots = np.abs(np.sum(back.local_quats * clip.local_quats[0], axis=-1))
    degrees = np.rad2deg(2.0 * np.arccos(np.clip(dots, 0.0, 1.0))).ravel()
    truth_places = BodyMotion(clip.local_quats[0], clip.root_positions[0]).positions()
    return degrees, 1000.0 * np.linalg.norm(back.positions() - truth_places, axis=-1).ravel()
