"""Makes pins true: the body is where it is told to be, and the motion around it stays natural.

A pin is met by a correction that is whole at the pinned moment and comes and goes smoothly over
about a beat, less where the next pin or the end of what may change is nearer. It works on any
motion: on the guess of a denoiser, so that the model dances towards the pin and away from it, and
on the finished dance, so that the pin is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from engine.directing.asked import Pin
from engine.directing.curves import ease, turn_between, turned
from engine.motion.features import Motion, body_yaw
from engine.motion.ik import LIMBS, MAX_REACH, Limb, nudge_limb
from engine.motion.rotations import quat_multiply, quat_rotate, quat_unroll, quat_yaw
from engine.motion.skeleton import BODY, forward_kinematics

STEPPING, DRIFTING = 1.2, 0.01
"""m/s: a correction of the place comes over more than a beat rather than be faster than this, where
the model makes steps of it; and where the steps are danced already, so that feet would slide."""
PEAK = 1.875
"""Largest slope of :func:`ease`."""
REACH_SPARE = 0.98
"""Share of a limb's reach to which the body comes up where a hand or foot is to be further away."""
STEEPEST = 0.97
"""Share of a limb's reach that it goes up or down before the body rises or sinks with it."""
TRUNK = ("spine1", "spine2", "spine3", "neck", "head", "left_collar", "right_collar")


@dataclass(frozen=True)
class Pins:
    """Pins on the frames of one motion."""

    pins: tuple[Pin, ...]
    beat: float
    """Seconds over which a correction comes and goes."""
    walls: tuple[int, int]
    """The frames before and after what may change: there corrections are zero."""
    fastest: float = STEPPING
    """m/s of a correction of the place, if there is room."""

    def __bool__(self) -> bool:
        return bool(self.pins)

    @property
    def still(self) -> tuple[tuple[float, float], ...]:
        """The stretches of time that must not be warped."""
        return tuple((pin.time, pin.end) for pin in self.pins)

    @property
    def slow(self) -> Pins:
        """The same pins on a dance whose steps are settled."""
        return replace(self, fastest=DRIFTING)

    def shifted(self, times: Sequence[float], walls: tuple[int, int]) -> Pins:
        """The same pins several times, each ``times`` seconds later."""
        copies = (replace(pin, time=pin.time + later) for later in times for pin in self.pins)
        return replace(self, pins=tuple(sorted(copies, key=lambda pin: pin.time)), walls=walls)

    def standing(self, frames: int, fps: float) -> Bool[np.ndarray, " T"]:
        """Frames in which pins say where feet are."""
        result = np.zeros(frames, dtype=bool)
        legs = {"left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle"}
        for pin in self.pins:
            if legs & (set(pin.joints) | set(pin.points)):
                result[_frames(pin, fps, frames)] = True
        return result


def meet(motion: Motion, pins: Pins, keep_feet: bool = False) -> Motion:
    """The motion with every pin true (of weight 1; others by their share).

    The pelvis turns and moves first, then the trunk, then limbs.

    Args:
        keep_feet: the feet stay where they were, and the legs make up for what moves the body;
            otherwise they go along over the floor.
    """
    if not pins:
        return motion
    result = _turn_pelvis(motion, pins)
    for name in TRUNK:
        result = _turn_joint(result, pins, name)
    result = _move(result, pins)
    result = _on_feet_of(result, motion, keep_feet)
    for limb in LIMBS.values():
        for name in (limb.upper, limb.middle):
            result = _turn_joint(result, pins, name)
        result = _place(result, pins, limb)
        result = _turn_joint(result, pins, limb.end)
    for name in ("left_foot", "right_foot"):
        result = _turn_joint(result, pins, name)
    return replace(result, local_quats=quat_unroll(result.local_quats))


@dataclass(frozen=True)
class PinError:
    """How far a motion is from one pin: the worst of its frames and parts."""

    time: float
    degrees: float
    centimetres: float


def pin_errors(motion: Motion, pins: Pins) -> list[PinError]:
    """Measures every pin on a motion."""
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    yaw = body_yaw(pose.positions)
    errors = []
    for pin in pins.pins:
        at = _frames(pin, motion.fps, len(motion))
        turns, places = [0.0], [0.0]
        for name, quat in pin.joints.items():
            off = turn_between(motion.local_quats[at, BODY.index[name]], np.array(quat))
            turns.append(float(np.linalg.norm(off, axis=-1).max()))
        if pin.facing is not None:
            turns.append(float(np.abs(_wrapped(pin.facing - yaw[at])).max()))
        for name, point in _points(pin).items():
            off = pose.positions[at, BODY.index[name]] - np.array(point)
            places.append(float(np.linalg.norm(off, axis=-1).max()))
        errors.append(PinError(pin.time, float(np.degrees(max(turns))), 100.0 * max(places)))
    return errors


