"""A clip's motion on an armature's bones, whatever their rolls, rest pose, scale and axes.

Everything happens in the armature's own space, so the object may stand anywhere, in any scale.
Notation, all rotations in armature space:

    R_b     rest rotation of bone b (its roll is in here)
    S       the stage: from Blender's world axes (left +X, front -Y, up +Z) to the armature's,
            read off the rest pose (left hip to right hip, and the axis nearest to the spine)
    W_j(t)  world rotation of joint j of the clip, in Blender's axes; at T-pose it is 1
    C_b     reference correction: from the bone's rest to where it is in the T-pose, direction
            and turn about it (:mod:`.reference`)
    D_b(t)  how far bone b is turned away from its rest: D_b = S W_j S^-1 C_b

With G_b the posed rotation of bone b, p its parent and B_b the rotation that Blender calls basis,

    G_b = D_b R_b                          (what we want)
    G_b = G_p R_p^-1 R_b B_b = D_p R_b B_b (how Blender composes it)

so that the whole of retargeting is

    B_b = R_b^-1 D_p^-1 D_b R_b.

The roll is only a change of basis and cannot do harm. Any direction v that sticks to a bone - the
limb, its hinge, the palm's normal, the toes - is C_b v in the T-pose and S W_j S^-1 (C_b v) in the
dance: what the joint of the clip does to that direction of the T-pose, for every rest pose. Bones
that no joint drives follow their parent (D_b = D_p). Spine and neck share the bend over their
bones (:mod:`.trunk`), twist bones the turn about a limb (:mod:`.twist`), arms the motion of
clavicles that are not there (:mod:`.shoulders`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .body import JOINTS
from .clip import Clip
from .errors import ChoreoError
from .fit import Body, Fit, fit_rig
from .humanoid import Match
from .posed import IDENTITY, PosedRig
from .rig import Rig
from .root_motion import HIPS, move_root
from .shoulders import without_clavicles
from .twist import twist_bones


@dataclass(frozen=True, eq=False)
class BoneMotion:
    """What to key: T frames of K bones."""

    bones: tuple[str, ...]
    quats: np.ndarray
    """``[T, K, 4]`` basis rotations, wxyz, signs continuous."""
    locations: dict[str, np.ndarray]
    """``[T, 3]`` location channels by bone, in armature units."""

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.quats)


def retarget(
    clip: Clip, rig: Rig, match: Match, member: int = 0, root_motion: str = HIPS
) -> BoneMotion:
    """Puts one member's dance on an armature.

    Args:
        root_motion: which bone travels (:mod:`.root_motion`).

    Raises:
        ChoreoError: those of :func:`pose`.
    """
    return basis(move_root(pose(clip, rig, match, member), match, root_motion, clip.fps))


def pose(clip: Clip, rig: Rig, match: Match, member: int = 0) -> PosedRig:
    """The armature in the poses of one member's dance.

    Raises:
        ChoreoError: ``clip_joints`` when the clip lacks a joint, and those of :func:`.fit_rig`.
    """
    fit = fit_clip(clip, rig, match)
    turns = _joint_turns(clip, member, fit)
    drives = _drives(fit, turns)
    places = _root_places(clip, member, fit, drives[fit.root])
    twists = twist_bones(rig, fit.joints, fit.parts)
    posed = PosedRig(rig, fit.joints, drives, fit.root, places, fit.stage, twists=twists)
    return without_clavicles(posed, fit, turns)


def basis(posed: PosedRig) -> BoneMotion:
    """The channels that bring Blender to ``posed``: B_b, and the locations of moved bones.

    Twist bones are turned here, after all that may have moved the limbs.
    """
    posed, rig = twisted(posed), posed.rig
    quats = _basis_rotations(rig, posed.turns)
    locations = {rig.bones[bone]: _location(posed, bone) for bone in posed.moved}
    return BoneMotion(tuple(rig.bones[b] for b in posed.turns), quat.unroll(quats), locations)


def twisted(posed: PosedRig) -> PosedRig:
    """``posed`` with the turns of its twist bones among the others."""
    turns = posed.turns | {twist.bone: twist.turn(posed.turns) for twist in posed.twists}
    return replace(posed, turns=dict(sorted(turns.items())), twists=())


def fit_clip(clip: Clip, rig: Rig, match: Match) -> Fit:
    """How ``rig`` stands against the clip's body.

    Raises:
        ChoreoError: as :func:`pose`.
    """
    return fit_rig(rig, match, _body(clip))


def _body(clip: Clip) -> Body:
    unknown = [joint for joint in JOINTS if joint not in clip.joint_names]
    if unknown or clip.joint_names[0] != "pelvis":
        raise ChoreoError(
            "clip_joints",
            f"The clip dances with other joints: {', '.join(unknown) or 'its root is no pelvis'}.",
            "Use the engine that belongs to this add-on.",
        )
    return Body(dict(zip(clip.joint_names, clip.rest_offsets, strict=True)))


def _joint_turns(clip: Clip, member: int, fit: Fit) -> dict[str, np.ndarray]:
    """S W_j S^-1 as ``[T, 4]`` by joint."""
    local = quat.normalize(clip.local_quats[member])
    world = np.empty_like(local)
    for joint, parent in enumerate(clip.parents):
        own = local[:, joint]
        world[:, joint] = own if parent < 0 else quat.multiply(world[:, parent], own)
    turned = fit.to_armature(world)
    return {joint: turned[:, number] for number, joint in enumerate(clip.joint_names)}


def _drives(fit: Fit, turns: dict[str, np.ndarray]) -> dict[int, np.ndarray]:
    """D_b as ``[T, 4]`` for every bone that is driven, parents first."""
    drives = {fit.root: turns["pelvis"]}
    drives |= {bone: turns[joint] for joint, bone in fit.joints.items()}
    drives |= {bone: share.turn(turns) for bone, share in fit.shares.items()}
    for bone, correction in fit.corrections.items():
        drives[bone] = quat.multiply(drives[bone], correction)
    return dict(sorted(drives.items()))


def _basis_rotations(rig: Rig, drives: dict[int, np.ndarray]) -> np.ndarray:
    """B_b = R_b^-1 D_p^-1 D_b R_b as ``[T, K, 4]``."""
    parents = [
        next((drives[b] for b in rig.turning_ancestors(bone) if b in drives), None)
        for bone in drives
    ]
    still = np.broadcast_to(IDENTITY, next(iter(drives.values())).shape)
    above = np.stack([still if parent is None else parent for parent in parents], axis=1)
    relative = quat.multiply(quat.conjugate(above), np.stack(list(drives.values()), axis=1))
    rest = rig.rotations[list(drives)]
    return quat.multiply(quat.multiply(quat.conjugate(rest), relative), rest)


def _location(posed: PosedRig, bone: int) -> np.ndarray:
    """The location channels ``[T, 3]`` that bring the head of ``bone`` to its place.

    They run along the bone's own axes as its parent carries them, or, without 'local location',
    along the posed parent's, or the armature's where there is no parent.
    """
    rig, parent = posed.rig, int(posed.rig.parents[bone])
    away = posed.moved[bone] - posed.carried(bone)
    axes = rig.rotations[bone] if rig.local_location[bone] else IDENTITY
    if parent >= 0:
        if not rig.local_location[bone]:
            axes = rig.rotations[parent]
        axes = quat.multiply(posed.turn(parent), axes)
    return quat.rotate(quat.conjugate(axes), away)


def _root_places(clip: Clip, member: int, fit: Fit, turn: np.ndarray) -> np.ndarray:
    """Where the root bone's head ``[T, 3]`` is when the hips' middle is where the dance has it.

    The clip's hips are scaled by the length of the legs, with the ankles' height above the floor
    taken from the armature. So whatever floor it stands on at rest is the floor of the dance.
    """
    stage = fit.stage
    pelvis = clip.local_quats[member, :, 0]
    hips = to_blender(clip.root_positions[member] + quat.rotate(pelvis, fit.body.hips))
    hips = stage.scale * quat.rotate(stage.rotation, hips) + stage.lift * stage.up
    return stage.ground + hips - quat.rotate(turn, stage.hips - fit.rig.heads[fit.root])
