"""The controls of an Auto-Rig Pro rig: what is its own.

    c_traj           path and heading, where the root travels
    c_root_master.x  place and turn of the hips; c_root.x, which has the hips alone, adds nothing
    c_spine_..x, c_neck.x, c_head.x
                     D of the bone that follows them (same rest)

What carries a control is read off the rig as it stands: its parent, or the bone that a Child Of
or Armature constraint hangs it from. So the locks of head, arms and thighs and the parents of the
poles may be as the user likes them.
"""

from __future__ import annotations

import numpy as np

from .control_bones import carried_controls, spine_bones
from .control_pose import ControlPose
from .rig import Rig


class AutoRigProPose(ControlPose):
    """The controls of one Auto-Rig Pro rig in one dance."""

    def hung(self, rig: Rig) -> Rig:
        names = {bone for bones in self.match.controls.values() for bone in bones}
        return carried_controls(rig, sorted(names))

    def trunk(self) -> int:
        self._body()
        torso = self.control("torso")
        self.set(torso, self.of("pelvis"), self.stuck("pelvis", torso))
        self.set(self.control("hips"), self.of("pelvis"))
        for bone in spine_bones(self.body.rig, self.match):
            if (control := self.index.get(f"c_{bone}", -1)) in self._keyed():
                self.set(control, self.body.turn(self.body.rig.bones.index(bone)))
        for joint in ("neck", "head"):
            self.set(self.control(joint), self.of(joint))
        return torso

    def limb(self, side: str, limb: str, joints: list[str], out: np.ndarray) -> None:
        """A limb has no more than all have."""

    def _body(self) -> None:
        """Bones of the body that carry controls, as the hand carries fingers."""
        for number, bone in enumerate(self.body.rig.bones):
            if (own := self.index.get(bone, -1)) >= 0 and own not in self._keyed():
                self.set(own, self.body.turn(number))

    def _keyed(self) -> set[int]:
        return {self.index[bone] for bones in self.match.controls.values() for bone in bones}
