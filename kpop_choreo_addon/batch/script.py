"""Batches with any Blender, for instance from a checkout:

    blender --background --python kpop_choreo_addon/batch/script.py -- SONG ... [options]
    .venv-bpy-5.0/bin/python kpop_choreo_addon/batch/script.py SONG ... [options]

Where the extension is installed, ``blender --command kpop_choreo`` is the same.
"""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import sys
from pathlib import Path

import bpy

import addon_utils  # isort: skip - found once bpy is there

HERE = Path(__file__).resolve().parents[1]
"""The add-on's folder."""


def main(arguments: list[str]) -> None:
    """Runs the command, or a worker of it; does not return."""
    package = enable()
    if arguments[:1] == ["--worker"]:
        importlib.import_module(f"{package}.batch.worker").serve(arguments[1])
    code = importlib.import_module(f"{package}.batch.command").run(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    if bpy.app.binary_path:
        sys.exit(code)
    # As a module Blender may hang when the interpreter ends, and leaves its temporary folder.
    shutil.rmtree(bpy.app.tempdir, ignore_errors=True)
    os._exit(code)


def enable() -> str:
    """Switches the add-on on that this file is a part of; gives its package."""
    repositories = getattr(bpy.context.preferences.extensions, "repos", ())
    package = HERE.name
    for repository in repositories:
        if Path(repository.directory).resolve() == HERE.parent:
            package = f"bl_ext.{repository.module}.{HERE.name}"
    if package == HERE.name:
        sys.path.append(str(HERE.parent))
        # A checkout has no bundled engine; the command finds another, or says that there is none.
        logging.getLogger(f"{package}.registration").setLevel(logging.ERROR)
    if addon_utils.enable(package, default_set=True) is None:
        sys.exit("The add-on K-Pop Choreo cannot be switched on.")
    return package


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:])
