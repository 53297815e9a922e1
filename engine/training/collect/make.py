"""From one dancer's files to finished takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.motion.measures import limb_speed
from engine.motion.rotations import yaw_of
from engine.motion.skeleton import BODY, forward_kinematics
from engine.training.collect.calibrate import Calibration, calibrate, scale_of
from engine.training.collect.catalogue import NO_FLOOR, entry_of
from engine.training.collect.floor import Heights, floors_of, level_of, turned
from engine.training.collect.recording import Recording, resample, spikes_in
from engine.training.collect.retarget import BodyMotion, retarget
from engine.training.collect.sources import Dancer, prepared, read_raw
from engine.training.collect.take import FPS, Take, trimmed

CONCENTRATED = 0.6
"""Length of the mean heading above which a dance has a front: 0 is all round, 1 is one way."""
STILL = 0.12
"""Mean limb speed (m/s) below which a performer waits for the take to begin or to end."""
REMAINS = 0.4
"""Seconds of waiting that are kept at either end."""


@dataclass(frozen=True, eq=False)
class Session:
    """All takes of one dancer, level and at 30 fps, and what they tell together."""

    raw: dict[str, Recording]
    """At their own rate, with their spikes and noise."""
    recordings: dict[str, Recording]
    floors: dict[str, Heights]
    calibration: Calibration
    front: float | None
    """The yaw (radians) to which all takes were danced, if they were."""


@dataclass(frozen=True, eq=False)
class Made:
    """A finished take beside what it was made from, so that it can be judged."""

    take: Take
    recording: Recording
    raw: Recording
    """The recording at the same rate with its spikes and noise."""
    calibration: Calibration
    heights: Heights
    first: int
    """Frame of the recording at which the take begins."""
    spikes: int
    """Frames, added up over the source's joints, that were bridged as too fast."""


def make_takes(dancer: Dancer, names: set[str], known: set[str]) -> Iterator[Made]:
    """Makes the takes ``names`` of a dancer, calibrated on all of the dancer's takes.

    Args:
        known: takes that another source has in a better form: these are excluded here.
    """
    session = prepare(dancer)
    for name in sorted(names & set(session.recordings)):
        recording = session.recordings[name]
        heights = session.floors[name]
        motion = retarget(recording, session.calibration, heights)
        first, last = busy_frames(motion)
        take = trimmed(_take(dancer, session, name, motion, name in known), first, last)
        raw = resample(session.raw[name], FPS)
        spikes = int(spikes_in(session.raw[name].local_quats, session.raw[name].fps).sum())
        yield Made(take, recording, raw, session.calibration, heights, first, spikes)


def prepare(dancer: Dancer) -> Session:
    """Reads and levels a dancer's takes, and calibrates the dancer."""
    kind = dancer.kind
    raw = {name: read_raw(dancer, name) for name in dancer.paths}
    takes = [prepared(recording) for recording in raw.values()]
    scale = scale_of(takes[0].skeleton, kind)
    level = level_of(takes, kind, scale)
    takes = [turned(take, level) for take in takes]
    floors = floors_of(takes, kind, scale)
    everywhere = np.concatenate([take.turn(kind.trunk["pelvis"][0]) for take in takes])
    return Session(
        raw=raw,
        recordings=dict(zip(raw, takes, strict=True)),
        floors=dict(zip(raw, floors, strict=True)),
        calibration=calibrate(takes, kind, floors),
        front=0.0 if kind.authored else front_of(everywhere) if kind.one_camera else None,
    )


def front_of(root_quats: Float[np.ndarray, "T 4"]) -> float | None:
    """The yaw (radians) that the pelvis mostly looks to, or None if it looks all round."""
    mean = np.exp(1j * yaw_of(root_quats)).mean()
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


def _take(dancer: Dancer, session: Session, name: str, motion: BodyMotion, is_known: bool) -> Take:
    entry = entry_of(name)
    front = None
    if entry.kind == "dance":
        front = session.front if session.front is not None else front_of(motion.local_quats[:, 0])
    return Take(
        name=name,
        source=dancer.source,
        subject=dancer.subject,
        split="excluded" if is_known else entry.split,
        kind=entry.kind,
        captions=entry.captions,
        licence=dancer.licence,
        credit=dancer.credit,
        local_quats=motion.local_quats,
        root_positions=motion.root_positions,
        joint_mask=motion.measured,
        front=front,
        feet_valid=entry.split != "excluded" and name not in NO_FLOOR,
    )
