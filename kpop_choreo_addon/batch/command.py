"""``blender --command kpop_choreo``: jobs from the command line, made by workers, told as JSON."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy

from ..core.batch_inputs import Inputs, read_inputs
from ..core.batch_jobs import COLUMNS
from ..core.batch_journal import Journal, open_journal
from ..core.batch_machine import sensible_workers, versions
from ..core.batch_pool import Limits, Pool
from ..core.batch_report import Report
from ..core.errors import ChoreoError
from ..engine_choice import bundled_problem, engine_root, engine_source
from .worker import Setup, apply_engine

COMMAND = "kpop_choreo"
DONE, SOME_FAILED, NOTHING_DONE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""
SCRIPT = Path(__file__).with_name("script.py")
_WRITTEN = {"clip": ".npz", "sheet": ".png"}
_registered: list[Any] = []


def register() -> None:
    """Makes the command known to Blender."""
    _registered.append(bpy.utils.register_cli_command(COMMAND, run))


def unregister() -> None:
    """Takes it back; does nothing when it was not registered."""
    while _registered:
        bpy.utils.unregister_cli_command(_registered.pop())


def run(arguments: Sequence[str]) -> int:
    """The whole command; returns its exit code."""
    try:
        given = parser().parse_args(list(arguments))
        return _run(given)
    except SystemExit as ended:  # how argparse leaves
        return int(ended.code or 0)
    except ChoreoError as error:
        _say(f"{error.message} {error.remedy}")
        return NOTHING_DONE


def parser() -> argparse.ArgumentParser:
    """The command line; its options for jobs are the columns of a table."""
    made = argparse.ArgumentParser(
        prog="blender --command kpop_choreo",
        description="Songs become dances, as files: one song, several, a folder, or a table.",
        epilog="Exit code: 0 all done, 1 some failed, 2 nothing done, 130 interrupted. "
        "The same command again does what is left. docs/headless.md tells more.",
    )
    made.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="INPUT",
        help="songs, clips (.npz), .blend files with dances, folders, or tables (.csv, .jsonl)",
    )
    made.add_argument("--out", type=Path, default=Path("dances"), help="folder of the results")
    jobs = made.add_argument_group("jobs", "columns of a table; an option is for all rows without")
    for column in COLUMNS:
        flag = f"--{column.name.replace('_', '-')}"
        jobs.add_argument(flag, dest=column.name, metavar="", help=column.hint)
    made.add_argument("--recursive", action="store_true", help="also folders in folders")
    made.add_argument("--clips", action="store_true", help="of folders: dances, not songs")
    made.add_argument("--jobs", type=int, default=0, metavar="N", help="how many at a time")
    made.add_argument("--limit", type=float, default=7200, metavar="S", help="seconds for one job")
    made.add_argument("--again", action="store_true", help="also what is done already")
    made.add_argument("--dry-run", action="store_true", help="only say what would be made")
    made.add_argument("--json", action="store_true", help="print the summary on stdout")
    made.add_argument("--quiet", action="store_true", help="say nothing on stderr")
    made.add_argument("--verbose", action="store_true", help="also what Blender says")
    engine = made.add_argument_group("engine", "instead of what the preferences say")
    engine.add_argument("--engine-python", default="", metavar="PATH", help="with the engine in it")
    engine.add_argument("--model", default="", help="a dance model's name")
    engine.add_argument("--device", default="", help="auto, cpu or cuda")
    return made


def _run(given: argparse.Namespace) -> int:
    options = {c.name: str(v) for c in COLUMNS if (v := getattr(given, c.name)) is not None}
    inputs = read_inputs(given.inputs, options, given.recursive, given.clips)
    say: Callable[[str], None] = (lambda text: None) if given.quiet else _say
    setup = Setup(str(given.out.absolute()), _engine_python(given), given.model, given.device)
    apply_engine(setup)
    if given.dry_run:
        return _tell(inputs)
    if any(job.clip is None for job in inputs.jobs):
        engine_source()  # says now what cannot work for any job
    with open_journal(given.out.absolute()) as journal, _Stop() as stop:
        report = _report(journal, inputs, given, say)
        todo = [report.jobs[row] for row in report.jobs]
        workers = report.workers
        say(f"{len(todo)} to make, {workers} at a time, into {journal.folder}")
        start = _Starter(setup, journal)
        pool = Pool(start, Limits(workers, given.limit, given.verbose), report, stop.wanted)
        pool.run([job.stored() for job in todo])
        summary = report.write()
    if given.json:
        print(json.dumps(summary), flush=True)
    told = ", ".join(f"{summary[s]} {s}" for s in ("done", "skipped", "failed", "open"))
    say(f"{told} in {summary['seconds']:.0f} s; {journal.folder / 'summary.json'} tells more")
    return INTERRUPTED if stop.wanted() else _code(summary)


def _code(summary: dict[str, Any]) -> int:
    """The exit code by what became of the jobs."""
    if not summary["failed"]:
        return DONE if summary["jobs"] else NOTHING_DONE
    return SOME_FAILED if summary["done"] or summary["skipped"] else _all_failed(summary)


def _all_failed(summary: dict[str, Any]) -> int:
    """Rows that never became a job are a matter of the command line."""
    return SOME_FAILED if any("seconds" in row for row in summary["jobs"]) else NOTHING_DONE


def _report(
    journal: Journal, inputs: Inputs, given: argparse.Namespace, say: Callable[[str], None]
) -> Report:
    """A report that knows every row, and the jobs that are to be made."""
    known = versions(SCRIPT.parents[1], bpy.app.version, given.model)
    digests = {job.row: job.digest(known) for job in inputs.jobs}
    entries = {row: None if given.again else journal.find(d) for row, d in digests.items()}
    todo = {job.row: job for job in inputs.jobs if entries[job.row] is None}
    workers = given.jobs if given.jobs > 0 else sensible_workers(len(todo))
    report = Report(journal, todo, digests, workers, say)
    for bad in inputs.bad:
        report.bad(bad)
    for job in inputs.jobs:
        entry = entries[job.row]
        if entry is not None:
            report.skipped(job, entry)
            continue
        report.open(job)
        try:
            journal.require_free(job.name, tuple(_WRITTEN.get(o, f".{o}") for o in job.outputs))
        except ChoreoError as error:
            del todo[job.row]
            report.failed(job.stored(), error, 0.0)
    return report


def _tell(inputs: Inputs) -> int:
    """Prints the jobs that would be made, as JSON lines."""
    for job in inputs.jobs:
        print(json.dumps(job.stored(), ensure_ascii=False))
    for bad in inputs.bad:
        _say(f"{bad.error.message} {bad.error.remedy}")
    if not inputs.jobs:
        return NOTHING_DONE
    return SOME_FAILED if inputs.bad else DONE


def _engine_python(given: argparse.Namespace) -> str:
    """The engine's Python, also for a checkout, which has none in it."""
    asked = given.engine_python or os.environ.get("KPOP_CHOREO_ENGINE_PYTHON", "")
    if asked:
        return str(Path(asked).expanduser().absolute())
    if bundled_problem() is None:
        return ""
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    beside = engine_root() / ".venv" / inside
    return str(beside) if beside.is_file() else ""


