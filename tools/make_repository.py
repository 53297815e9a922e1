"""A repository of extensions from the zips in dist/: ``make repository``, then host the folder.

    python tools/make_repository.py [--zips dist] [--out dist/repository]

Blender's own tool writes its index, and a page on which people can drag a zip into Blender. Every
file of the folder is static. A newer version takes the place of the one that is there, and Blender
offers each user the zip for their system and Blender, as an update where an older one is installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from build_extension import ROOT, find_tool
from zip_targets import RELEASES, SYSTEMS


def publish(zips: list[Path], out: Path, tool: Path) -> list[dict[str, Any]]:
    """Puts ``zips`` into ``out`` beside those that are there; returns the index's entries.

    Only one version can be in an index for the same system and Blender, so an older zip makes
    room for the newer one.
    """
    out.mkdir(parents=True, exist_ok=True)
    for path in zips:
        for old in out.glob(f"kpop_choreo-*-{_target(path)}.zip"):
            old.unlink()
        shutil.copy2(path, out)
    command = [sys.executable, str(tool), "server-generate", "--repo-dir", str(out), "--html"]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    listed = {Path(entry["archive_url"]).name for entry in index["data"]}
    missing = sorted({path.name for path in out.glob("*.zip")} - listed)
    if missing or "duplicate" in told.stdout + told.stderr:
        sys.exit(f"The index lacks {', '.join(missing) or 'nothing'}: {told.stdout}{told.stderr}")
    return list(index["data"])


def _target(path: Path) -> str:
    """System and Blender of a zip, by its name."""
    targets = (f"{system}-{release.name}" for system in SYSTEMS for release in RELEASES.values())
    return next(target for target in targets if path.stem.endswith(target))


def main() -> None:
    """Publishes every release zip of this version."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--zips", type=Path, default=ROOT / "dist")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "repository")
    parser.add_argument("--blender-ext", type=Path, help="Blender's blender_ext.py")
    given = parser.parse_args()
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    zips = sorted(given.zips.glob(f"kpop_choreo-{manifest['version']}-*-blender-*.zip"))
    if not zips:
        sys.exit(f"No zips of {manifest['version']} are in {given.zips}: run 'make zip' first.")
    for entry in publish(zips, given.out, given.blender_ext or find_tool()):
        end = entry.get("blender_version_max")
        blenders = f"Blender {entry['blender_version_min']}" + (f", below {end}" if end else " on")
        print(f"{entry['version']} for {entry['platforms'][0]}, {blenders}")
    print(f"{given.out / 'index.json'}: host the folder, and give users the address of this file.")


if __name__ == "__main__":
    main()
