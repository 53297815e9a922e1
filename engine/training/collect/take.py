"""A take on our body with all that training needs to know of it, and its file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from engine.clip import Clip
from engine.errors import ChoreoError
from engine.motion.contacts import foot_contacts
from engine.motion.skeleton import BODY, forward_kinematics

FORMAT = "kpop-choreo-take"
FPS = 30.0


@dataclass(frozen=True, eq=False)
class Take:
    """One captured take. Metres, wxyz, Y-up; floor at y = 0, first frame over the origin."""

    name: str
    source: str
    """``cmu_amc``, ``cmu_amc_named``, ``cmu_bvh``, ``cmu_indian_bvh`` or ``g1``."""
    subject: str
    split: str
    """``train``, ``validation``, ``test`` or ``excluded``."""
    kind: str
    """``dance`` or ``other``."""
    captions: tuple[str, ...]
    licence: str
    credit: str
    local_quats: Float[np.ndarray, "T 22 4"]
    root_positions: Float[np.ndarray, "T 3"]
    joint_mask: Bool[np.ndarray, " 22"]
    """True where the source measured the joint's rotation; elsewhere it is filled in by rule."""
    front: float | None
    """Yaw (radians) towards which a dance is danced; None where it has no front."""
    feet_valid: bool
    """False where feet rest on other things than the floor."""
    fps: float = FPS

    @property
    def duration(self) -> float:
        """Seconds."""
        return (len(self.root_positions) - 1) / self.fps


_TEXTS = ("name", "source", "subject", "split", "kind", "licence", "credit")


def take_file(source: str, name: str) -> str:
    """The file name of a take."""
    return f"{source}_{name}.npz"


def write_take(take: Take, folder: Path) -> Path:
    """Writes ``SOURCE_NAME.npz`` into ``folder``."""
    facts = {key: getattr(take, key) for key in _TEXTS}
    facts |= {"captions": list(take.captions), "front": take.front, "feet_valid": take.feet_valid}
    path = folder / take_file(take.source, take.name)
    np.savez_compressed(
        path,
        format=np.array(FORMAT),
        facts=np.array(json.dumps(facts)),
        fps=np.array(take.fps),
        local_quats=take.local_quats.astype(np.float32),
        root_positions=take.root_positions.astype(np.float32),
        joint_mask=take.joint_mask,
    )
    return path


def read_take(path: Path) -> Take:
    """Reads one take.

    Raises:
        ChoreoError: ``take_unreadable`` if the file is no take.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["format"]) != FORMAT:
                raise ValueError("another format")
            facts = json.loads(str(stored["facts"]))
            facts["captions"] = tuple(facts["captions"])
            return Take(
                **facts,
                local_quats=stored["local_quats"],
                root_positions=stored["root_positions"],
                joint_mask=stored["joint_mask"],
                fps=float(stored["fps"]),
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ChoreoError(
            "take_unreadable",
            f"{path.name} is not a take.",
            "Make the takes again with python -m engine.training.collect.",
        ) from error


def read_takes(folder: Path, splits: tuple[str, ...] = ("train",)) -> list[Take]:
    """All takes of a folder that belong to ``splits``, by name."""
    takes = (read_take(path) for path in sorted(folder.glob("*.npz")))
    return [take for take in takes if take.split in splits]


def clip_of(take: Take) -> Clip:
    """The take as a clip without music, for looking at it."""
    positions = forward_kinematics(
        BODY, take.local_quats.astype(float), take.root_positions.astype(float)
    ).positions
    none = np.zeros(0)
    return Clip(
        fps=take.fps,
        local_quats=take.local_quats[None],
        root_positions=take.root_positions[None],
        foot_contacts=foot_contacts(positions, take.fps)[None],
        beats=none,
        downbeats=none,
        meta={"take": take.name, "captions": list(take.captions)},
    )


def trimmed(take: Take, first: int, last: int) -> Take:
    """Frames ``first`` to ``last``, inclusive, moved over the origin."""
    root = take.root_positions[first : last + 1]
    return replace(
        take,
        local_quats=take.local_quats[first : last + 1],
        root_positions=root - [root[0, 0], 0.0, root[0, 2]],
    )
