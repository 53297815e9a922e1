"""A clip's motion on an armature's bones, whatever their rolls, rest pose, scale and axes.

Everything happens in the armature's own space, so the object may stand anywhere, in any scale.
Notation, all rotations in armature space:

    R_b     rest rotation of bone b (its roll is in here)
    S       the stage: from Blender's world axes (left +X, front -Y, up +Z) to the armature's,
            read off the rest pose (left hip to right hip, and the axis nearest to the spine)
    W_j(t)  world rotation of joint j of the clip, in Blender's axes; at T-pose it is 1
    C_b     reference correction: the smallest rotation that takes the limb from the armature's
            rest direction to the clip's T-pose direction, on top of its parent limb's
    D_b(t)  how far bone b is turned away from its rest: D_b = S W_j S^-1 C_b

With G_b the posed rotation of bone b, p its parent and B_b the rotation that Blender calls basis,

    G_b = D_b R_b                          (what we want)
    G_b = G_p R_p^-1 R_b B_b = D_p R_b B_b (how Blender composes it)

so that the whole of retargeting is

    B_b = R_b^-1 D_p^-1 D_b R_b.

The roll is only a change of basis and cannot do harm. A limb with rest direction d points along
D_b d = S W_j S^-1 (C_b d), and C_b d is the T-pose direction of the clip for every rest pose: a
rig resting in an A-pose dances with the same limb directions as one in a T-pose. Bones that no
joint drives follow their parent (D_b = D_p). Bones of the spine and of the neck between two
joints share the bend between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .body import ANKLE_HEIGHT, JOINTS
from .clip import Clip
from .errors import ChoreoError
from .humanoid import Match
from .posed import IDENTITY, PosedRig, Stage
from .rig import Rig

LIMBS: tuple[tuple[str, ...], ...] = tuple(
    tuple(f"{side}_{joint}" for joint in chain)
    for side in ("left", "right")
    for chain in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
)
"""Chains whose directions are matched; the last joint of a chain ends its last direction."""
SPINE = ("pelvis", "spine1", "spine2", "spine3")
NECK = ("spine3", "neck")


@dataclass(frozen=True, eq=False)
class BoneMotion:
    """What to key: T frames of K bones."""

    bones: tuple[str, ...]
    quats: np.ndarray
    """``[T, K, 4]`` basis rotations, wxyz, signs continuous."""
    root_bone: str
    root_locations: np.ndarray
    """``[T, 3]`` location channels of the root bone, in armature units."""


def retarget(clip: Clip, rig: Rig, match: Match, member: int = 0) -> BoneMotion:
    """Puts one member's dance on an armature.

    Raises:
        ChoreoError: those of :func:`pose`.
    """
    return basis(pose(clip, rig, match, member))


def pose(clip: Clip, rig: Rig, match: Match, member: int = 0) -> PosedRig:
    """The armature in the poses of one member's dance.

    Raises:
        ChoreoError: ``clip_joints`` when the clip lacks a joint, ``rig_hierarchy`` when a bone
            does not hang from the hips, ``rig_degenerate`` when the legs have no length.
    """
    index = {name: number for number, name in enumerate(rig.bones)}
    bones = {joint: index[name] for joint, name in match.bones.items()}
    joints = {name: number for number, name in enumerate(clip.joint_names)}
    _check(clip, rig, bones)
    stage = _stage(clip, rig, bones, joints)
    turns = _joint_turns(clip, member, stage)
    corrections = _corrections(clip, rig, bones, joints, stage)
    drives = _drives(rig, bones, joints, turns)
    for bone, correction in corrections.items():
        drives[bone] = quat.multiply(drives[bone], correction)
    root = bones["pelvis"]
    places = _root_places(clip, member, rig, root, joints, stage, drives[root])
    return PosedRig(rig, bones, drives, root, places, stage)


def basis(posed: PosedRig) -> BoneMotion:
    """The channels that bring Blender to ``posed``: B_b, and the root bone's location."""
    rig, root = posed.rig, posed.root
    quats = _basis_rotations(rig, posed.turns)
    location = posed.root_places - rig.heads[root]
    if rig.local_location[root]:
        location = quat.rotate(quat.conjugate(rig.rotations[root]), location)
    names = tuple(rig.bones[bone] for bone in posed.turns)
    return BoneMotion(names, quat.unroll(quats), rig.bones[root], location)


