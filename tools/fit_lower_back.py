"""Fits how our dances bend the joints that some armatures lack: inverse.LOWER_BACK and FOLD.

    python tools/fit_lower_back.py clip.npz ...

Prints the constants, and how far spine1 and spine2 are off in each clip when it is left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.clip import Clip, read_clip

STEEP = 4
"""Errors count by this power: a guess should be far off nowhere."""
ROUNDS = 30


def main() -> None:
    """Prints constants and errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    paths = parser.parse_args().clips
    backs = [_back(read_clip(path)) for path in paths]
    shares = _fitted(backs)
    print("LOWER_BACK", np.round([[s[0] for s in shares], [s[1] for s in shares]], 3).tolist())
    print("FOLD", round(float(shares[0][2]), 3))
    if len(backs) < 2:
        return
    for number, (path, back) in enumerate(zip(paths, backs, strict=True)):
        off = np.linalg.norm(_guess(back, _fitted(backs[:number] + backs[number + 1 :])), axis=-1)
        print(f"{np.rad2deg(np.median(off)):.2f} / {np.rad2deg(off.max()):.2f}  {path.name}")


def _back(clip: Clip) -> np.ndarray:
    """Rotation vectors ``[T, 3, 3]``: spine1, spine1 and spine2 together, spine3."""
    one, two, three = (
        clip.local_quats[0, :, clip.joint_names.index(f"spine{n}")] for n in (1, 2, 3)
    )
    return np.stack([quat.to_vectors(q) for q in (one, quat.multiply(one, two), three)], axis=1)


def _seen(back: np.ndarray, axis: int) -> np.ndarray:
    """``[T, 2 or 3]`` what spine1's turn about ``axis`` is guessed from."""
    both, last = back[:, 1, axis], back[:, 2, axis]
    columns = [both, last] + ([both * np.maximum(both, 0.0)] if axis == 0 else [])
    return np.stack(columns, axis=-1)


def _guess(back: np.ndarray, shares: list[np.ndarray]) -> np.ndarray:
    """``[T, 3]`` by how much the guess misses spine1's rotation vector."""
    return np.stack([_seen(back, a) @ shares[a] for a in range(3)], axis=-1) - back[:, 0]


def _fitted(backs: list[np.ndarray]) -> list[np.ndarray]:
    """Shares by axis: least powers of the error, by least squares with weights."""
    every = np.concatenate(backs)
    shares = [np.zeros(3 if axis == 0 else 2) for axis in range(3)]
    weights = np.ones(len(every))
    for number in range(ROUNDS):
        step = 1.0 if number == 0 else 0.4
        for axis in range(3):
            x = _seen(every, axis) * weights[:, None]
            new = np.linalg.lstsq(x, every[:, 0, axis] * weights, rcond=None)[0]
            shares[axis] = shares[axis] + step * (new - shares[axis])
        off = np.linalg.norm(_guess(every, shares), axis=-1)
        weights = np.maximum(off, 1e-3) ** ((STEEP - 2) / 2)
    return shares


if __name__ == "__main__":
    main()
