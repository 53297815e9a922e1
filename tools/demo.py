"""The main job from end to end, in Blender as a module: song and sentence to .blend, .fbx, .mp4.

    .venv-bpy-5.0/bin/python tools/demo.py --engine-python .venv/bin/python --song PATH
        --prompt TEXT [--style NAME] [--seed N] [--seconds 20] [--out out]

``make demo`` calls it, with a song and a sentence of its own where none are given.

Everything goes through the add-on as a user's script would use it: the engine is a process of its
own, the dance arrives as an action, and the same scene is rendered and exported.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


log = logging.getLogger(__name__)


def main() -> None:
    """Command line; see the module's docstring."""
    given = _arguments()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    # A checkout has no bundled engine, and the demo chooses another.
    logging.getLogger("kpop_choreo_addon.registration").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="kpop-choreo-demo-") as folder:
        os.environ["BLENDER_USER_RESOURCES"] = folder
        failed = False
        try:
            said = run(given, Path(folder))
        except RuntimeError as error:  # how an operator tells its sentence and remedy
            failed, said = True, str(error).removeprefix("Error: ").strip()
    _say(said)
    _leave(1 if failed else 0)


def run(given: argparse.Namespace, folder: Path) -> str:
    """Makes everything; returns the report."""
    import bpy  # first: it brings addon_utils

    import addon_utils  # isort: skip
    from kpop_choreo_addon.batch.sheet import write_sheet
    from kpop_choreo_addon.batch.stage import Stage

    given.out.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("kpop_choreo_addon", default_set=True)
    preferences = bpy.context.preferences.addons["kpop_choreo_addon"].preferences
    bpy.context.preferences.filepaths.save_version = 0  # no .blend1 beside the result
    preferences.engine, preferences.python_path = "PYTHON", str(given.engine_python.absolute())
    scene = bpy.context.scene
    scene.render.fps = 30
    scene.kpop_choreo.set_frame_end = True
    seconds: dict[str, float] = {}

    began = time.perf_counter()
    bpy.ops.kpop_choreo.add_dancer()
    bpy.ops.kpop_choreo.generate(
        song=str(given.song.resolve()), prompt=given.prompt, style=given.style, seed=given.seed
    )
    seconds["song to action, in all"] = time.perf_counter() - began
    clip = _newest_clip()

    outputs = {kind: given.out / f"demo.{kind}" for kind in ("fbx", "blend", "mp4")}
    began = time.perf_counter()
    bpy.ops.kpop_choreo.export_fbx(filepath=str(outputs["fbx"].resolve()))
    seconds["export FBX"] = time.perf_counter() - began

    began = time.perf_counter()
    stage = Stage(scene, scene.kpop_choreo.target, clip, log.info)
    write_sheet(stage, folder, (given.out / "contact_sheet.png").resolve())
    seconds["contact sheet"] = time.perf_counter() - began
    began = time.perf_counter()
    stage.movie(outputs["mp4"].resolve(), given.seconds)
    seconds["movie"] = time.perf_counter() - began
    scene.frame_set(scene.frame_start)
    bpy.ops.wm.save_as_mainfile(filepath=str(outputs["blend"].resolve()), check_existing=False)
    bpy.ops.kpop_choreo.stop_engine()
    return _report(clip, given.out, seconds)


def _newest_clip() -> Any:
    from kpop_choreo_addon.core.clip import read_clip
    from kpop_choreo_addon.ids import takes_folder

    return read_clip(max(takes_folder().glob("*.npz"), key=lambda path: path.stat().st_mtime))


def _report(clip: Any, out: Path, seconds: dict[str, float]) -> str:
    meta = clip.meta
    figures, before = meta["figures"], meta["figures"]["before_sync"]
    lines = ["", "K-Pop Choreo demo", "  files"]
    for path in [*sorted(out.glob("demo*")), out / "contact_sheet.png"]:
        lines.append(f"    {path} ({path.stat().st_size / 1e6:.1f} MB)")
    lines += [
        "  figures",
        f"    tempo           {meta['analysis']['tempo']:.2f} BPM",
        f"    beats           {len(clip.beats)}",
        f"    dance           {clip.local_quats.shape[1] / clip.fps:.1f} s",
        f"    beat error      {figures['beat_error_ms']:.0f} ms "
        f"(chance {figures['beat_error_chance_ms']:.0f} ms; "
        f"before the lock {before['beat_error_ms']:.0f} ms)",
        f"    beats hit       {figures['beat_hits']:.0%} "
        f"(chance {figures['beat_hits_chance']:.0%})",
        f"    foot slide      {figures['foot_slide']:.1%} of contact frames "
        f"(before cleanup {before['foot_slide']:.1%})",
        "  seconds",
    ]
    stages = {f"engine: {stage}": took for stage, took in meta["timings"].items()}
    lines += [f"    {name:24} {took:7.1f}" for name, took in (stages | seconds).items()]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-python", type=Path, required=True)
    parser.add_argument("--song", type=Path, required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--style", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the movie")
    parser.add_argument("--out", type=Path, default=ROOT / "out")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _leave(code: int) -> None:
    """Blender as a module may crash or hang when the interpreter ends after classes were made."""
    import bpy

    addon = sys.modules.get("kpop_choreo_addon")
    if addon is not None and hasattr(bpy.types.Scene, "kpop_choreo"):
        addon.unregister()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