def _check(clip: Clip, rig: Rig, bones: dict[str, int]) -> None:
    unknown = [joint for joint in JOINTS if joint not in clip.joint_names]
    if unknown or clip.joint_names[0] != "pelvis":
        raise ChoreoError(
            "clip_joints",
            f"The clip dances with other joints: {', '.join(unknown) or 'its root is no pelvis'}.",
            "Use the engine that belongs to this add-on.",
        )
    root = bones["pelvis"]
    astray = [rig.bones[b] for b in bones.values() if b != root and root not in rig.ancestors(b)]
    if astray or rig.connected[root]:
        what = (
            f"{', '.join(astray)} do not hang from {rig.bones[root]}"
            if astray
            else f"{rig.bones[root]} is connected to its parent and cannot move"
        )
        raise ChoreoError(
            "rig_hierarchy",
            f"The armature {rig.name} cannot travel: {what}.",
            "Parent them as in a Mixamo rig, or press Add Dancer.",
        )


def _stage(clip: Clip, rig: Rig, bones: dict[str, int], joints: dict[str, int]) -> Stage:
    """Reads axes, size and floor off the rest pose."""
    at = {joint: rig.heads[bone] for joint, bone in bones.items()}
    hips = (at["left_hip"] + at["right_hip"]) / 2
    spine = (at["left_shoulder"] + at["right_shoulder"]) / 2 - hips
    up = np.zeros(3)
    main = int(np.argmax(np.abs(spine)))
    up[main] = np.sign(spine[main])
    left = at["left_hip"] - at["right_hip"]
    left = left - (left @ up) * up
    thigh, shin = at["left_knee"] - at["left_hip"], at["left_ankle"] - at["left_knee"]
    leg = float(np.linalg.norm(thigh) + np.linalg.norm(shin))
    lengths = np.linalg.norm(clip.rest_offsets, axis=-1)
    clip_leg = float(lengths[joints["left_knee"]] + lengths[joints["left_ankle"]])
    if min(leg, clip_leg, float(np.linalg.norm(left)), float(np.linalg.norm(spine))) < 1e-9:
        raise ChoreoError(
            "rig_degenerate",
            f"The armature {rig.name} has legs or hips without length.",
            "Choose an armature in the shape of a body.",
        )
    left = quat.normalize(left)
    rotation = quat.from_matrix(np.stack([left, np.cross(up, left), up], axis=-1))
    scale = leg / clip_leg
    ankle = float((at["left_ankle"] + at["right_ankle"]) @ up) / 2
    lift = ankle - scale * ANKLE_HEIGHT
    return Stage(rotation, up, scale, hips, lift)


def _joint_turns(clip: Clip, member: int, stage: Stage) -> np.ndarray:
    """S W_j S^-1 as ``[T, J, 4]``."""
    local = clip.local_quats[member]
    world = np.empty_like(local)
    for joint, parent in enumerate(clip.parents):
        own = local[:, joint]
        world[:, joint] = own if parent < 0 else quat.multiply(world[:, parent], own)
    turned = quat.multiply(stage.rotation, to_blender(world))
    return quat.multiply(turned, quat.conjugate(stage.rotation))


def _corrections(
    clip: Clip, rig: Rig, bones: dict[str, int], joints: dict[str, int], stage: Stage
) -> dict[int, np.ndarray]:
    """C_b as ``[4]`` for the limbs' bones; every other bone keeps its rest."""

    def wanted(joint: str) -> np.ndarray:
        """T-pose direction from the parent of ``joint`` to it, in armature space."""
        return quat.rotate(stage.rotation, to_blender(clip.rest_offsets[joints[joint]]))

    corrections: dict[int, np.ndarray] = {}
    for chain in LIMBS:
        total = IDENTITY
        for joint, end in pairwise(chain):
            rest = quat.rotate(total, _direction(rig, bones, joint, end))
            total = quat.multiply(quat.between(rest, wanted(end)), total)
            corrections[bones[joint]] = total
        if chain[-1] in bones and chain[-1].endswith("wrist"):
            corrections[bones[chain[-1]]] = total
    for side in ("left", "right"):
        # A foot stays as flat as it rests and is only turned about the vertical.
        ankle, ball = f"{side}_ankle", f"{side}_foot"
        rest = _direction(rig, bones, ankle, ball)
        flat, goal = (v - (v @ stage.up) * stage.up for v in (rest, wanted(ball)))
        if np.linalg.norm(flat) > 0.1 * np.linalg.norm(rest):
            corrections[bones[ankle]] = quat.between(flat, goal)
            if ball in bones:
                corrections[bones[ball]] = corrections[bones[ankle]]
    return corrections


