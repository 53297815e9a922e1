"""A clip with exact contacts: steps, a rise onto the balls, a turn on one ball, a hop, a clap."""

from __future__ import annotations

from typing import Any

import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.body import ANKLE_HEIGHT, JOINTS, OFFSETS, STANDING_HEIGHT
from kpop_choreo_addon.core.clip import Clip
from tests.core.synthetic import clip_arrays, turn

FPS = 30.0
BALL_HEIGHT = 0.02
SIDES = ("left", "right")


def ramp(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """0 to 1 between two seconds, at rest at both."""
    x = np.clip((t - start) / (end - start), 0.0, 1.0)
    return x * x * x * (x * (6 * x - 15) + 10)


def bump(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """0 to 1 and back between two seconds."""
    x = np.clip((t - start) / (end - start), 0.0, 1.0)
    return np.sin(np.pi * x) ** 2


def step_arrays() -> dict[str, Any]:
    """The clip file's arrays of 8 s.

    Seconds 0.5 to 2.5: two steps to the left and one to the front; 3 to 4: both heels rise; 4.3 to
    5.1: a turn by 80 degrees on the ball of the left foot; 5.5 to 6.1: a hop; 6.5 to 7.5: the hands
    meet before the chest.
    """
    t = np.arange(round(8 * FPS) + 1) / FPS
    arrays = clip_arrays(seconds=8.0)
    quats = np.zeros((len(t), len(JOINTS), 4))
    quats[..., 0] = 1.0
    yaw = np.deg2rad(80.0) * ramp(t, 4.3, 5.1)
    hop = 0.25 * bump(t, 5.5, 6.1)
    sway = 0.03 * np.sin(2 * np.pi * t) + 0.3 * ramp(t, 0.5, 1.0) + 0.3 * ramp(t, 1.5, 2.0)
    root = np.stack(
        [
            sway,
            STANDING_HEIGHT - 0.11 - 0.03 * np.cos(4 * np.pi * t) + hop + 0.04 * bump(t, 3.0, 4.0),
            0.02 * np.sin(np.pi * t) + 0.2 * ramp(t, 2.0, 2.5),
        ],
        axis=-1,
    )
    quats[:, 0] = _about_y(0.5 * yaw)
    heel = np.deg2rad(35.0) * bump(t, 3.0, 4.0)
    turning = np.deg2rad(15.0) * bump(t, 4.3, 5.1)
    moves = {
        "left": [(0.5, 1.0, 0.3, 0.0), (1.5, 2.0, 0.3, 0.0)],
        "right": [(1.0, 1.5, 0.3, 0.0), (2.0, 2.5, 0.3, 0.2), (4.3, 5.1, 0.0, 0.1)],
    }
    contacts = np.zeros((len(t), 4))
    for number, side in enumerate(SIDES):
        ball = np.zeros((len(t), 3))
        ball[:, 0] = 0.11 if side == "left" else -0.11
        ball[:, 1], ball[:, 2] = BALL_HEIGHT + hop, 0.125
        air = hop > 1e-9
        for start, end, aside, front in moves[side]:
            ball[:, 0] += aside * ramp(t, start, end)
            ball[:, 1] += 0.12 * bump(t, start, end)
            ball[:, 2] += front * ramp(t, start, end)
            air |= (t > start) & (t < end)
        pitch = heel + (turning if side == "left" else 0.0)
        foot = quat.multiply(_about_y(yaw), _about_x(pitch))
        ankle = ball - quat.rotate(foot, OFFSETS[JOINTS.index("left_foot")])
        _leg(quats, root, side, ankle, foot)
        quats[:, JOINTS.index(f"{side}_foot")] = _about_x(-pitch)
        low = ankle[:, 1] - ANKLE_HEIGHT < 0.005
        contacts[:, 2 * number] = ~air & low & (pitch < 0.02)
        contacts[:, 2 * number + 1] = ~air
        sign = 1.0 if side == "left" else -1.0
        clap = bump(t, 6.3, 7.7) ** 0.25
        down = quat.multiply(turn("Z", -sign * (75 - 30 * clap)), turn("Y", -sign * 90 * clap))
        quats[:, JOINTS.index(f"{side}_shoulder")] = down
        quats[:, JOINTS.index(f"{side}_elbow")] = turn("Y", -sign * (10 + 46 * clap))
    arrays["local_quats"] = quats[None].astype(np.float32)
    arrays["root_positions"] = root[None].astype(np.float32)
    arrays["foot_contacts"] = contacts[None].astype(np.float32)
    return arrays


def step_clip() -> Clip:
    """The same as a clip."""
    arrays = step_arrays()
    return Clip(
        fps=FPS,
        joint_names=JOINTS,
        parents=arrays["parents"].astype(int),
        rest_offsets=arrays["rest_offsets"].astype(float),
        local_quats=arrays["local_quats"].astype(float),
        root_positions=arrays["root_positions"].astype(float),
        foot_contacts=arrays["foot_contacts"].astype(float),
        beats=np.zeros(0),
        downbeats=np.zeros(0),
        song_start=0.0,
    )


def _leg(
    quats: np.ndarray, root: np.ndarray, side: str, ankle: np.ndarray, foot: np.ndarray
) -> None:
    """Bends a leg from the hip to ``ankle[T, 3]``, its knee to the front of the pelvis."""
    hip, knee, end = (JOINTS.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
    thigh, shin = (float(np.linalg.norm(OFFSETS[joint])) for joint in (knee, end))
    pelvis = quats[:, 0]
    local = quat.rotate(quat.conjugate(pelvis), ankle - root) - OFFSETS[hip]
    far = np.minimum(np.linalg.norm(local, axis=-1), 0.97 * (thigh + shin))
    inner = np.arccos((thigh**2 + far**2 - shin**2) / (2 * thigh * far))
    bend = np.pi - np.arccos((thigh**2 + shin**2 - far**2) / (2 * thigh * shin))
    # First forward and back, then to the side.
    aside = np.arctan2(local[:, 0], -local[:, 1])
    front = np.arcsin(local[:, 2] / np.linalg.norm(local, axis=-1))
    quats[:, hip] = quat.multiply(_about_z(aside), _about_x(-front - inner))
    quats[:, knee] = _about_x(bend)
    above = quat.multiply(quat.multiply(pelvis, quats[:, hip]), quats[:, knee])
    quats[:, end] = quat.multiply(quat.conjugate(above), foot)


def _about_x(radians: np.ndarray) -> np.ndarray:
    return turn("X", np.rad2deg(radians))


def _about_y(radians: np.ndarray) -> np.ndarray:
    return turn("Y", np.rad2deg(radians))


def _about_z(radians: np.ndarray) -> np.ndarray:
    return turn("Z", np.rad2deg(radians))
