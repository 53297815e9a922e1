"""BVH: a hierarchy of offsets, and Euler angles of each frame.

A joint without rotation keeps its rest direction in the world, whatever its bone's roll; so the
rotations written are D_p^-1 D_b with D_b = G_b R_b^-1 (:mod:`.game_motion`). The hips are the
root and carry the way; what does not hang from them is left out.
"""

from __future__ import annotations

import numpy as np

from . import quaternions as quat
from .game_motion import GameMotion
from .rotation_modes import euler_from_quats

ORDER = "ZXY"
"""The turn about Z comes first in a line and is applied last."""
INDENT = "\t"


def write_bvh(motion: GameMotion) -> str:
    """The text of a file; ``motion`` is in the file's axes and units."""
    order = _below(motion, motion.hips)
    lines = ["HIERARCHY", *_hierarchy(motion, order), "MOTION", f"Frames: {motion.frames}"]
    lines.append(f"Frame Time: {1.0 / motion.fps:.8f}")
    table = _table(motion, order)
    lines += [" ".join(f"{value:.6f}" for value in row) for row in table.tolist()]
    return "\n".join(lines) + "\n"


def _below(motion: GameMotion, bone: int) -> list[int]:
    """``bone`` and what hangs from it, each followed by its own."""
    children = np.flatnonzero(motion.parents == bone).tolist()
    return [bone, *(b for child in children for b in _below(motion, child))]


def _hierarchy(motion: GameMotion, order: list[int]) -> list[str]:
    lines: list[str] = []
    depth = {order[0]: 0}
    for place, bone in enumerate(order):
        parent = int(motion.parents[bone])
        level = depth.setdefault(bone, depth.get(parent, -1) + 1)
        top = bone == order[0]
        start = motion.rest_places[bone] - (0.0 if top else motion.rest_places[parent])
        turns = " ".join(f"{axis}rotation" for axis in ORDER)
        places = "Xposition Yposition Zposition "
        inner = INDENT * (level + 1)
        lines += [
            f"{INDENT * level}{'ROOT' if top else 'JOINT'} {motion.bones[bone].replace(' ', '_')}",
            f"{INDENT * level}{{",
            f"{inner}OFFSET {_numbers(start)}",
            f"{inner}CHANNELS {6 if top else 3} {places if top else ''}{turns}",
        ]
        following = order[place + 1] if place + 1 < len(order) else -1
        if following < 0 or motion.parents[following] != bone:
            axis = quat.rotate(motion.rest_rotations[bone], np.array([0.0, 1.0, 0.0]))
            end = motion.lengths[bone] * axis
            lines += [f"{inner}End Site", f"{inner}{{", f"{inner}{INDENT}OFFSET {_numbers(end)}"]
            lines.append(f"{inner}}}")
            above = depth.get(int(motion.parents[following]), -1) if following >= 0 else -1
            lines += [f"{INDENT * n}}}" for n in range(level, above, -1)]
    return lines


def _table(motion: GameMotion, order: list[int]) -> np.ndarray:
    """Channels ``[T, 3 + 3 * B]``."""
    turns = quat.multiply(motion.rotations, quat.conjugate(motion.rest_rotations))
    columns = [motion.places[:, order[0]]]
    for bone in order:
        own = turns[:, bone]
        if bone != order[0]:
            own = quat.multiply(quat.conjugate(turns[:, motion.parents[bone]]), own)
        angles = np.degrees(euler_from_quats(own, ORDER[::-1]))
        columns.append(angles[:, ["XYZ".index(axis) for axis in ORDER]])
    return np.concatenate(columns, axis=-1)


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in values)
