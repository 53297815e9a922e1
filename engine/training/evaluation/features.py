"""Kinetic and geometric features of a window of motion, as sets of dances are compared by.

Kinetic, after Onuma et al. (2008, "FMDistance"): for each joint the logarithm of its mean
horizontal and vertical kinetic energy and of its mean acceleration. A widely used published form
has its brackets wrong (``p[i] - p[i-1] / dt``, FACTS section 3); velocities here are differences
over time. Geometric, after Müller et al. (2005, "Efficient content-based retrieval of motion
capture data"): relations of body parts that hold or do not hold, each as its share of the frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from engine.motion.features import FPS
from engine.motion.skeleton import ANKLE_HEIGHT, BODY
from engine.training.evaluation.windows import faced

FLOOR_ENERGY, FLOOR_ACCELERATION = 1e-4, 1e-1
"""Added before the logarithm, (m/s)2 and m/s2: below this a joint is at rest."""


def features_of(windows: Sequence[Float[np.ndarray, "T J 3"]]) -> Float[np.ndarray, "N D"]:
    """Kinetic, then geometric features of world positions (metres) at 30 fps."""
    return np.stack([np.concatenate([kinetic(w), geometric(w)]) for w in windows])


def kinetic(window: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, " K"]:
    """Three numbers for each joint: log horizontal energy, log vertical energy, log effort."""
    velocity = (window[2:] - window[:-2]) * (FPS / 2)
    acceleration = (window[2:] - 2 * window[1:-1] + window[:-2]) * FPS**2
    across = np.mean(velocity[..., 0] ** 2 + velocity[..., 2] ** 2, axis=0)
    up = np.mean(velocity[..., 1] ** 2, axis=0)
    effort = np.linalg.norm(acceleration, axis=-1).mean(axis=0)
    return np.concatenate(
        [
            np.log(across + FLOOR_ENERGY),
            np.log(up + FLOOR_ENERGY),
            np.log(effort + FLOOR_ACCELERATION),
        ]
    )


def geometric(window: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, " G"]:
    """Shares of frames in which each relation of :func:`relations` holds."""
    return relations(window).mean(axis=0)


def relations(window: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, "T G"]:
    """For each frame, 1 where a relation holds. Lengths are told in hip widths and arm lengths."""
    body = faced(window)
    velocity = np.gradient(body, 1.0 / FPS, axis=0)

    def at(name: str) -> Float[np.ndarray, "T 3"]:
        return body[:, BODY.index[name]]

    def gap(first: str, second: str) -> Float[np.ndarray, " T"]:
        return np.linalg.norm(at(first) - at(second), axis=-1)

    hips, shoulders = gap("left_hip", "right_hip"), gap("left_shoulder", "right_shoulder")
    spine = at("neck") - at("pelvis")
    held: list[np.ndarray] = []
    for side, other, sign in (("left", "right", 1.0), ("right", "left", -1.0)):
        wrist, elbow, shoulder = at(f"{side}_wrist"), at(f"{side}_elbow"), at(f"{side}_shoulder")
        ankle, knee, hip = at(f"{side}_ankle"), at(f"{side}_knee"), at(f"{side}_hip")
        moving = velocity[:, BODY.index[f"{side}_wrist"]] - velocity[:, 0]
        foot = velocity[:, BODY.index[f"{side}_ankle"]]
        thigh = knee - hip
        held += [
            wrist[:, 2] > at("spine3")[:, 2] + 0.5 * shoulders,  # hand in front of the chest
            wrist[:, 2] < at("spine3")[:, 2],  # behind it
            wrist[:, 1] > at("neck")[:, 1],  # above the neck
            wrist[:, 1] < at("pelvis")[:, 1],  # below the pelvis
            sign * (wrist[:, 0] - shoulder[:, 0]) > 0.5 * shoulders,  # out to its side
            sign * wrist[:, 0] < 0.0,  # across the middle
            gap(f"{side}_wrist", "pelvis") < 1.2 * hips,  # near the hips
            gap(f"{side}_wrist", "head") < 1.3 * hips,  # near the face
            moving[:, 1] > 0.6,  # rising
            moving[:, 2] > 0.6,  # pushing forward
            np.linalg.norm(moving, axis=-1) > 1.3,  # fast
            _bend(shoulder, elbow, wrist) < np.radians(110),  # elbow bent
            elbow[:, 1] > shoulder[:, 1],  # elbow raised
            _bend(hip, knee, ankle) < np.radians(140),  # knee bent
            knee[:, 1] > hip[:, 1] - 0.6 * np.linalg.norm(thigh, axis=-1),  # thigh lifted
            ankle[:, 2] < at(f"{other}_ankle")[:, 2] - 0.5 * hips,  # foot behind the other
            sign * (ankle[:, 0] - at(f"{other}_ankle")[:, 0]) < 0.0,  # crossed over
            ankle[:, 1] > ANKLE_HEIGHT + 0.10,  # foot raised
            np.linalg.norm(foot, axis=-1) > 1.0,  # foot fast
        ]
    root = np.gradient(window[:, 0], 1.0 / FPS, axis=0)
    held += [
        gap("left_wrist", "right_wrist") < 1.0 * hips,  # hands together
        gap("left_wrist", "right_wrist") > 4.5 * hips,  # hands far apart
        gap("left_ankle", "right_ankle") > 2.3 * hips,  # feet wide
        gap("left_ankle", "right_ankle") < 1.0 * hips,  # feet together
        spine[:, 1] < np.cos(np.radians(20)) * np.linalg.norm(spine, axis=-1),  # bent over
        at("pelvis")[:, 1] < 0.86,  # low
        np.linalg.norm(root[:, [0, 2]], axis=-1) > 0.4,  # travelling
        np.abs(root[:, 1]) > 0.25,  # bouncing
    ]
    return np.stack(held, axis=-1).astype(np.float64)


def _bend(
    first: Float[np.ndarray, "T 3"],
    middle: Float[np.ndarray, "T 3"],
    last: Float[np.ndarray, "T 3"],
) -> Float[np.ndarray, " T"]:
    """Angle at ``middle`` in radians; a straight limb has pi."""
    one, two = first - middle, last - middle
    cosine = np.sum(one * two, axis=-1)
    cosine /= np.linalg.norm(one, axis=-1) * np.linalg.norm(two, axis=-1) + 1e-9
    return np.arccos(np.clip(cosine, -1.0, 1.0))
