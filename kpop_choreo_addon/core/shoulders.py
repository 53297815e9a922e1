"""Armatures without clavicles: what the shoulders do goes to the arms.

The clip's clavicles carry each shoulder up, forward and back. Where the armature has no bone for
that, its shoulder stays in the chest, and the arm reaches from there for the place to which the
clavicle would have taken the wrist, as far as its length allows. The hand keeps its rotation.
"""

from __future__ import annotations

import numpy as np

from . import quaternions as quat
from .axes import to_blender
from .fit import Fit
from .limb_ik import bent_to, limb_of, put
from .posed import PosedRig

LONGEST = 0.995
"""Share of its length to which an arm reaches."""


def without_clavicles(posed: PosedRig, fit: Fit, turns: dict[str, np.ndarray]) -> PosedRig:
    """``posed`` with arms that make up for missing clavicles.

    Args:
        turns: S W_j S^-1 ``[T, 4]`` by joint of the clip.
    """
    for side in ("left", "right"):
        collar = f"{side}_collar"
        arm = (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        if collar in fit.joints or arm[2] not in fit.joints:
            continue
        offset = quat.rotate(fit.stage.rotation, to_blender(fit.body.offsets[arm[0]]))
        moved = quat.rotate(turns[collar], offset) - quat.rotate(turns["spine3"], offset)
        limb = limb_of(posed, arm)
        hinge = quat.rotate(turns[arm[0]], np.cross(fit.goals[arm[1]], fit.goals["front"]))
        end = limb.end + fit.stage.scale * moved
        posed = put(posed, limb, bent_to(limb, end, hinge, LONGEST))
    return posed
