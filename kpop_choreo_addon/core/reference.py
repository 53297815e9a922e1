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
* **Hands.** The plane of the palm goes through the wrist and two knuckles. Across them, from index
  to ring finger, it is level when the palm is; other pairs are off by as much as knuckles are
  arched (:data:`KNUCKLES`). The hand points along the middle finger, seen in that plane, so
  neither curled fingers nor knuckles to a side of the wrist turn it. Both are matched, so a rest
  pose with palms forward dances with the same palms as one with palms down. A thumb beside a
  single finger is vague, and counts where it is more than :data:`CLEAR_THUMB` off. Without
  fingers a hand keeps to its forearm.
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
KNUCKLES = {
    "thumb": (-0.1, -0.1),
    "index": (0.0, 0.0),
    "middle": (0.35, 0.03),
    "ring": (0.7, 0.0),
    "little": (1.0, -0.06),
}
"""Across the hand away from the index finger, and above a level palm; in breadths of a hand."""
CLEAR_THUMB = np.deg2rad(45.0)
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
        """C_b of the hand: its palm and direction where fingers show them, else the forearm's."""
        wrist, goal = self.rig.heads[self.joints[f"{side}_wrist"]], self.goals[f"{side}_wrist"]
        fingers = {f: at for f in KNUCKLES if len(at := self._finger(side, f))}
        thumb = fingers.pop("thumb", None)
        if len(fingers) > 1:
            turn = self._palm(wrist, goal, fingers)
            # No hand at rest is bent so far from its forearm: these would be no fingers.
            away = quat.multiply(turn, quat.conjugate(forearm))
            return turn if quat.rotate(away, goal) @ goal > 0.3 else forearm
        if thumb is not None:
            seen = quat.rotate(forearm, thumb[0] - wrist)
            angle = _angle_about(goal, seen, self._level("thumb", "middle"))
            if abs(angle) > CLEAR_THUMB:
                return quat.multiply(quat.about(goal, angle), forearm)
        return forearm

    def _palm(
        self, wrist: np.ndarray, goal: np.ndarray, fingers: dict[str, np.ndarray]
    ) -> np.ndarray:
        """C_b of the hand, of the heads ``[N, 3]`` of two fingers or more."""
        first, last = min(fingers, key=_across), max(fingers, key=_across)
        if {"index", "ring"} <= fingers.keys():
            first, last = "index", "ring"
        middle = np.mean([heads[0] for heads in fingers.values()], axis=0) - wrist
        normal = quat.normalize(np.cross(middle, fingers[first][0] - fingers[last][0]))
        chosen = [fingers["middle"]] if "middle" in fingers else list(fingers.values())
        phalanges = [quat.normalize(h[1] - h[0]) for h in chosen if len(h) > 1]
        along = _flat(np.mean(phalanges, axis=0) if phalanges else middle, normal)
        palm = quat.normalize(np.cross(goal, self._level(first, last)))
        return quat.from_matrix(_frame(goal, palm) @ _frame(quat.normalize(along), normal).T)

    def _level(self, first: str, last: str) -> np.ndarray:
        """T-pose direction ``[3]`` from knuckle ``last`` to ``first``."""
        (x, high), (other, low) = KNUCKLES[first], KNUCKLES[last]
        return (other - x) * self.goals["front"] + (high - low) * self.goals["up"]

    def _finger(self, side: str, finger: str) -> np.ndarray:
        """Heads ``[N, 3]`` of a finger's phalanges; a bone before them inside the palm is none."""
        chain = self.parts.get(f"{side}_{finger}", ())
        return self.rig.heads[list(chain[max(len(chain) - 3, 0) :])]

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


def _frame(along: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """``[3, 3]`` with two orthogonal directions and the one across them as columns."""
    return np.stack([along, normal, np.cross(along, normal)], axis=-1)


def _across(finger: str) -> float:
    return KNUCKLES[finger][0]


def _flat(vector: np.ndarray, axis: np.ndarray) -> np.ndarray:
    return vector - (vector @ axis) * axis
