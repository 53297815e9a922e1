"""Exports every dance of a folder: .blend files with dances in them, and clips (.npz) on a rig.

    blender --background --python tools/export_folder.py -- FOLDER OUT [options]
    .venv-bpy-5.0/bin/python tools/export_folder.py FOLDER OUT [options]

A .blend is opened, and each armature with a dance on it is exported as NAME.fbx, or as
NAME-ARMATURE.fbx when there are several. A clip is put on the armature of ``--rig FILE.blend``, or
on our own dancer, with the song of the same name beside it, if there is one. A file that cannot be
exported is reported with the reason, and the others go on. The exit code is 0 when all went well,
1 when some failed, 2 when there was nothing to do.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("bl_ext.user_default.kpop_choreo", "kpop_choreo_addon")
"""The installed extension, or the add-on of this checkout."""
SONGS = (".wav", ".ogg", ".mp3", ".flac", ".m4a")


def main(arguments: list[str]) -> int:
    """Runs the command; returns the exit code."""
    options = parse(arguments)
    addon = enable()
    files = sorted(p for p in options.folder.iterdir() if p.suffix in (".blend", ".npz"))
    if not files:
        print(f"There is no .blend or .npz in {options.folder}.", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for path in files:
        try:
            for written in export_file(addon, path, options):
                print(f"{path.name}: {written}")
        except (addon.core.errors.ChoreoError, RuntimeError, OSError) as error:
            failed += 1
            print(f"{path.name}: FAILED. {sentence(error)}", file=sys.stderr)
    print(f"{len(files) - failed} of {len(files)} files exported to {options.out}")
    return 1 if failed else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="export_folder.py", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--preset", default="UNITY", help="UNITY, UNREAL, GODOT, BVH or VRMA")
    parser.add_argument("--root-motion", default="ROOT", choices=("ROOT", "HIPS", "IN_PLACE"))
    parser.add_argument("--rig", type=Path, help="a .blend with the armature for the clips")
    parser.add_argument("--armature", default="", help="its name, when there are several")
    parser.add_argument("--fps", type=int, default=30, help="frame rate for clips on our dancer")
    parser.add_argument("--all-bones", action="store_true", help="also face, hair and helpers")
    parser.add_argument("--no-mesh", action="store_true")
    parser.add_argument("--no-song", action="store_true")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder")
    return options


def enable() -> ModuleType:
    """Switches the add-on on and gives its package."""
    import addon_utils  # found once bpy is there

    sys.path.append(str(ROOT))
    for name in MODULES:
        quiet = {"handle_error": lambda *_: None} if name != MODULES[-1] else {}
        if (module := addon_utils.enable(name, default_set=True, **quiet)) is not None:
            for part in ("core.errors", "core.export_presets", "scene.export_dance"):
                __import__(f"{module.__name__}.{part}")
            return module
    raise SystemExit("The add-on K-Pop Choreo is not there.")


def export_file(addon: Any, path: Path, options: argparse.Namespace) -> Iterator[str]:
    """Exports the dances of one file; gives a line for each."""
    if path.suffix == ".npz":
        dancers = [bring_clip(path, options)]
    else:
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
        dancers = [obj for obj in bpy.data.objects if has_dance(addon, obj)]
        if not dancers:
            raise RuntimeError("No armature has a dance on it.")
    export = addon.scene.export_dance
    preset = addon.core.export_presets.find_preset(options.preset)
    chosen = export.ExportOptions(
        preset=preset.key,
        root_motion=options.root_motion,
        body_only=not options.all_bones,
        with_song=not options.no_song,
        with_mesh=not options.no_mesh,
    )
    for dancer in dancers:
        name = path.stem if len(dancers) == 1 else f"{path.stem}-{bpy.path.clean_name(dancer.name)}"
        target = options.out.resolve() / f"{name}{preset.suffix}"
        written = export.export_dance(bpy.context, dancer, target, chosen)
        notes = "".join(f" {note}" for note in written.notes)
        yield f"{written.dance.name}, {written.bones} bones.{notes}"


def has_dance(addon: Any, obj: bpy.types.Object) -> bool:
    """Whether ``obj`` is an armature with a dance on it."""
    if obj.type != "ARMATURE":
        return False
    try:
        addon.scene.export_dance.dance_record(obj)
    except addon.core.errors.ChoreoError:
        return False
    return True


def bring_clip(path: Path, options: argparse.Namespace) -> bpy.types.Object:
    """Puts a clip on the rig; returns the armature."""
    if options.rig is None:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps = options.fps
        bpy.ops.kpop_choreo.add_dancer()
        armature = bpy.context.scene.kpop_choreo.target
    else:
        bpy.ops.wm.open_mainfile(filepath=str(options.rig), load_ui=False)
        armature = rig_of_file(options.armature)
    song = next((s for ext in SONGS if (s := path.with_suffix(ext)).is_file()), None)
    bpy.ops.kpop_choreo.apply_clip(
        filepath=str(path.resolve()),
        song=str(song.resolve()) if song else "",
        target=armature.name_full,
    )
    return armature


def rig_of_file(name: str) -> bpy.types.Object:
    """The armature called ``name``, or the file's only one.

    Raises:
        RuntimeError: there is none, or there are several and no name.
    """
    armatures = [obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE"]
    found = [obj for obj in armatures if name in ("", obj.name)]
    if len(found) != 1:
        there = ", ".join(obj.name for obj in armatures) or "no armature"
        raise RuntimeError(f"Choose one armature with --armature; the rig file has {there}.")
    return found[0]


def sentence(error: Exception) -> str:
    """What went wrong, with its remedy."""
    remedy = getattr(error, "remedy", "")
    text = str(getattr(error, "message", "") or error).strip().removeprefix("Error: ")
    return f"{text} {remedy}".strip()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    code = main(given)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Blender as a module may hang when the interpreter ends
