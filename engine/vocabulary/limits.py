"""How far and how fast people move: limits measured on captures (``engine.training.limits``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import quat_exp, quat_log, quat_multiply, swing_twist
from engine.motion.skeleton import BODY

FILE = Path(__file__).parent / "limits.json"
SPINE_AXIS = np.array([0.0, 1.0, 0.0])
"""Trunk, neck and head twist about their own length."""
ROOM = 1.15
"""How much further than the 99.5th percentile a dancer may go."""


@dataclass(frozen=True)
class Limits:
    """Percentiles 0.5 and 99.5 of the training captures."""

    swing: dict[str, float]
    """Radians that a joint leans at most, by joint."""
    twist: dict[str, float]
    """Radians that it twists at most either way."""
    wrist_speed: float
    """Metres a second against the chest."""


@lru_cache(maxsize=1)
def human_limits() -> Limits:
    """Reads ``limits.json``."""
    table = json.loads(FILE.read_text(encoding="utf-8"))
    joints = {name: row for name, row in table["joints"].items() if row is not None}
    return Limits(
        swing={n: float(row["swing"][1]) for n, row in joints.items()},
        twist={n: max(map(abs, row["twist"])) for n, row in joints.items() if row["twist"]},
        wrist_speed=float(table["speeds"]["wrist"]),
    )


def limit_spine(quats: Float[np.ndarray, "T J 4"], joints: tuple[str, ...]) -> None:
    """Bounds swing and twist of the given joints of the trunk, in place."""
    limits = human_limits()
    for name in joints:
        joint = BODY.index[name]
        parts = swing_twist(quats[:, joint], SPINE_AXIS)
        swing = _bounded(parts.swing, ROOM * limits.swing[name])
        twist = _bounded(parts.twist, ROOM * limits.twist[name])
        quats[:, joint] = quat_multiply(swing, twist)


def _bounded(quats: Float[np.ndarray, "T 4"], most: float) -> Float[np.ndarray, "T 4"]:
    """Rotations whose angle approaches ``most`` softly instead of going beyond it."""
    vectors = quat_log(quats)
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    knee = 0.8 * most
    over = np.maximum(angle - knee, 0.0)
    soft = np.minimum(angle, knee) + (most - knee) * np.tanh(over / (most - knee))
    return quat_exp(vectors * soft / np.maximum(angle, 1e-9))