class _Starter:
    """Starts workers: this Blender again, without a window."""

    def __init__(self, setup: Setup, journal: Journal) -> None:
        self._told = setup.stored()
        temporary = journal.work / "tmp"
        temporary.mkdir(exist_ok=True)
        # What Blender and exporters leave when they are killed is removed with the work.
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        self._environment = os.environ | places

    def __call__(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*_blender(), "--worker", self._told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
        )


def _blender() -> list[str]:
    """How this Blender is started again to run :mod:`.script`."""
    if not bpy.app.binary_path:  # Blender as a module
        return [sys.executable, str(SCRIPT)]
    line = [bpy.app.binary_path, "--background"]
    line += ["--factory-startup"] if bpy.app.factory_startup else []
    line += ["--online-mode" if bpy.app.online_access else "--offline-mode"]
    return [*line, "--python-exit-code", "1", "--python", str(SCRIPT), "--"]


class _Stop:
    """Ctrl+C and the like, heard for a while."""

    def __enter__(self) -> _Stop:
        self._event = threading.Event()
        names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        self._before = {n: signal.signal(getattr(signal, n), self._set) for n in names}
        return self

    def __exit__(self, *_: object) -> None:
        for name, handler in self._before.items():
            signal.signal(getattr(signal, name), handler or signal.SIG_DFL)

    def wanted(self) -> bool:
        """Whether somebody wants it to end."""
        return self._event.is_set()

    def _set(self, *_: object) -> None:
        self._event.set()


def _say(text: str) -> None:
    """A line for people."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
