"""What takes add to a .blend file, in kilobytes for each minute of dance.

    .venv-bpy-5.0/bin/python tools/measure_takes.py CLIP.npz ...

For each clip a file is saved with our dancer, and again with the clip as a take on it and
nothing else: no action. Both compressed and not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-takes-") as folder:
        for clip in given.clips:
            print(measure(clip, Path(folder)), flush=True)


def measure(clip: Path, folder: Path) -> str:
    """One line about one clip."""
    import addon_utils

    from kpop_choreo_addon.core.clip import read_clip
    from kpop_choreo_addon.core.takes import new_take
    from kpop_choreo_addon.scene.takes import store_takes

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("kpop_choreo_addon", default_set=True)
    bpy.ops.kpop_choreo.add_dancer()
    file, take = folder / "takes.blend", new_take(read_clip(clip))
    before = {compress: saved(file, compress) for compress in (False, True)}
    store_takes(bpy.context.scene.kpop_choreo.target, [take])
    minutes = take.clip.duration / 60
    plain, packed = ((saved(file, c) - before[c]) / 1000 / minutes for c in (False, True))
    return (
        f"{clip.name}: {take.clip.duration:.1f} s; {plain:.0f} KB a minute in a plain file, "
        f"{packed:.0f} KB in a compressed one"
    )


def saved(file: Path, compress: bool) -> int:
    """Bytes of the file as it is now."""
    bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=compress, copy=True)
    return file.stat().st_size


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender as a module may crash or hang when the interpreter ends
