"""What the model sees of a motion: one row of numbers a frame, with a named slice table.

The body is described in the frame of its *heading*: a smooth facing direction on the floor, from
hips and shoulders. The stage part (heading against the front, place against the centre) may be
unknown, then it is zero; the rest is the same wherever on the floor and whichever way the dancer
stands. See Holden et al. (2016) and Guo et al. (2022, HumanML3D) for the idea of such rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from engine.motion.contacts import foot_contacts
from engine.motion.rotations import (
    quat_from_rot6d,
    quat_multiply,
    quat_rotate,
    quat_unroll,
    quat_yaw,
    rot6d_from_quat,
)
from engine.motion.skeleton import BODY, forward_kinematics

JOINTS = len(BODY)
FPS = 30.0
"""Frames per second of all features."""


def _table(*rows: tuple[str, int]) -> dict[str, slice]:
    edges = np.cumsum([0, *(width for _, width in rows)]).tolist()
    return {name: slice(edges[i], edges[i + 1]) for i, (name, _) in enumerate(rows)}


SLICES = _table(
    ("height", 1),  # m, pelvis above the floor
    ("velocity", 2),  # m/s, pelvis along the heading's left and forward
    ("yaw_rate", 1),  # rad/s, of the heading
    ("heading", 2),  # sine and cosine against the stage's front
    ("place", 2),  # m, from the stage's centre: left, front
    ("rotations", JOINTS * 6),  # pelvis against the heading, then local, 6D
    ("positions", (JOINTS - 1) * 3),  # m, from the point below the pelvis, in the heading's frame
    ("contacts", 4),  # 0..1, left ankle, left foot, right ankle, right foot
)
"""Name and place of everything in a feature row."""
WIDTH = SLICES["contacts"].stop
STAGE = slice(SLICES["heading"].start, SLICES["place"].stop)
"""The part that is zero where the stage is unknown."""


@dataclass(frozen=True, eq=False)
class Motion:
    """One body moving. Metres, wxyz, Y-up, +Z the stage's front."""

    local_quats: Float[np.ndarray, "T J 4"]
    root_positions: Float[np.ndarray, "T 3"]
    contacts: Float[np.ndarray, "T 4"]
    fps: float = FPS

    def __len__(self) -> int:
        return len(self.local_quats)

    def positions(self) -> Float[np.ndarray, "T J 3"]:
        """World positions of the joints."""
        return forward_kinematics(BODY, self.local_quats, self.root_positions).positions


def heading_of(
    positions: Float[np.ndarray, "T J 3"], fps: float, smoothing: float = 0.25
) -> Float[np.ndarray, " T"]:
    """:func:`body_yaw`, smoothed.

    Args:
        smoothing: standard deviation in seconds; hip twists stay in the pelvis, not in the heading.
    """
    return gaussian_filter1d(body_yaw(positions), smoothing * fps, mode="nearest")


def body_yaw(positions: Float[np.ndarray, "T J 3"]) -> Float[np.ndarray, " T"]:
    """Unwrapped facing direction in radians, 0 along +Z: square to hips and shoulders."""
    index = BODY.index
    across = (
        positions[:, index["left_hip"]]
        - positions[:, index["right_hip"]]
        + positions[:, index["left_shoulder"]]
        - positions[:, index["right_shoulder"]]
    )
    # The body's left is +X when it faces +Z: forward = left x up.
    return np.unwrap(np.arctan2(-across[:, 2], across[:, 0]))


def encode(
    motion: Motion,
    front: float | None = 0.0,
    centre: Float[np.ndarray, " 2"] | None = None,
) -> Float[np.ndarray, "T F"]:
    """Feature rows of a motion at 30 fps.

    Args:
        front: yaw (radians) of the stage's front in the motion's world; None: unknown.
        centre: x and z of the stage's centre; None: the mean place.
    """
    pose = forward_kinematics(BODY, motion.local_quats, motion.root_positions)
    heading = heading_of(pose.positions, motion.fps)
    to_heading = quat_yaw(-heading)
    rows = np.zeros((len(motion), WIDTH))
    rows[:, SLICES["height"]] = motion.root_positions[:, 1:2]
    step = _rate(motion.root_positions, motion.fps)
    rows[:, SLICES["velocity"]] = quat_rotate(to_heading, step)[:, [0, 2]]
    rows[:, SLICES["yaw_rate"]] = _rate(heading[:, None], motion.fps)
    if front is not None:
        rows[:, STAGE] = stage_rows(heading, motion.root_positions, front, centre)
    quats = motion.local_quats.copy()
    quats[:, 0] = quat_multiply(to_heading, quats[:, 0])
    rows[:, SLICES["rotations"]] = rot6d_from_quat(quats).reshape(len(motion), -1)
    below = motion.root_positions * [1.0, 0.0, 1.0]
    around = quat_rotate(to_heading[:, None], pose.positions[:, 1:] - below[:, None])
    rows[:, SLICES["positions"]] = around.reshape(len(motion), -1)
    rows[:, SLICES["contacts"]] = motion.contacts
    return rows


