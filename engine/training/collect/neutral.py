"""Skeletons that Blender read for us: the files that ``tools/read_fbx.py`` writes.

The engine never imports Blender, so FBX is turned into arrays by that script, run with Blender's
Python as a process of its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.errors import ChoreoError
from engine.motion.rotations import normalize
from engine.motion.skeleton import Skeleton
from engine.training.collect.digest import digest_of
from engine.training.collect.recording import Recording

SCRIPT = Path(__file__).parents[3] / "tools" / "read_fbx.py"


def read_neutral(path: Path) -> Recording:
    """Reads what the script wrote.

    Raises:
        ChoreoError: ``mocap_unreadable`` if the file is not one of the script's.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            names = tuple(str(name) for name in stored["names"])
            return Recording(
                Skeleton(names, stored["parents"], stored["offsets"].astype(float)),
                normalize(stored["local_quats"].astype(float)),
                stored["root_positions"].astype(float),
                float(stored["fps"]),
            )
    except (OSError, ValueError, KeyError) as error:
        raise ChoreoError(
            "mocap_unreadable",
            f"{path.name} is no skeleton that tools/read_fbx.py wrote.",
            "Remove the file, so that it is written again.",
        ) from error


def convert_fbx(files: Sequence[Path], cache: Path, blender_python: Path) -> Path:
    """Converts FBX files, unless the same files were converted before by the same script.

    Returns:
        The folder below ``cache`` with one ``NAME.npz`` a file.

    Raises:
        ChoreoError: ``fbx_unreadable`` if Blender's Python is not there or fails.
    """
    out = cache / digest_of([*files, SCRIPT])[:16]
    due = [path for path in files if not (out / f"{path.stem}.npz").exists()]
    if not due:
        return out
    command = [str(blender_python), str(SCRIPT), str(out), *map(str, due)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        failed, why = done.returncode != 0, done.stderr.strip().splitlines()[-1:]
    except (OSError, subprocess.TimeoutExpired) as error:
        failed, why = True, [str(error)]
    if failed:
        raise ChoreoError(
            "fbx_unreadable",
            f"Blender's Python did not read the FBX files: {' '.join(why) or 'it said nothing'}",
            "Name the Python of an environment with bpy 4.5 or later.",
        )
    return out
