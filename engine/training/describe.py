"""Words for what a window of motion plainly does, so that prompts can ask for it.

A take's caption says what it is as a whole; these clauses say what a body does in a few seconds:
low stance, arms up, turning, quick steps. Each rule is a measure with a threshold, and a few ways
to say it. A window gets a random few of the clauses that are true of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.features import FPS, SLICES
from engine.motion.skeleton import BODY

WORDS: dict[str, tuple[str, ...]] = {
    "energetic": ("energetic", "high energy", "fast and powerful", "fierce and strong", "lively"),
    "calm": ("slow", "calm and gentle", "low energy", "soft and slow", "relaxed"),
    "smooth": ("smooth and flowing", "fluid movement", "soft lines", "gliding"),
    "sharp": ("sharp movement", "sharp arms", "crisp hits", "strong accents", "popping"),
    "bouncy": ("bouncy", "a bouncing groove", "bouncing knees"),
    "level": ("no bounce", "steady height"),
    "low": ("low stance", "deep bent knees", "crouching low", "down on the floor"),
    "tall": ("standing tall", "upright"),
    "arms_up": ("arms up", "hands high overhead", "raised arms"),
    "arms_down": ("arms down at the sides", "hands low"),
    "arms_wide": ("arms stretched out to the sides", "big wide arms", "long arm lines"),
    "arms_in": ("hands close to the chest", "bent elbows", "arms close to the body"),
    "face": ("hands near the face", "framing the face"),
    "one_arm": ("one arm reaching out", "pointing with one arm"),
    "turning": ("turning around", "spins and turns", "a full turn"),
    "front": ("facing the front", "facing the audience"),
    "travelling": ("travelling across the stage", "moving through the space"),
    "in_place": ("on the spot", "in place"),
    "wide": ("wide stance", "feet wide apart"),
    "narrow": ("feet together", "narrow stance"),
    "kick": ("kicking", "lifting a leg high", "a high kick"),
    "jump": ("jumping", "a jump in the air", "hopping"),
    "bend": ("bending forward", "leaning over"),
    "steps": ("quick steps", "fast footwork", "stepping from foot to foot"),
    "planted": ("feet planted", "standing still on both feet"),
    "hips": ("hips swaying", "hip moves", "swinging hips"),
}
"""Ways to say each thing; all of them are encoded once for a data set."""
PHRASES = tuple(phrase for phrases in WORDS.values() for phrase in phrases)


@dataclass(frozen=True)
class Mood:
    """Percentiles 0..1 of a window within its source."""

    energy: float
    smoothness: float
    bounce: float


def true_words(rows: Float[np.ndarray, "T F"], mood: Mood) -> list[str]:
    """Keys of :data:`WORDS` that are true of feature rows (metres, radians, 30 fps)."""
    positions = rows[:, SLICES["positions"]].reshape(len(rows), -1, 3)

    def joint(name: str) -> Float[np.ndarray, "T 3"]:
        return positions[:, BODY.index[name] - 1]

    wrists = np.stack([joint("left_wrist"), joint("right_wrist")], axis=1)
    ankles = np.stack([joint("left_ankle"), joint("right_ankle")], axis=1)
    shoulders = np.stack([joint("left_shoulder"), joint("right_shoulder")], axis=1)
    head = joint("head")[:, None]
    chest = joint("spine3")[:, None]
    height = rows[:, SLICES["height"]][:, 0]
    reach = np.linalg.norm(wrists - shoulders, axis=-1)
    sideways = np.abs(wrists[..., 0] - shoulders[..., 0])
    turned = np.abs(np.cumsum(rows[:, SLICES["yaw_rate"]][:, 0])).max() / FPS
    hips = joint("left_hip") - joint("right_hip")
    tilt = np.arctan2(hips[:, 1], np.hypot(hips[:, 0], hips[:, 2]))
    lean = np.linalg.norm((joint("neck") - joint("spine1"))[:, [0, 2]], axis=-1)
    apart = np.linalg.norm(np.diff(ankles, axis=1)[:, 0, [0, 2]], axis=-1)
    stands = np.asarray((rows[:, SLICES["contacts"]] > 0.5).reshape(len(rows), 2, 2).any(axis=-1))
    landings = np.sum(stands[1:] & ~stands[:-1]) / (len(rows) / FPS)
    travel = _extent(rows)
    above, near_face = wrists[..., 1] > head[..., 0:1, 1], np.linalg.norm(wrists - head, axis=-1)
    truths = {
        "energetic": mood.energy > 0.72,
        "calm": mood.energy < 0.28,
        "smooth": mood.smoothness > 0.72,
        "sharp": mood.smoothness < 0.28,
        "bouncy": mood.bounce > 0.72,
        "level": mood.bounce < 0.15,
        "low": np.mean(height < 0.84) > 0.35,
        "tall": np.mean(height > 0.92) > 0.9,
        "arms_up": np.mean(np.any(above, axis=1)) > 0.3,
        "arms_down": np.mean((wrists[..., 1] < height[:, None] + 0.05).all(axis=1)) > 0.7,
        "arms_wide": np.mean((sideways > 0.33).all(axis=1)) > 0.2,
        "arms_in": np.mean((np.linalg.norm(wrists - chest, axis=-1) < 0.36).all(axis=1)) > 0.4,
        "face": np.mean((near_face < 0.26).any(axis=1)) > 0.25,
        "one_arm": np.mean((reach.max(axis=1) > 0.47) & (reach.min(axis=1) < 0.36)) > 0.3,
        "turning": turned > 4.5,
        "front": turned < 0.5,
        "travelling": travel > 1.4,
        "in_place": travel < 0.3,
        "wide": np.mean(apart > 0.52) > 0.4,
        "narrow": np.mean(apart < 0.2) > 0.7,
        "kick": ankles[..., 1].max() > 0.55 and height.mean() > 0.8,
        "jump": np.mean((ankles[..., 1] > 0.2).all(axis=1)) > 0.03 and height.max() > 0.95,
        "bend": np.mean(lean > 0.22) > 0.2,
        "steps": landings > 2.6,
        "planted": landings < 0.4 and bool(stands.mean() > 0.85),
        "hips": np.std(tilt) > 0.1,
    }
    return [name for name, true in truths.items() if true]


def _extent(rows: Float[np.ndarray, "T F"]) -> float:
    """How far (m) from its first place the pelvis gets."""
    yaw = np.cumsum(rows[:, SLICES["yaw_rate"]][:, 0]) / FPS
    left, forward = rows[:, SLICES["velocity"]].T / FPS
    x = np.cumsum(np.cos(yaw) * left + np.sin(yaw) * forward)
    z = np.cumsum(-np.sin(yaw) * left + np.cos(yaw) * forward)
    return float(np.hypot(x, z).max())
