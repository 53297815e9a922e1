"""Measures an installed model: each figure beside its control and what is asked of it.

    python -m engine.training.evaluate PACK.npz [--model NAME] [--split validation|test]
        [--takes FOLDER] [--songs FOLDER] [--judge FOLDER] [--real-only NAME]
        [--parts beat,sliders,...] [--json OUT.json] [--markdown] [--quick]

Motion is resampled to 30 fps before any derivative. Real figures are those of the pack's validation
takes; with ``--split test`` those of the test takes in the folder of ``--takes``, which nothing
else reads. ``--judge`` is the folder that ``python -m engine.training.evaluation.played`` wrote;
without it, whether prompts are danced is not measured. ``--songs`` holds SONG/audio.ogg and
SONG/beats.txt.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

from engine import __version__
from engine.errors import ChoreoError
from engine.model.names import DEFAULT_MODEL
from engine.training.dataset import open_pack
from engine.training.evaluation.parts import PARTS, QUICK, Bench, Extent, make_studio
from engine.training.evaluation.table import Row, markdown, plain


def main(arguments: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    given = _parser().parse_args(arguments)
    try:
        names = _parts(given.parts)
        studio = make_studio(given.model)
        bench = Bench(
            studio,
            open_pack(given.pack),
            split=given.split,
            takes=given.takes,
            songs=given.songs,
            judge=given.judge,
            real_only=given.real_only,
            extent=QUICK if given.quick else Extent(),
        )
        rows: list[Row] = []
        seconds: dict[str, float] = {}
        for name in names:
            began = time.perf_counter()
            rows += PARTS[name](bench)
            seconds[name] = round(time.perf_counter() - began, 1)
            print(f"{name}: {seconds[name]:.0f} s", file=sys.stderr)
    except ChoreoError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr)
        return 1
    print(markdown(rows) if given.markdown else plain(rows))
    if given.json:
        facts = {
            "model": {"id": studio.model.id, "digest": studio.model.digest},
            "engine_version": __version__,
            "split": given.split,
            "quick": given.quick,
            "machine": {"processor": platform.machine(), "system": platform.system()},
            "seconds": seconds,
            "rows": [row.to_dict() for row in rows],
        }
        given.json.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _parts(asked: str | None) -> list[str]:
    names = [name.strip() for name in asked.split(",")] if asked else list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise ChoreoError(
            "part_unknown",
            f"There is no part called '{unknown[0][:40]}'.",
            f"Choose some of: {', '.join(PARTS)}.",
        )
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine.training.evaluate", description="Figures of a motion model."
    )
    parser.add_argument("pack", type=Path)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--split", choices=["validation", "test"], default="validation")
    parser.add_argument("--takes", type=Path, help="folder of takes, for the test split")
    parser.add_argument("--songs", type=Path, help="folder of songs with beats.txt")
    parser.add_argument("--judge", type=Path, help="folder of the judge of moves")
    parser.add_argument("--real-only", metavar="NAME", help="a model to stand beside")
    parser.add_argument("--parts", metavar="NAME,NAME", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="OUT.json")
    parser.add_argument("--markdown", action="store_true", help="print the table for a model card")
    parser.add_argument("--quick", action="store_true", help="fewer dances, rougher figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