def _points(pin: Pin) -> dict[str, tuple[float, ...]]:
    return pin.points | ({} if pin.position is None else {"pelvis": pin.position})


def _frames(pin: Pin, fps: float, total: int) -> Int[np.ndarray, " K"]:
    """The frames in which a pin holds: the nearest to its time, and those of its hold."""
    first, last = round(pin.time * fps), round(pin.end * fps)
    return np.clip(np.arange(first, last + 1), 0, total - 1)


def _correction(
    motion: Motion,
    pins: Pins,
    keys: Sequence[Pin],
    missing: Callable[[Pin, Int[np.ndarray, " K"]], Float[np.ndarray, "K C"]],
    fastest: float = np.inf,
) -> Float[np.ndarray, "T C"]:
    """What to add in every frame so that at each of ``keys`` nothing is missing.

    Args:
        missing: what a pin lacks in some frames of the motion as it is.
        fastest: change a second that the correction should not exceed, if there is room.
    """
    total = len(motion)
    edges = [_frames(pin, motion.fps, total)[[0, -1]].tolist() for pin in keys]
    result: Float[np.ndarray, "T C"] | None = None
    for number, pin in enumerate(keys):
        first, last = edges[number]
        lowest = edges[number - 1][1] if number > 0 else pins.walls[0]
        highest = edges[number + 1][0] if number + 1 < len(keys) else pins.walls[1]
        off = missing(pin, np.array([first, last]))
        room = float(first - lowest), float(highest - last)
        slow = PEAK * np.linalg.norm(off, axis=-1) / fastest
        wide = [min(max(pins.beat, float(slow[i])) * motion.fps, room[i]) for i in (0, 1)]
        frames, share = _share(first, last, wide, total)
        edge = missing(pin, np.clip(frames, first, last))
        lacking = edge * share[:, None]
        if last > first:
            # A moment is passed through with the dance's own speed; where a pose is held, it stops.
            near = [min(pins.beat * motion.fps, room[i]) for i in (0, 1)]
            close, stop = _share(first, last, near, total)
            rest = missing(pin, close) - missing(pin, np.clip(close, first, last))
            lacking[np.isin(frames, close)] += rest * stop[:, None]
        result = np.zeros((total, lacking.shape[1])) if result is None else result
        result[frames] += lacking * pin.weight
    assert result is not None
    return result


def _share(
    first: int, last: int, wide: list[float], total: int
) -> tuple[Int[np.ndarray, " K"], Float[np.ndarray, " K"]]:
    """Frames around a pin, and how much of a correction they take: 1 from ``first`` to ``last``."""
    left, right = (max(1.0, width) for width in wide)
    frames = np.arange(max(0, int(first - left)), min(total, int(last + right) + 1))
    return frames, ease(np.minimum(1.0 - (first - frames) / left, 1.0 - (frames - last) / right))


def _turn_pelvis(motion: Motion, pins: Pins) -> Motion:
    keys = [pin for pin in pins.pins if {"facing", "pelvis turn"} & pin.parts]
    if not keys:
        return motion
    yaw, pelvis = body_yaw(motion.positions()), motion.local_quats[:, 0]

    def missing(pin: Pin, at: Int[np.ndarray, " K"]) -> Float[np.ndarray, "K 3"]:
        target = np.array(pin.joints.get("pelvis", (1.0, 0.0, 0.0, 0.0)))
        if pin.facing is not None:
            target = quat_multiply(quat_yaw(_wrapped(pin.facing - yaw[at])), pelvis[at])
        return turn_between(pelvis[at], target)

    quats = motion.local_quats.copy()
    quats[:, 0] = turned(pelvis, _correction(motion, pins, keys, missing))
    return replace(motion, local_quats=quats)


def _on_feet_of(motion: Motion, other: Motion, planted: bool) -> Motion:
    """The same body on the legs of another motion, of which it is a correction.

    Args:
        planted: the feet stay where the other's are; otherwise they go along over the floor with
            the body's place and facing, at the other's height.
    """
    if np.array_equal(motion.root_positions, other.root_positions) and np.array_equal(
        motion.local_quats[:, 0], other.local_quats[:, 0]
    ):
        return motion
    feet = forward_kinematics(BODY, other.local_quats, other.root_positions)
    turn = quat_yaw(body_yaw(motion.positions()) - body_yaw(feet.positions))
    floor = np.array([1.0, 0.0, 1.0])
    quats = motion.local_quats
    for side in ("left", "right"):
        ankle = BODY.index[f"{side}_ankle"]
        target, rotation = feet.positions[:, ankle], feet.rotations[:, ankle]
        if not planted:
            away = quat_rotate(turn, target - other.root_positions * floor)
            target = away + motion.root_positions * floor
            rotation = quat_multiply(turn, rotation)
        quats = nudge_limb(quats, motion.root_positions, LIMBS[f"{side}_leg"], target, rotation)
    return replace(motion, local_quats=quats)


