"""Checks the shapes in the engine's signatures while its tests run."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

from jaxtyping import install_import_hook

install_import_hook("engine", "beartype.beartype")
