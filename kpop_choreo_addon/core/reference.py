"""The common reference pose: how each bone is turned from its rest to the clip's T-pose.

C_b takes bone b from its rest to where it would be if the armature stood in the T-pose: arms to
the sides with palms down, legs straight, toes to the front. A direction alone leaves the turn
about the limb open, so two directions are matched wherever the rest pose shows a second one:

* **Direction.** C_b d is the T-pose direction of the limb, by the smallest rotation, on top of
  that of the limb above. From an A-pose, arms hanging or arms held to the front, the smallest
  rotation is the one that a shoulder makes: palms that face the thighs end facing down.
* **Elbows and knees.** A limb that is bent at rest shows its hinge h = d_upper x d_lower, for a
  joint bends one way only. After the smallest rotation the upper limb is turned about its own
  direction until h is the T-pose's hinge; the lower limb then unbends about that hinge. A bend
  of less than :data:`CLEAR_BEND` says nothing: a few degrees to the side, as legs and drooping
  forearms have, would pass for a hinge far off. Nor does one whose hinge is more than
  :data:`FAR_HINGE` away from where the smallest rotation has it.
* **Hands.** The fingers' bases give the hand's direction and, index and ring finger, its palm:
  n = d x (index - ring); the little finger lies lower on most hands and only stands in. Both are
  matched on their own, so a rest pose with palms forward dances with the same palms as one with
  palms down. Without fingers a hand keeps to its forearm.
* **Feet.** A foot stays as flat as it rests (heels stay heels) and is turned about the vertical
  until its toes point to the front, so legs apart or toes turned out change nothing.
* Trunk and head have no reference but their rest: C_b = 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import quaternions as quat
from .posed import IDENTITY
from .rig import Rig

CLEAR_BEND = {"elbow": np.deg2rad(12.0), "knee": np.deg2rad(15.0)}
"""From which bend on a limb at rest shows its hinge."""
FAR_HINGE = np.deg2rad(75.0)
FINGERS = ("index", "middle", "ring", "little")
SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class Reference:
    """An armature's rest pose and the T-pose that it is compared with."""

    rig: Rig
    joints: dict[str, int]
    parts: dict[str, tuple[int, ...]]
    goals: dict[str, np.ndarray]
    """T-pose directions ``[3]`` to each joint from its parent, and ``front`` and ``up``."""

    def corrections(self) -> dict[int, np.ndarray]:
        """C_b as ``[4]`` by bone, for arms and legs."""
        found: dict[int, np.ndarray] = {}
        for side in SIDES:
            front = self.goals["front"]
            arm = [f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist")]
            leg = [f"{side}_{joint}" for joint in ("hip", "knee", "ankle")]
            upper, forearm = self._limb(arm, front, CLEAR_BEND["elbow"])
            found[self.joints[arm[0]]], found[self.joints[arm[1]]] = upper, forearm
            if arm[2] in self.joints:
                found[self.joints[arm[2]]] = self._hand(side, forearm)
            thigh, shin = self._limb(leg, -front, CLEAR_BEND["knee"])
            found[self.joints[leg[0]]], found[self.joints[leg[1]]] = thigh, shin
            foot = self._foot(side)
            found[self.joints[leg[2]]] = foot
            if f"{side}_foot" in self.joints:
                found[self.joints[f"{side}_foot"]] = foot
        return found

    def _limb(
        self, chain: list[str], bends: np.ndarray, clear: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """C_b of the upper and the lower bone; ``bends[3]`` is where the lower one bends to."""
        joint, middle, end = chain
        upper = quat.normalize(self._between(joint, middle))
        lower = quat.normalize(self._lower(middle, end, upper))
        goal = self.goals[middle]
        turn = quat.between(upper, goal)
        hinge = np.cross(upper, lower)
        if np.arctan2(np.linalg.norm(hinge), upper @ lower) > clear:
            seen = quat.rotate(turn, quat.normalize(hinge))
            angle = _angle_about(goal, seen, np.cross(goal, bends))
            if abs(angle) < FAR_HINGE:
                turn = quat.multiply(quat.about(goal, angle), turn)
        unbent = quat.between(quat.rotate(turn, lower), self.goals[end])
        return turn, quat.multiply(unbent, turn)

    def _hand(self, side: str, forearm: np.ndarray) -> np.ndarray:
        """C_b of the hand: its fingers' direction and its palm, else the forearm's."""
        wrist = self.rig.heads[self.joints[f"{side}_wrist"]]
        bases = [base for f in FINGERS if (base := self._knuckle(side, f)) is not None]
        if not bases:
            return forearm
        along = np.mean(bases, axis=0) - wrist
        across = bases[0] - bases[2 if len(bases) == 4 else -1]
        goal = self.goals[f"{side}_wrist"]
        straight = quat.rotate(forearm, quat.normalize(along))
        if straight @ goal < 0.3:  # no hand at rest is bent so far: these are no fingers
            return forearm
        turn = quat.multiply(quat.between(straight, goal), forearm)
        flat = across - (across @ along) * along / (along @ along)
        if np.linalg.norm(flat) > 0.15 * np.linalg.norm(along):
            angle = _angle_about(goal, quat.rotate(turn, flat), self.goals["front"])
            turn = quat.multiply(quat.about(goal, angle), turn)
        return turn

    def _knuckle(self, side: str, finger: str) -> np.ndarray | None:
        """Where a finger begins ``[3]``; a bone before it inside the palm does not count."""
        chain = self.parts.get(f"{side}_{finger}", ())
        return self.rig.heads[chain[max(len(chain) - 3, 0)]] if chain else None

    def _foot(self, side: str) -> np.ndarray:
        """C_b of the foot: the turn about the vertical that points its toes to the front."""
        ankle, ball = f"{side}_ankle", f"{side}_foot"
        up = self.goals["up"]
        rest = self._between(ankle, ball)
        flat, goal = (v - (v @ up) * up for v in (rest, self.goals[ball]))
        if np.linalg.norm(flat) < 0.1 * np.linalg.norm(rest):
            return IDENTITY
        angle = _angle_about(up, flat, goal)
        if ball not in self.joints and abs(angle) > np.pi / 4:  # an importer's made-up tail
            return IDENTITY
        return quat.about(up, angle)

    def _between(self, joint: str, end: str) -> np.ndarray:
        """Rest direction from one joint to the next, or along the bone where there is no next."""
        bone, heads = self.joints[joint], self.rig.heads
        tip = heads[self.joints[end]] if end in self.joints else self.rig.tails[bone]
        return tip - heads[bone]

    def _lower(self, middle: str, end: str, upper: np.ndarray) -> np.ndarray:
        """Rest direction of the lower limb; straight if only a made-up tail would show it."""
        lower = self._between(middle, end)
        aside = quat.normalize(lower) @ upper < 0.5
        return upper if end not in self.joints and aside else lower


def _angle_about(axis: np.ndarray, source: np.ndarray, target: np.ndarray) -> float:
    """Radians about the unit vector ``axis[3]`` from ``source[3]`` to ``target[3]``."""
    return float(np.arctan2(np.cross(source, target) @ axis, _flat(source, axis) @ target))


def _flat(vector: np.ndarray, axis: np.ndarray) -> np.ndarray:
    return vector - (vector @ axis) * axis