def _turn_joint(motion: Motion, pins: Pins, name: str) -> Motion:
    keys = [pin for pin in pins.pins if name in pin.joints]
    if not keys:
        return motion
    joint = BODY.index[name]
    old = motion.local_quats[:, joint]
    limb = next((lb for lb in LIMBS.values() if name in (lb.upper, lb.middle, lb.end)), None)
    if limb is not None:
        keys = [pin for pin in pins.pins if _speaks_of(pin, limb)]

    def missing(pin: Pin, at: Int[np.ndarray, " K"]) -> Float[np.ndarray, "K 3"]:
        if name not in pin.joints:
            return np.zeros((len(at), 3))
        return turn_between(old[at], np.array(pin.joints[name]))

    quats = motion.local_quats.copy()
    quats[:, joint] = turned(old, _correction(motion, pins, keys, missing))
    return replace(motion, local_quats=quats)


def _speaks_of(pin: Pin, limb: Limb) -> bool:
    names = {limb.upper, limb.middle, limb.end}
    return bool(names & (set(pin.joints) | set(pin.points)))


def _move(motion: Motion, pins: Pins) -> Motion:
    """Brings the pelvis to its pinned places, and as near as a pinned hand or foot needs it."""
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions).positions
    root = motion.root_positions

    def missing(pin: Pin, at: Int[np.ndarray, " K"]) -> Float[np.ndarray, "K 3"]:
        if pin.position is not None:
            return np.array(pin.position) - root[at]
        return np.stack([_step_closer(pin, pose[frame]) for frame in at])

    keys = [
        pin
        for pin in pins.pins
        if pin.position is not None or missing(pin, _frames(pin, motion.fps, len(root))).any()
    ]
    if not keys:
        return motion
    floor = np.array([1.0, 0.0, 1.0])
    along = _correction(motion, pins, keys, lambda p, at: missing(p, at) * floor, pins.fastest)
    up = _correction(motion, pins, keys, lambda p, at: missing(p, at) * (1.0 - floor))
    return replace(motion, root_positions=root + along + up)


def _step_closer(pin: Pin, pose: Float[np.ndarray, "J 3"]) -> Float[np.ndarray, " 3"]:
    """The way that the body must go so that the limbs reach their pinned places from this pose.

    It goes over the floor; it rises or sinks only where a place is too high or too low for that.
    """
    way = np.zeros(3)
    for limb in LIMBS.values():
        if limb.end in pin.points and pin.position is None:
            upper, middle, end = (BODY.index[n] for n in (limb.upper, limb.middle, limb.end))
            length = np.linalg.norm(BODY.offsets[middle]) + np.linalg.norm(BODY.offsets[end])
            reach = REACH_SPARE * MAX_REACH * float(length)
            aim = np.array(pin.points[limb.end]) - pose[upper] - way
            height = float(np.clip(aim[1], -STEEPEST * reach, STEEPEST * reach))
            across = float(np.hypot(aim[0], aim[2]))
            if np.hypot(across, aim[1]) > reach:
                nearer = max(0.0, across - float(np.sqrt(reach**2 - height**2)))
                way = way + aim * np.array([1.0, 0.0, 1.0]) * (nearer / max(across, 1e-9))
                way[1] += aim[1] - height
    return way


def _place(motion: Motion, pins: Pins, limb: Limb) -> Motion:
    """Brings a limb's end to its pinned places."""
    keys = [pin for pin in pins.pins if _speaks_of(pin, limb)]
    if not any(limb.end in pin.points for pin in keys):
        return motion
    path = motion.positions()[:, BODY.index[limb.end]]

    def missing(pin: Pin, at: Int[np.ndarray, " K"]) -> Float[np.ndarray, "K 3"]:
        if limb.end not in pin.points:
            return np.zeros((len(at), 3))
        return np.array(pin.points[limb.end]) - path[at]

    shift = _correction(motion, pins, keys, missing)
    quats = nudge_limb(motion.local_quats, motion.root_positions, limb, path + shift)
    return replace(motion, local_quats=quats)


def _wrapped(angle: Float[np.ndarray, " K"]) -> Float[np.ndarray, " K"]:
    """The same directions between minus and plus half a turn."""
    return (angle + np.pi) % (2.0 * np.pi) - np.pi
