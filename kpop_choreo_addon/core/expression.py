"""What a body shows besides its limbs: hand poses, and where head and eyes look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clip import Clip
from .gaze import face_audience
from .hand_poses import FROM_DANCE, LEAVE, POSES, RELAXED, pose_hands
from .humanoid import Match
from .posed import PosedRig
from .retarget import fit_clip


@dataclass(frozen=True)
class ExpressionOptions:
    """Hands and head."""

    hands: str = FROM_DANCE
    """:data:`FROM_DANCE`, :data:`LEAVE`, or one of :data:`POSES` throughout."""
    audience: float = 0.0
    """0..1: how far head and eyes stay toward the audience."""


def expressive(
    posed: PosedRig, clip: Clip, match: Match, member: int, options: ExpressionOptions
) -> PosedRig:
    """``posed`` with its fingers, head and eyes as ``options`` ask for."""
    fit = fit_clip(clip, posed.rig, match)
    posed = face_audience(posed, fit, options.audience, clip.fps)
    if options.hands == LEAVE:
        return posed
    names = tuple(POSES)
    shown = np.full((clip.frames, 2), names.index(RELAXED))
    if options.hands in POSES:
        shown[:] = names.index(options.hands)
    elif clip.hand_pose is not None:
        names = tuple(str(name) for name in clip.meta.get("hand_poses", ())) or (RELAXED,)
        shown = np.minimum(clip.hand_pose[member].astype(int), len(names) - 1)
    return pose_hands(posed, fit, (shown[:, 0], shown[:, 1]), names, clip.fps)
