"""What a dance does with joints that its armature has no bone for, kept beside its keys.

From the pose alone, :mod:`.inverse` guesses how a spine of two bones bends in three joints, or what
toes do that are not there. What the dance had more than that guess,

    r_j = W_guess^-1 W_j,

is kept with the dance, and so are its hand poses. On the way back r_j is added to the guess from
whatever the pose has become: untouched, it is the dance again; edited, the edit is what counts, and
the missing joint does on top of it what it did before.

Arms without clavicles are not in here: they have taken over what the clavicles did
(:mod:`.shoulders`), so that their pose says all of it.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import quaternions as quat
from .clip import Clip
from .clip_body import clip_body
from .fit import fit_rig
from .humanoid import Match
from .inverse import BODY, joint_turns
from .posed import PosedRig
from .trunk import SPINE

JOINTS = (
    *SPINE[1:], "neck", "head", "left_wrist", "right_wrist", "left_foot", "right_foot",
)  # fmt: skip
NEGLIGIBLE = np.deg2rad(0.05)
STEP = 1e-4
"""Radians in which turns are stored; half a turn fits into two bytes."""


@dataclass(frozen=True, eq=False)
class Unseen:
    """T frames from the start of the dance."""

    fps: float
    frames: int
    turns: dict[str, np.ndarray]
    """r_j as rotation vectors ``[T, 3]`` by joint, each in the frame of its joint."""
    hands: np.ndarray | None = None
    """``[T, 2]`` what the hands show: numbers of :attr:`hand_names`."""
    hand_names: tuple[str, ...] = field(default=())

    def turns_at(self, seconds: np.ndarray) -> dict[str, np.ndarray]:
        """r_j as ``[N, 4]`` by joint at ``seconds[N]``; before and after, that of the ends."""
        whole = np.arange(self.frames) / self.fps
        return {
            joint: quat.from_vectors(
                np.stack([np.interp(seconds, whole, column) for column in vectors.T], axis=-1)
            )
            for joint, vectors in self.turns.items()
        }

    def hands_at(self, seconds: np.ndarray) -> np.ndarray | None:
        """Hand poses ``[N, 2]`` at ``seconds[N]``."""
        nearest = np.clip(np.round(seconds * self.fps), 0, self.frames - 1).astype(int)
        return None if self.hands is None else self.hands[nearest]

    def stored(self) -> dict[str, Any]:
        """For JSON: about 20 KB for a joint in three minutes."""
        turns = {joint: _packed(vectors / STEP) for joint, vectors in self.turns.items()}
        hands = None if self.hands is None else _packed(self.hands)
        names = list(self.hand_names)
        return {"fps": self.fps, "frames": self.frames, "turns": turns} | (
            {} if hands is None else {"hands": hands, "hand_names": names}
        )


def unseen(clip: Clip, posed: PosedRig, match: Match, member: int = 0) -> Unseen:
    """What ``clip`` has more than comes back from ``posed``, its plain pose on an armature."""
    danced = clip_body(clip, member).turns
    found: dict[str, np.ndarray] = {}

    def corrected(joint: str, guess: np.ndarray) -> np.ndarray:
        if joint not in JOINTS:
            return guess
        away = quat.to_vectors(quat.multiply(quat.conjugate(guess), danced[joint]))
        if np.linalg.norm(away, axis=-1).max() < NEGLIGIBLE:
            return guess
        found[joint] = away
        return danced[joint]

    joint_turns(fit_rig(posed.rig, match, BODY), posed.turn, corrected)
    hands = None if clip.hand_pose is None else clip.hand_pose[member]
    names = tuple(str(name) for name in clip.meta.get("hand_poses", ()))
    return Unseen(clip.fps, clip.frames, found, hands, names)


def from_stored(stored: dict[str, Any]) -> Unseen:
    """What :meth:`Unseen.stored` gave."""
    frames = stored["frames"]
    turns = {j: _unpacked(text, frames) * STEP for j, text in stored["turns"].items()}
    hands = _unpacked(stored["hands"], frames).astype(np.uint8) if "hands" in stored else None
    return Unseen(stored["fps"], frames, turns, hands, tuple(stored.get("hand_names", ())))


def _packed(values: np.ndarray) -> str:
    """``[T, C]`` as text: steps from frame to frame in two bytes, which may wrap, compressed."""
    whole = np.round(values).astype("<i2")
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, whole.shape[1]), "<i2"))
    return base64.b64encode(zlib.compress(steps.T.tobytes(), 9)).decode("ascii")


def _unpacked(text: str, frames: int) -> np.ndarray:
    """``[frames, C]``"""
    steps = np.frombuffer(zlib.decompress(base64.b64decode(text)), "<i2").reshape(-1, frames)
    return np.cumsum(steps, axis=1, dtype="<i2").T.astype(float)
