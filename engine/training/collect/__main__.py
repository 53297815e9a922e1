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
from engine.training.collect.cache import Cache, key_of
from engine.training.collect.make import make_takes
from engine.training.collect.neutral import convert_fbx
from engine.training.collect.plots import draw_plots
from engine.training.collect.quality import Figures, distance_between, judge
from engine.training.collect.report import minutes_by, page_of, table_of, totals_of
from engine.training.collect.sources import Dancer, dancers_of, fbx_files
from engine.training.collect.take import read_take, take_file, write_take


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.training.collect", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with cmu_amc, cmu_bvh, g1_moves, ...")
    parser.add_argument("out", type=Path, help="folder for one .npz a take and the report")
    parser.add_argument("--only", default="*", help="takes to make, like '60_*'")
    parser.add_argument(
        "--blender-python", type=Path, help="a Python with bpy 4.5 or later, to read FBX with"
    )
    options = parser.parse_args(arguments)
    try:
        figures = collect(options.data, options.out, options.only, options.blender_python)
    except ChoreoError as error:
        print(error, file=sys.stderr)
        return 1
    print(table_of(figures))
    return 0


def collect(
    data: Path, out: Path, only: str = "*", blender_python: Path | None = None
) -> list[Figures]:
    """Makes every take whose name fits ``only`` and writes it, with the report, into ``out``.

    Takes that were made before from the same data by the same code are left as they are.

    Raises:
        ChoreoError: ``mocap_missing`` if no take fits, ``fbx_unreadable`` if Blender fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    neutral, remarks = None, []
    if (films := fbx_files(data)) and blender_python:
        neutral = convert_fbx(films, out / "fbx", blender_python)
    elif films:
        names = ", ".join(path.stem for path in films)
        remarks.append(f"Left out for want of --blender-python, which reads FBX: {names}.")
        print(remarks[0], file=sys.stderr)
    dancers = dancers_of(data, neutral)
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
    acclaim = {name for dancer in dancers if dancer.source == "cmu_amc" for name in dancer.paths}
    cache = Cache(out)
    figures = _make_or_keep(wanted, acclaim, out, cache)
    if only == "*":
        cache.prune(figures)
    _write_report(figures, out, remarks)
    return figures


def _make_or_keep(
    wanted: list[tuple[Dancer, set[str]]], acclaim: set[str], out: Path, cache: Cache
) -> list[Figures]:
    """Figures of all wanted takes, by source and name; two processes make what is not there."""
    figures: list[Figures] = []
    due: list[tuple[Dancer, set[str], set[str], str]] = []
    for dancer, names in wanted:
        known = acclaim if dancer.source == "cmu_bvh" else set()
        key = key_of(dancer, names, known)
        kept = cache.find(dancer, key)
        if kept is None:
            due.append((dancer, names, known, key))
        else:
            figures += kept
    if figures:
        print(f"{len(figures)} takes are unchanged.", file=sys.stderr)
    due.sort(key=lambda job: -sum(path.stat().st_size for path in set(job[0].paths.values())))
    begun = time.perf_counter()
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = {
            pool.submit(_collect_dancer, dancer, names, known, out): (dancer, key)
            for dancer, names, known, key in due
        }
        for number, job in enumerate(as_completed(jobs), 1):
            made, (dancer, key) = job.result(), jobs[job]
            cache.store(dancer, key, made)
            figures += made
            print(
                f"[{number}/{len(jobs)}] {dancer.source} {dancer.subject}: {len(figures)} takes, "
                f"{time.perf_counter() - begun:.0f} s",
                file=sys.stderr,
            )
    return sorted(figures, key=lambda row: (row.source, row.name))


def _write_report(figures: list[Figures], out: Path, remarks: list[str]) -> None:
    report = {
        "totals": totals_of(figures),
        "licences": minutes_by(figures, "licence", "split"),
        "left_out": minutes_by([row for row in figures if row.left_out], "source", "left_out"),
        "not_read": remarks,
        "both_formats": _both_formats(figures, out),
        "takes": [row.as_dict() for row in figures],
    }
    (out / "report.json").write_text(json.dumps(report, indent=1))
    plots = draw_plots(figures, out, out / "plots")
    names = [path.relative_to(out).as_posix() for path in plots]
    (out / "report.md").write_text(page_of(figures, names, remarks))


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


def _collect_dancer(dancer: Dancer, names: set[str], known: set[str], out: Path) -> list[Figures]:
    figures = []
    for made in make_takes(dancer, names, known):
        write_take(made.take, out)
        figures.append(judge(made))
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
