"""Knees and elbows that only bend, for sources whose limbs also roll about themselves.

A character's rig may turn a forearm about its own length, and bend an elbow about any axis. What is
seen are the directions of the two bones, so those are kept. The hinge of both is the normal of the
plane that they span; of a nearly straight limb, which has no plane, it is what the rig says. As a
limb stretches and bends the other way round, its plane turns over in no time, so the hinge is
smoothed against the upper bone. The roll that this takes from a forearm is left to the wrist, whose
rotation in the world stays.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.rotations import (
    cross,
    normalize,
    quat_conjugate,
    quat_from_matrix,
    quat_rotate,
)
from engine.training.collect.calibrate import rest_bone, rest_hinge

STRAIGHT, BENT = 0.15, 0.45
"""Sines of the bend up to which the rig's own hinge counts, and from which the plane's does."""
SMOOTHING_SECONDS = 0.07
"""Standard deviation of the smoothing of hinges."""


def hinged(
    world: dict[str, Float[np.ndarray, "T 4"]], fps: float
) -> dict[str, Float[np.ndarray, "T 4"]]:
    """World rotations whose knees and elbows are hinges; directions of all bones stay."""
    result = dict(world)
    for side in ("left", "right"):
        for upper, lower in (("hip", "knee"), ("shoulder", "elbow")):
            names = (f"{side}_{upper}", f"{side}_{lower}")
            bones = [normalize(rest_bone(name)) for name in names]
            first, second = (
                quat_rotate(world[name], bone) for name, bone in zip(names, bones, strict=True)
            )
            normal = cross(first, second)
            bend = np.linalg.norm(normal, axis=-1, keepdims=True)
            weight = np.clip((bend - STRAIGHT) / (BENT - STRAIGHT), 0.0, 1.0)
            planes = quat_rotate(quat_conjugate(world[names[0]]), normal / np.maximum(bend, 1e-6))
            axis = weight * planes + (1.0 - weight) * rest_hinge(names[0])
            axis = gaussian_filter1d(axis, SMOOTHING_SECONDS * fps, axis=0, mode="nearest")
            axis = quat_rotate(world[names[0]], axis)
            for name, bone, along in zip(names, bones, (first, second), strict=True):
                result[name] = _turn(bone, rest_hinge(name), along, axis)
    return result


def _turn(
    bone: Float[np.ndarray, " 3"],
    hinge: Float[np.ndarray, " 3"],
    along: Float[np.ndarray, "T 3"],
    axis: Float[np.ndarray, "T 3"],
) -> Float[np.ndarray, "T 4"]:
    """The rotations that take ``bone`` to ``along`` and ``hinge`` as near to ``axis`` as can be."""
    across = normalize(axis - np.sum(axis * along, axis=-1, keepdims=True) * along)
    hinge = normalize(hinge - float(hinge @ bone) * bone)
    rest = np.stack([bone, hinge, np.cross(bone, hinge)], axis=-1)
    now = np.stack([along, across, cross(along, across)], axis=-1)
    return quat_from_matrix(now @ rest.T)
