"""Measures dances on rigs with controls, on the bones that follow them, and prints a table.

    .venv-bpy-5.0/bin/python tools/bench_controls.py CLIP.npz [...] [--step 3]

Rigs: what Rigify generates from its basic human, and the tests' rig with Auto-Rig Pro's published
names and constraints. Degrees between limbs of the evaluated rig and of the clip's dancer, and
between front and up of trunk and head, before contact work; how far a whole limb is longer or
shorter than at rest, percent; how far hands and feet move when the limbs are switched between FK
and IK; and clip to rig to clip. Median / most.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="kpop-choreo-"))
PARTS = ("upper arms", "forearms", "thighs", "shins")


def main() -> None:
    """Prints the table."""
    import addon_utils

    from tests.blender import arp_rig, control_rigs, rigify_rig

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--step", type=int, default=3, help="measure every so many frames")
    options = parser.parse_args()
    arp = (*arp_rig.ARMS, *arp_rig.LEGS)
    rigs: dict[str, Any] = {
        "Rigify": (rigify_rig, rigify_rig.BONES, rigify_rig.SWITCHES, "IK_FK"),
        "Auto-Rig Pro": (arp_rig, arp_rig.DEFORM, arp, arp_rig.SWITCH),
    }
    for name, (kind, bones, switches, switch) in rigs.items():
        rows: dict[str, list[np.ndarray]] = {}
        for path in options.clips:
            bpy.ops.wm.read_factory_settings(use_empty=True)
            addon_utils.enable("kpop_choreo_addon", default_set=True)
            bpy.context.scene.render.fps = 30
            rig, trunk = kind.generate(), kind.TRUNK
            clip = control_rigs.apply(rig, path)
            control_rigs.SAMPLES = np.arange(0, clip.frames, options.step)
            before = None
            for mode in ("arms FK, legs IK", "arms IK, legs FK"):
                posed = control_rigs.posed(rig, dict.fromkeys([*bones.values(), *trunk]))
                limbs = control_rigs.limb_errors(posed, clip, bones)
                for number, part in enumerate(PARTS):
                    rows.setdefault(f"{mode}: {part}", []).append(limbs[[number, number + 4]])
                facing = control_rigs.facing_errors(posed, clip, rig, trunk)
                rows.setdefault(f"{mode}: front and up", []).append(facing)
                length = 100.0 * control_rigs.stretch(posed, rig, bones)
                rows.setdefault(f"{mode}: length %", []).append(np.array([length]))
                if before is not None:
                    ends = [b for j, b in bones.items() if j.endswith(("wrist", "ankle"))]
                    rows.setdefault("switched: mm", []).append(_moved(before, posed, ends))
                before = posed
                control_rigs.switch(rig, switches, switch)
            for key, values in control_rigs.back(rig, clip).items():
                rows.setdefault(key, []).append(values)
        print(f"\n{name}")
        for key, found in rows.items():
            values = np.concatenate([part.ravel() for part in found])
            print(f"  {key:32} {np.median(values):.3f} / {values.max():.3f}", flush=True)
    os._exit(0)  # Blender as a module may hang when it ends


def _moved(
    before: dict[str, np.ndarray], after: dict[str, np.ndarray], bones: list[str]
) -> np.ndarray:
    """Millimetres ``[K, T]`` between heads of bones, in metres' armature units."""
    return np.stack(
        [1000.0 * np.linalg.norm(after[b][:, :3, 3] - before[b][:, :3, 3], axis=-1) for b in bones]
    )


if __name__ == "__main__":
    main()
