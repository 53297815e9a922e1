"""Our rule for the mannequin's weights: along a limb, each joint takes over from the one before.

A limb is a chain of joints at places along an axis. Around each joint lies a soft step; a
vertex's share of a bone is the step of its own joint less the step of the next one. Arms take
over from the trunk with the same rule, and so do legs, so shares always sum to one.
"""

from __future__ import annotations

import numpy as np

from .body import JOINTS


def smooth_step(values: np.ndarray, centre: float, width: float) -> np.ndarray:
    """0 below ``centre - width``, 1 above ``centre + width``, and a smooth way between."""
    x = np.clip((values - centre) / (2 * width) + 0.5, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


# Places and half widths in metres of the steps at which a joint takes over, in the T-pose.
_TRUNK = (
    ("spine1", 1.085, 0.070),
    ("spine2", 1.205, 0.060),
    ("spine3", 1.285, 0.060),
    ("neck", 1.487, 0.030),
    ("head", 1.535, 0.016),
)
_ARM = (("shoulder", 0.172, 0.045), ("elbow", 0.450, 0.050), ("wrist", 0.692, 0.035))
_LEG = (("knee", -0.485, 0.055), ("ankle", -0.110, 0.035))
_ARM_STARTS = (0.095, 0.050)
_ARMPIT = (1.315, 0.050)
_LEG_STARTS = (-0.895, 0.070)
_BALL = (0.122, 0.028)


def weigh(vertices: np.ndarray) -> np.ndarray:
    """Weights ``[V, 22]`` of ``vertices[V, 3]`` (Blender's axes, T-pose) for the body's joints."""
    weights = np.zeros((len(vertices), len(JOINTS)))
    x, y, z = vertices.T
    trunk = np.ones(len(vertices))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = smooth_step(sign * x, *_ARM_STARTS) * smooth_step(z, *_ARMPIT)
        _share(
            weights, f"{side}_collar", [(f"{side}_{j}", p, w) for j, p, w in _ARM], sign * x, arm
        )
        leg = smooth_step(-z, *_LEG_STARTS) * smooth_step(sign * x, 0.0, 0.04)
        _share(weights, f"{side}_hip", [(f"{side}_{j}", p, w) for j, p, w in _LEG], -z, leg)
        _split(weights, f"{side}_ankle", f"{side}_foot", smooth_step(-y, *_BALL))
        trunk -= arm + leg
    _share(weights, "pelvis", list(_TRUNK), z, np.maximum(trunk, 0.0))
    return weights / weights.sum(axis=1, keepdims=True)


def _share(
    weights: np.ndarray,
    first: str,
    chain: list[tuple[str, float, float]],
    along: np.ndarray,
    total: np.ndarray,
) -> None:
    """Divides ``total[V]`` among ``first`` and the joints of ``chain`` by the place ``along``."""
    steps = [np.ones(len(along))]
    steps += [smooth_step(along, place, width) for _, place, width in chain]
    steps.append(np.zeros(len(along)))
    for name, step, after in zip([first, *(c[0] for c in chain)], steps, steps[1:], strict=False):
        weights[:, JOINTS.index(name)] += total * np.maximum(step - after, 0.0)


def _split(weights: np.ndarray, bone: str, next_bone: str, share: np.ndarray) -> None:
    """Moves ``share[V]`` of a bone's weight to the next bone."""
    column, target = JOINTS.index(bone), JOINTS.index(next_bone)
    weights[:, target] += weights[:, column] * share
    weights[:, column] *= 1.0 - share
