"""Run by test_repository.py in a Blender of its own: install or update from a repository's address.

Prints one line of JSON with what is installed then, and what the repository offers.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path

import bpy


def main(address: str) -> None:
    """Syncs; installs where it is not installed, else updates all that is."""
    bpy.context.preferences.system.use_online_access = True  # Blender asks for it, also for files
    repositories = bpy.context.preferences.extensions.repos
    repositories.new(name="studio", module="studio", remote_url=address)
    index = list(repositories.keys()).index("studio")
    folder = Path(repositories[index].directory)
    synced = bpy.ops.extensions.repo_sync(repo_index=index)
    manifest = folder / "kpop_choreo" / "blender_manifest.toml"
    if manifest.is_file():
        done = bpy.ops.extensions.package_upgrade_all()
    else:
        done = bpy.ops.extensions.package_install(
            repo_index=index, pkg_id="kpop_choreo", enable_on_install=True
        )
    installed = tomllib.loads(manifest.read_text(encoding="utf-8"))
    found = {key: installed.get(key) for key in ("version", "platforms", "blender_version_max")}
    found["done"] = [sorted(synced), sorted(done)]
    print("FOUND " + json.dumps(found), flush=True)


main(sys.argv[1])
os._exit(0)
