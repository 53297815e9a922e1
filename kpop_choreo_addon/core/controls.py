"""A dance on the controls of a rig, which turn the bones that deform.

The dance is first put on the bones of the body (:func:`.control_bones.body_rig`). What each
control must be for the rig's constraints to give that pose is then a closed formula, of which
:mod:`.control_pose` has what all rigs share, and :mod:`.rigify_controls` and
:mod:`.arp_controls` what is their own. Names and switches are in bone_maps/.
"""

from __future__ import annotations

from dataclasses import dataclass

from .arp_controls import AutoRigProPose
from .bone_names import bone_map
from .control_bones import FINGERS, RIGIFY, SIDES
from .control_pose import ControlPose
from .humanoid import Match
from .posed import PosedRig
from .retarget import BoneMotion
from .rig import Rig
from .rigify_controls import RigifyPose


@dataclass(frozen=True)
class Switch:
    """A property of a control that must have a value while the dance lasts."""

    bone: str
    name: str
    value: float
    custom: bool = True
    """Whether it is a custom property, not one of Blender's."""


def switches(match: Match) -> tuple[Switch, ...]:
    """Arms by FK, legs by IK with poles, nothing stretches: as the rig's table says."""
    table = bone_map(match.system)
    if not match.loose or table is None:
        return ()
    return tuple(
        Switch(bone, name.removeprefix("."), value, not name.startswith("."))
        for key, values in table.switches.items()
        for own in (key, *(f"{side}_{key}" for side in SIDES))
        for bone in match.controls.get(own, ())
        for name, value in values.items()
    )


def limb_controls(match: Match) -> frozenset[str]:
    """The controls that move trunk and limbs."""
    spare = {
        f"{side}_{part}" for side in SIDES for part in (*FINGERS, "eye", "arm_still", "leg_still")
    }
    return frozenset(b for key, bones in match.controls.items() if key not in spare for b in bones)


def on_controls(posed: PosedRig, rig: Rig, match: Match) -> PosedRig:
    """The controls of ``rig`` as they must be for its body to be ``posed``.

    A rig without controls stays as it is.

    Args:
        posed: of :func:`.control_bones.body_rig`.
        rig: the whole armature.
    """
    if not match.loose:
        return posed
    kind: type[ControlPose] = RigifyPose if match.system == RIGIFY else AutoRigProPose
    return kind(posed, rig, match).posed()


def of_controls(motion: BoneMotion, match: Match) -> BoneMotion:
    """``motion`` without bones that only stand between controls."""
    if not match.loose:
        return motion
    keyed = {bone for bones in match.controls.values() for bone in bones}
    kept = [number for number, bone in enumerate(motion.bones) if bone in keyed]
    return BoneMotion(
        tuple(motion.bones[number] for number in kept), motion.quats[:, kept], motion.locations
    )