def stage_rows(
    heading: Float[np.ndarray, " T"],
    root_positions: Float[np.ndarray, "T 3"],
    front: float,
    centre: Float[np.ndarray, " 2"] | None = None,
) -> Float[np.ndarray, "T 4"]:
    """The :data:`STAGE` part: heading as sine and cosine, place in metres."""
    turned = quat_rotate(quat_yaw(-front), root_positions)[:, [0, 2]]
    if centre is None:
        middle = turned.mean(axis=0)
    else:
        middle = quat_rotate(quat_yaw(-front), np.array([centre[0], 0.0, centre[1]]))[[0, 2]]
    relative = heading - front
    return np.concatenate(
        [np.sin(relative)[:, None], np.cos(relative)[:, None], turned - middle], axis=-1
    )


def decode(rows: Float[np.ndarray, "T F"], stage_pull: float = 1.0) -> Motion:
    """The motion of feature rows, facing the stage's front as its heading says.

    Heading and place are each told twice: as a rate and as a value. The rates say how the body
    moves now, the values where it is in the long run; both are blended by a first-order
    complementary filter, run forwards and backwards, so that nothing drifts and nothing lags.

    Args:
        stage_pull: time constant in seconds after which the values win over the rates.
    """
    rate = rows[:, SLICES["yaw_rate"]][:, 0] / FPS
    sine, cosine = rows[:, SLICES["heading"]].T
    told = np.unwrap(np.arctan2(sine, cosine))
    heading = _fuse(told[:, None], rate[:, None], stage_pull)[:, 0]
    step = rows[:, SLICES["velocity"]] / FPS
    world_step = quat_rotate(
        quat_yaw(heading), np.stack([step[:, 0], np.zeros(len(rows)), step[:, 1]], axis=-1)
    )[:, [0, 2]]
    place = _fuse(rows[:, SLICES["place"]], world_step, stage_pull)
    root = np.stack([place[:, 0], rows[:, SLICES["height"]][:, 0], place[:, 1]], axis=-1)
    quats = quat_from_rot6d(rows[:, SLICES["rotations"]].reshape(len(rows), JOINTS, 6))
    quats[:, 0] = quat_multiply(quat_yaw(heading), quats[:, 0])
    contacts = np.clip(rows[:, SLICES["contacts"]], 0.0, 1.0)
    return Motion(quat_unroll(quats), root, contacts)


def motion_of(
    local_quats: Float[np.ndarray, "T J 4"],
    root_positions: Float[np.ndarray, "T 3"],
    fps: float = FPS,
) -> Motion:
    """A :class:`Motion` whose contacts are found by :func:`foot_contacts`."""
    positions = forward_kinematics(BODY, local_quats, root_positions).positions
    return Motion(local_quats, root_positions, foot_contacts(positions, fps), fps)


def mirror_rows(rows: Float[np.ndarray, "*batch F"]) -> Float[np.ndarray, "*batch F"]:
    """The rows of the mirrored motion: a permutation with signs (:data:`MIRROR`)."""
    return rows[..., MIRROR.order] * MIRROR.signs


@dataclass(frozen=True, eq=False)
class Mirror:
    """``mirrored = rows[..., order] * signs``."""

    order: np.ndarray
    signs: np.ndarray


def _mirror() -> Mirror:
    order, signs = np.arange(WIDTH), np.ones(WIDTH)
    signs[SLICES["velocity"].start] = -1
    signs[SLICES["yaw_rate"]] = -1
    signs[SLICES["heading"].start] = -1
    signs[SLICES["place"].start] = -1
    # S R S with S = diag(-1, 1, 1): entries that mix x with y or z change sign.
    six = np.array([1, -1, -1, -1, 1, 1])
    start = SLICES["rotations"].start
    for joint, partner in enumerate(BODY.mirror.tolist()):
        order[start + joint * 6 : start + joint * 6 + 6] = start + partner * 6 + np.arange(6)
        signs[start + joint * 6 : start + joint * 6 + 6] = six
    start = SLICES["positions"].start - 3
    for joint, partner in enumerate(BODY.mirror.tolist()):
        if joint:
            order[start + joint * 3 : start + joint * 3 + 3] = start + partner * 3 + np.arange(3)
            signs[start + joint * 3] = -1
    order[SLICES["contacts"]] = SLICES["contacts"].start + np.array([2, 3, 0, 1])
    return Mirror(order, signs)


MIRROR = _mirror()


def joint_columns(joint: int) -> list[int]:
    """The columns of a row that speak of one joint (rotation, position)."""
    start = SLICES["rotations"].start + joint * 6
    columns = list(range(start, start + 6))
    if joint:
        start = SLICES["positions"].start + (joint - 1) * 3
        columns += range(start, start + 3)
    return columns


def _rate(values: Float[np.ndarray, "T C"], fps: float) -> Float[np.ndarray, "T C"]:
    """Change from each frame to the next, a second; the last frame repeats the one before."""
    steps = np.diff(values, axis=0) * fps
    return np.concatenate([steps, steps[-1:]])


def _fuse(
    values: Float[np.ndarray, "T C"], steps: Float[np.ndarray, "T C"], pull: float
) -> Float[np.ndarray, "T C"]:
    """The path whose steps are ``steps`` in the short run and which follows ``values`` in the long.

    The difference between told and integrated path is low-passed (Gaussian, ``pull`` seconds) and
    added back: fast movement comes from the steps alone, slow drift from the values alone.
    """
    walked = np.concatenate([np.zeros_like(steps[:1]), np.cumsum(steps[:-1], axis=0)])
    return walked + gaussian_filter1d(values - walked, pull * FPS, axis=0, mode="nearest")
