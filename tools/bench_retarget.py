"""Measures retargeting on every rig system of the tests and prints one table.

    python tools/bench_retarget.py [clip.npz ...] [--markdown]

All figures are measured on the bones as Blender composes them from the channels that are written
(tests/core/rigs.py), never on the channels or on the pose that was asked for. Degrees unless said
otherwise. What a column means is in docs/retargeting.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

from kpop_choreo_addon.core import quaternions as quat  # noqa: E402
from kpop_choreo_addon.core.clip import Clip, read_clip  # noqa: E402
from kpop_choreo_addon.core.humanoid import match_rig  # noqa: E402
from kpop_choreo_addon.core.retarget import retarget  # noqa: E402
from tests.core.measures import Measured, measure  # noqa: E402
from tests.core.rig_systems import POSES, SYSTEMS, make_system  # noqa: E402
from tests.core.synthetic import write_clip  # noqa: E402

HEADS = (
    "rig", "bones", "rest", "limbs", "hinges", "palms", "toes", "chest", "head",
    "wrist %", "T to A", "back deg", "back mm", "kept deg", "kept mm",
)  # fmt: skip


def main() -> None:
    """Prints the table and the time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path, help="default: the tests' synthetic clip")
    parser.add_argument("--markdown", action="store_true", help="as in docs/retargeting.md")
    options = parser.parse_args()
    clips = [read_clip(path) for path in options.clips] or [_synthetic()]
    rows = [list(HEADS)]
    rests = [(name, SYSTEMS[name].pose) for name in SYSTEMS] + [("unreal-5", p) for p in POSES]
    rows += [_row(name, pose, clips) for name, pose in dict.fromkeys(rests)]
    print(_table(rows, options.markdown))
    best = min(seconds(clips[0]) for _ in range(3))
    print(f"\n{best:.2f} s for 3 minutes at 30 fps on {_seventy()} bones, one core")


def _row(name: str, pose: str, clips: list[Clip]) -> list[str]:
    rig = make_system(name, pose=pose)
    match = match_rig(rig)
    parts = [measure(name, pose, clip, rig, match) for clip in clips]
    joined = {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}
    figures = [_figure(joined, key) for key in Measured if key in joined]
    return [name, str(len(rig.bones)), pose, *figures]


def _figure(found: dict[str, np.ndarray], key: str) -> str:
    values = found[key]
    return f"{np.median(values):.2f} / {values.max():.2f}" if values.size else "-"


def seconds(clip: Clip) -> float:
    """Seconds to read a three-minute clip and make its channels on a rig of 70 bones."""
    frames = np.arange(5400) % clip.frames
    with tempfile.TemporaryDirectory() as folder:
        path = write_clip(
            Path(folder) / "long.npz",
            local_quats=clip.local_quats[:, frames].astype(np.float32),
            root_positions=clip.root_positions[:, frames].astype(np.float32),
            foot_contacts=clip.foot_contacts[:, frames].astype(np.float32),
        )
        rig = make_system("mixamo")
        match = match_rig(rig)
        start = time.perf_counter()
        motion = retarget(read_clip(path), rig, match)
        assert np.isfinite(quat.normalize(motion.quats)).all()
        return time.perf_counter() - start


def _seventy() -> int:
    return len(make_system("mixamo").bones)


def _synthetic() -> Clip:
    with tempfile.TemporaryDirectory() as folder:
        return read_clip(write_clip(Path(folder) / "clip.npz"))


def _table(rows: list[list[str]], markdown: bool) -> str:
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    lines = ["  ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)) for row in rows]
    if markdown:
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
