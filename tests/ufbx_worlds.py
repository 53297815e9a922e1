"""World matrices of an FBX file as ufbx reads them, as JSON on stdout; a process of its own.

    python tests/ufbx_worlds.py FILE SECOND [SECOND ...]

The binding may crash the interpreter when an evaluated scene is collected, so all are kept.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import ufbx


def columns(matrix: Any) -> list[list[float]]:
    """A 3 x 4 matrix by rows."""
    rows = [(c.x, c.y, c.z) for c in (matrix.c0, matrix.c1, matrix.c2, matrix.c3)]
    return [list(row) for row in zip(*rows, strict=True)]


def main() -> None:
    """Reads the arguments, prints."""
    scene = ufbx.load_file(sys.argv[1])
    kept: list[Any] = [scene]
    nodes = [scene.nodes[i] for i in range(len(scene.nodes))]
    names = [node.name for node in nodes]
    stacks = [scene.anim_stacks[i] for i in range(len(scene.anim_stacks))]
    animation = stacks[0].anim
    kept += [nodes, stacks, animation]
    frames = []
    for second in map(float, sys.argv[2:]):
        posed = ufbx.evaluate_scene(scene, animation, second)
        kept.append(posed)
        frames.append([columns(posed.nodes[i].node_to_world) for i in range(len(names))])
    curves = [scene.anim_curves[i].keyframes for i in range(len(scene.anim_curves))]
    kept.append(curves)
    print(
        json.dumps(
            {
                "names": names,
                "depths": [node.node_depth for node in nodes],
                "rest": [columns(node.node_to_world) for node in nodes],
                "frames": frames,
                "takes": [stack.name for stack in stacks],
                "span": [stacks[0].time_begin, stacks[0].time_end],
                "first_keys": [keys[0].time for keys in curves],
                "last_keys": [keys[len(keys) - 1].time for keys in curves],
                "unit": scene.settings.unit_meters,
                "up": str(scene.settings.axes.up),
                "front": str(scene.settings.axes.front),
                "skins": len(scene.skin_deformers),
            }
        ),
        flush=True,
    )
    import os

    os._exit(0)


if __name__ == "__main__":
    main()
