"""``python -m engine.training.collect DATA_DIR OUT_DIR``: motion capture to takes on our body."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from engine.errors import ChoreoError
from engine.training.collect.make import make_takes
from engine.training.collect.quality import Figures, distance_between, judge
from engine.training.collect.report import table_of, totals_of
from engine.training.collect.sources import Dancer, dancers_of
from engine.training.collect.take import read_take, take_file, write_take


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.training.collect", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with cmu_amc, cmu_bvh, g1_moves, ...")
    parser.add_argument("out", type=Path, help="folder for one .npz a take and report.json")
    parser.add_argument("--only", default="*", help="takes to make, like '60_*'")
    options = parser.parse_args(arguments)
    try:
        figures = collect(options.data, options.out, options.only)
    except ChoreoError as error:
        print(error, file=sys.stderr)
        return 1
    print(table_of(figures))
    return 0


def collect(data: Path, out: Path, only: str = "*") -> list[Figures]:
    """Makes every take whose name fits ``only`` and writes it, with ``report.json``, into ``out``.

    Raises:
        ChoreoError: ``mocap_missing`` if no take fits.
    """
    dancers = dancers_of(data)
    wanted = [
        (dancer, {name for name in dancer.paths if fnmatch.fnmatch(name, only)})
        for dancer in dancers
    ]
    wanted = [(dancer, names) for dancer, names in wanted if names]
    if not wanted:
        raise ChoreoError(
            "mocap_missing",
            f"There is no motion capture to read in {data}.",
            "Unpack mocap.tar.xz and name the folder that holds cmu_amc.",
        )
    out.mkdir(parents=True, exist_ok=True)
    acclaim = {name for dancer in dancers if dancer.source == "cmu_amc" for name in dancer.paths}
    figures: list[Figures] = []
    begun = time.perf_counter()
    with ProcessPoolExecutor(max_workers=2) as pool:
        largest = sorted(
            wanted, key=lambda item: -sum(p.stat().st_size for p in item[0].paths.values())
        )
        jobs = {
            pool.submit(_collect_dancer, dancer, names, acclaim, out): dancer
            for dancer, names in largest
        }
        for number, job in enumerate(as_completed(jobs), 1):
            figures += job.result()
            dancer = jobs[job]
            print(
                f"[{number}/{len(jobs)}] {dancer.source} {dancer.subject}: {len(figures)} takes, "
                f"{time.perf_counter() - begun:.0f} s",
                file=sys.stderr,
            )
    figures.sort(key=lambda row: (row.source, row.name))
    report = {
        "totals": totals_of(figures),
        "both_formats": _both_formats(figures, out),
        "takes": [row.as_dict() for row in figures],
    }
    (out / "report.json").write_text(json.dumps(report, indent=1))
    return figures


def _both_formats(figures: list[Figures], out: Path) -> dict[str, float]:
    """Mean joint distance (m) of takes that came as AMC and as BVH, by name."""
    sources: dict[str, list[str]] = {}
    for row in figures:
        sources.setdefault(row.name, []).append(row.source)
    pairs = {name: [out / take_file(s, name) for s in both] for name, both in sources.items()}
    return {
        name: round(distance_between(*(read_take(path) for path in paths)), 4)
        for name, paths in pairs.items()
        if len(paths) == 2
    }


def _collect_dancer(dancer: Dancer, names: set[str], acclaim: set[str], out: Path) -> list[Figures]:
    known = acclaim if dancer.source == "cmu_bvh" else set()
    figures = []
    for made in make_takes(dancer, names, known):
        write_take(made.take, out)
        figures.append(judge(made))
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
