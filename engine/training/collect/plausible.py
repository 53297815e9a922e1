"""Head, hands and feet that no body could turn so: bridged, or left out of what was measured.

These ends hang on few markers. In some takes a head looks backwards, a hand is turned round or a
foot folds over its shin, for a moment or throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.rotations import quat_angle, quat_conjugate, quat_multiply
from engine.training.collect.recording import bridge, bridge_spikes


@dataclass(frozen=True)
class End:
    """Joints at the end of a limb; the turn of ``judged`` from ``base`` tells if they are sound."""

    joints: tuple[str, ...]
    base: str
    judged: str
    limit: float
    """Radians that the judged joint may turn from the base, in all."""


ENDS = (
    End(("neck", "head"), "spine3", "head", np.radians(115.0)),
    *(
        End((f"{side}_ankle", f"{side}_foot"), f"{side}_knee", f"{side}_ankle", np.radians(90.0))
        for side in ("left", "right")
    ),
    *(
        End((f"{side}_wrist",), f"{side}_elbow", f"{side}_wrist", np.radians(135.0))
        for side in ("left", "right")
    ),
)
BROKEN = 0.1
"""Share of impossible frames from which on an end counts as not captured in a take."""
MARGIN = 2
"""Frames on each side of an impossible one that are bridged with it."""
FASTEST = 20.0
"""rad/s at which an end turns against its base at most."""


def plausible(
    world: dict[str, Float[np.ndarray, "T 4"]], fps: float
) -> tuple[dict[str, Float[np.ndarray, "T 4"]], set[str]]:
    """World rotations with impossible ends mended, and the joints that were not captured at all.

    Those follow their base, as at rest.
    """
    world, lost = dict(world), set()
    for end in ENDS:
        base = world[end.base]
        wrong = quat_angle(base, world[end.judged]) > end.limit
        if wrong.mean() > BROKEN:
            world |= dict.fromkeys(end.joints, base)
            lost |= set(end.joints)
            continue
        for joint in end.joints:
            turn = quat_multiply(quat_conjugate(base), world[joint])
            turn = bridge_spikes(bridge(turn, wrong, MARGIN)[:, None], fps, FASTEST)[:, 0]
            world[joint] = quat_multiply(base, turn)
    return world, lost