def _direction(rig: Rig, bones: dict[str, int], joint: str, end: str) -> np.ndarray:
    """Rest direction from one joint to the next, or along the bone where there is no next."""
    tip = rig.heads[bones[end]] if end in bones else rig.tails[bones[joint]]
    return tip - rig.heads[bones[joint]]


def _drives(
    rig: Rig, bones: dict[str, int], joints: dict[str, int], turns: np.ndarray
) -> dict[int, np.ndarray]:
    """S W_j S^-1 as ``[T, 4]`` for every bone that a joint drives, parents first."""
    drives = {bone: turns[:, joints[joint]] for joint, bone in bones.items()}
    top = bones.get("head", bones.get("neck", bones["left_shoulder"]))
    trunk = [top, *rig.ancestors(top)]
    arms = [set(rig.ancestors(bones[f"{side}_shoulder"])) for side in ("left", "right")]
    chest = next(bone for bone in trunk if bone in arms[0] & arms[1])
    spread: list[tuple[list[int], tuple[str, ...]]] = [(rig.chain(bones["pelvis"], chest), SPINE)]
    if "head" in bones:
        spread.append((rig.chain(chest, int(rig.parents[top])), NECK))
    for chain, curve in spread:
        knots = turns[:, [joints[name] for name in curve]]
        for place, bone in enumerate(chain, start=1):
            drives[bone] = _along(knots, place / len(chain))
    return dict(sorted(drives.items()))


def _along(knots: np.ndarray, fraction: float) -> np.ndarray:
    """The rotation ``[T, 4]`` at ``fraction`` of the way through ``knots[T, K, 4]``."""
    place = fraction * (knots.shape[1] - 1)
    lower = min(int(place), knots.shape[1] - 2)
    return quat.slerp(knots[:, lower], knots[:, lower + 1], place - lower)


def _basis_rotations(rig: Rig, drives: dict[int, np.ndarray]) -> np.ndarray:
    """B_b = R_b^-1 D_p^-1 D_b R_b as ``[T, K, 4]``."""
    basis = []
    for bone, turn in drives.items():
        parent = next((drives[b] for b in rig.turning_ancestors(bone) if b in drives), IDENTITY)
        relative = quat.multiply(quat.conjugate(parent), turn)
        rest = rig.rotations[bone]
        basis.append(quat.multiply(quat.multiply(quat.conjugate(rest), relative), rest))
    return np.stack(basis, axis=1)


def _root_places(
    clip: Clip,
    member: int,
    rig: Rig,
    root: int,
    joints: dict[str, int],
    stage: Stage,
    turn: np.ndarray,
) -> np.ndarray:
    """Where the root bone's head ``[T, 3]`` is when the hips' middle is where the dance has it.

    The clip's hips are scaled by the length of the legs, with the ankles' height above the floor
    taken from the armature. So whatever floor it stands on at rest is the floor of the dance.
    """
    offsets = clip.rest_offsets
    middle = (offsets[joints["left_hip"]] + offsets[joints["right_hip"]]) / 2
    pelvis = clip.local_quats[member, :, 0]
    hips = to_blender(clip.root_positions[member] + quat.rotate(pelvis, middle))
    hips = stage.scale * quat.rotate(stage.rotation, hips) + stage.lift * stage.up
    ground = stage.hips - (stage.hips @ stage.up) * stage.up
    head = rig.heads[root]
    return ground + hips - quat.rotate(turn, stage.hips - head)
