"""From one dancer's files to finished takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.measures import limb_speed
from engine.motion.rotations import yaw_of
from engine.motion.skeleton import BODY, forward_kinematics
from engine.training.collect.calibrate import Calibration, calibrate
from engine.training.collect.catalogue import NO_FLOOR, entry_of
from engine.training.collect.recording import Recording
from engine.training.collect.retarget import BodyMotion, retarget
from engine.training.collect.sources import Dancer, read_prepared
from engine.training.collect.take import FPS, Take, trimmed

CONCENTRATED = 0.6
"""Length of the mean heading above which a dance has a front: 0 is all round, 1 is one way."""
STILL = 0.12
"""Mean limb speed (m/s) below which a performer waits for the take to begin or to end."""
REMAINS = 0.4
"""Seconds of waiting that are kept at either end."""


@dataclass(frozen=True, eq=False)
class Made:
    """A finished take beside what it was made from, so that it can be judged."""

    take: Take
    recording: Recording
    calibration: Calibration
    first: int
    """Frame of the recording at which the take begins."""


def make_takes(dancer: Dancer, names: set[str], known: set[str]) -> Iterator[Made]:
    """Makes the takes ``names`` of a dancer, calibrated on all of the dancer's takes.

    Args:
        known: takes that another source has in a better form: these are excluded here.
    """
    recordings = {name: read_prepared(dancer, name) for name in dancer.paths}
    calibration = calibrate(list(recordings.values()), dancer.kind)
    for name in sorted(names & set(recordings)):
        recording = recordings[name]
        entry = entry_of(name)
        motion = retarget(recording, calibration)
        first, last = busy_frames(motion)
        take = Take(
            name=name,
            source=dancer.source,
            subject=dancer.subject,
            split="excluded" if name in known else entry.split,
            kind=entry.kind,
            captions=entry.captions,
            licence=dancer.licence,
            credit=dancer.credit,
            local_quats=motion.local_quats,
            root_positions=motion.root_positions,
            joint_mask=motion.measured,
            front=front_of(motion.local_quats[first : last + 1, 0])
            if entry.kind == "dance"
            else None,
            feet_valid=entry.split != "excluded" and name not in NO_FLOOR,
        )
        yield Made(trimmed(take, first, last), recording, calibration, first)


def front_of(root_quats: Float[np.ndarray, "T 4"]) -> float | None:
    """The yaw (radians) that the pelvis mostly looks to, or None if it looks all round."""
    yaw = yaw_of(root_quats)
    mean = np.exp(1j * yaw).mean()
    return float(np.angle(mean)) if abs(mean) >= CONCENTRATED else None


def busy_frames(motion: BodyMotion) -> tuple[int, int]:
    """First and last frame without the waiting before and after; all of a take that never moves."""
    positions = forward_kinematics(BODY, motion.local_quats, motion.root_positions).positions
    moving = np.flatnonzero(limb_speed(positions, FPS) > STILL)
    count = len(positions)
    if not len(moving):
        return 0, count - 1
    rest = round(REMAINS * FPS)
    return max(0, int(moving[0]) - rest), min(count - 1, int(moving[-1]) + rest)
