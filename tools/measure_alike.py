"""How alike dances are: 'More Like This' against other seeds, by the real engine.

    .venv/bin/python tools/measure_alike.py [--song SONG] [--seconds 20] [--creativity 0.4 ...]

For three requests: a dance, four of its plan with other seeds at each creativity (what 'More Like
This' makes is the request's own), and four of other seeds with plans of their own. A line tells
how far a joint is from where it is in the first dance, at the same moment and on average, in
centimetres: in the world, and around the pelvis with its heading taken out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.clip import write_clip  # noqa: E402
from engine.model.backends import load_motion_model  # noqa: E402
from engine.model.text import TextEncoder  # noqa: E402
from engine.pipeline import Engine, make_clips  # noqa: E402
from engine.request import make_request  # noqa: E402
from kpop_choreo_addon.core import quaternions as quat  # noqa: E402
from kpop_choreo_addon.core.clip import Clip, read_clip  # noqa: E402
from kpop_choreo_addon.core.clip_body import clip_body  # noqa: E402

UP = np.array([0.0, 1.0, 0.0])
TAKES = 4
REQUESTS: tuple[dict[str, Any], ...] = (
    {"style": "girl-crush", "prompt": "sharp arms", "seed": 3},
    {"style": "cute", "prompt": "", "seed": 40},
    {"style": "hip-hop", "prompt": "low stance, big turns", "seed": 7, "energy": 0.9},
)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--song", type=Path, default=ROOT / "assets" / "demo_song.ogg")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--creativity", type=float, nargs="+", default=[0.4])
    given = parser.parse_args()
    engine = Engine(load_motion_model(device="cpu"), TextEncoder.default())
    for request in REQUESTS:
        asked = {"end": given.seconds, **request}
        (source,) = dances(given.song, asked, engine)
        others = {"seed": request["seed"] + 1, "n_takes": TAKES}
        print(f"{request}", flush=True)
        for creativity in given.creativity:
            alike = {"plan": source.meta["plan"], "creativity": creativity}
            tell(
                f"its plan, creativity {creativity}",
                source,
                dances(given.song, asked | others | alike, engine),
            )
        tell("other plans", source, dances(given.song, asked | others, engine))


def dances(song: Path, asked: dict[str, Any], engine: Engine) -> list[Clip]:
    """The takes of a request, as the add-on reads them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.npz"
        found = []
        for clip in make_clips(song, make_request(asked), engine):
            write_clip(clip, file)
            found.append(read_clip(file))
        return found


def tell(title: str, source: Clip, others: list[Clip]) -> None:
    """One line of figures."""
    first = places(source)
    far = 100.0 * np.array(
        [[mean_distance(a, b) for a, b in zip(places(o), first, strict=True)] for o in others]
    )
    beat = np.mean([other.meta["figures"]["beat_error_ms"] for other in others])
    slide = np.mean([other.meta["figures"]["foot_slide"] for other in others])
    print(
        f"  {title:26s} world {far[:, 0].mean():5.1f} (least {far[:, 0].min():.1f}), "
        f"around the pelvis {far[:, 1].mean():5.1f} (least {far[:, 1].min():.1f}), "
        f"beat error {beat:.0f} ms, foot slide {slide:.3f}",
        flush=True,
    )


def mean_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between points ``[T, J, 3]``."""
    return float(np.linalg.norm(a - b, axis=-1).mean())


def places(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """Joints ``[T, J, 3]`` in the world, and around the pelvis without its heading."""
    body = clip_body(clip, 0)
    world = np.stack(list(body.places.values()), axis=1)
    turned = quat.about(UP, -quat.twist_angle(body.turns["pelvis"], UP))
    return world, quat.rotate(turned[:, None], world - world[:, :1])


if __name__ == "__main__":
    main()
