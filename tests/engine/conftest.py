"""Checks the shapes in the engine's signatures while its tests run."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

from jaxtyping import install_import_hook

install_import_hook("engine", "beartype.beartype")

from engine.motion import rotations  # noqa: E402

# Called most by far, with arrays of any kind: there is nothing to check.
for function in (rotations.cross, rotations.quat_multiply, rotations.quat_rotate):
    function.__no_type_check__ = True
