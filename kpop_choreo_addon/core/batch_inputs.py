"""What the command line names, as jobs: songs, folders, tables of jobs; and what is wrong with it.

A row that cannot become a job is kept with its sentence; the others run.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .batch_jobs import KNOWN, Job, make_job
from .errors import ChoreoError

SONGS = (".wav", ".ogg", ".oga", ".opus", ".mp3", ".flac", ".m4a", ".aac", ".aif", ".aiff", ".wma")
"""Sound files of a folder."""
DANCES = (".npz", ".blend")
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
LONGEST_NAME = 100
OURS = ("journal", "summary")
"""Names of files that a batch writes for itself."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class BadRow:
    """A row that cannot run."""

    row: int
    name: str
    error: ChoreoError


@dataclass(frozen=True)
class _Row:
    """Cells of a row as text, and where they come from."""

    number: int
    place: str
    """``jobs.csv, row 3``."""
    cells: Mapping[str, str]
    base: Path
    stem: str = ""
    """The name of a song in a folder, with the folders below the one that was given."""
    error: ChoreoError | None = None


@dataclass(frozen=True)
class Inputs:
    """All rows of a command line, in their order."""

    jobs: tuple[Job, ...]
    bad: tuple[BadRow, ...]


def read_inputs(
    paths: Iterable[Path], options: Mapping[str, str], recursive: bool = False, clips: bool = False
) -> Inputs:
    """The jobs of songs, clips, folders and tables.

    Args:
        options: cells that rows have which leave them empty.
        recursive: also the folders in folders.
        clips: of folders not the songs, but the dances in clips and .blend files.

    Raises:
        ChoreoError: there is nothing to do, or a table cannot be read at all.
    """
    paths = list(paths)
    rows = _numbered(list(_rows(paths, recursive, clips)))
    if not rows:
        what = "dance" if clips else "song"
        raise ChoreoError(
            "nothing_to_do",
            f"There is no {what} in {', '.join(map(str, paths))}.",
            "Name songs, a folder with songs, or a table.",
        )
    # Paths among the options start where the command was typed, not at the table.
    options = {k: str(_typed(k, v)) for k, v in options.items()}
    jobs: list[Job] = []
    bad: list[BadRow] = []
    for row in rows:
        told = options | {name: text for name, text in row.cells.items() if text.strip()}
        try:
            if row.error is not None:
                raise row.error
            jobs.append(make_job(row.number, told, row.base))
        except ChoreoError as error:
            bad.append(_bad(row, error))
    named, unnamed = _named(jobs, {row.number: row for row in rows})
    return Inputs(tuple(named), tuple(sorted([*bad, *unnamed], key=lambda b: b.row)))


def _typed(name: str, value: str) -> str | Path:
    """An option as a cell; a path that was typed becomes absolute."""
    is_path = name == "rig" and value.lower() != "none"
    is_path = is_path or (name == "sections" and not value.lstrip().startswith("["))
    return Path(value).expanduser().absolute() if is_path and value else value


def _numbered(rows: list[_Row]) -> list[_Row]:
    """Rows of one table keep the numbers of its rows; several inputs are counted through."""
    numbers = Counter(row.number for row in rows)
    if max(numbers.values(), default=0) <= 1:
        return rows
    return [replace(row, number=number) for number, row in enumerate(rows, 1)]


def _rows(paths: Iterable[Path], recursive: bool, clips: bool) -> Iterator[_Row]:
    count = 0
    for path in paths:
        path = path.expanduser()
        if path.is_dir():
            suffixes = DANCES if clips else SONGS
            found = sorted(path.rglob("*") if recursive else path.iterdir())
            files = [f for f in found if f.suffix.lower() in suffixes and f.is_file()]
            files = [f for f in files if not any(p.startswith(".") for p in _parts(path, f))]
            for file in files:
                count += 1
                yield _of_file(count, file, "-".join(_parts(path, file)))
        elif path.suffix.lower() in TABLES and path.is_file():
            yield from _of_table(path)
        else:
            count += 1
            yield _of_file(count, path, path.name)


def _parts(folder: Path, file: Path) -> tuple[str, ...]:
    return file.relative_to(folder).parts


def _of_file(number: int, file: Path, name: str) -> _Row:
    """A song or a clip by itself; a clip's song is the one of the same name beside it."""
    base = Path.cwd()
    if file.suffix.lower() not in DANCES:
        return _Row(number, file.name, {"song": str(file)}, base, Path(name).stem)
    cells = {"clip": str(file)}
    beside = next((s for x in SONGS if (s := file.with_suffix(x)).is_file()), None)
    if beside is not None and file.suffix.lower() == ".npz":
        cells["song"] = str(beside)
    return _Row(number, file.name, cells, base, Path(name).stem)


def _of_table(path: Path) -> Iterator[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _table_error(path, "is not UTF-8.", "Save it as CSV UTF-8.") from None
    except OSError as error:
        raise _table_error(path, f"cannot be read: {error.strerror}.", "Check the file.") from error
    if path.suffix.lower() in (".csv", ".tsv"):
        yield from _of_csv(path, text)
    else:
        yield from _of_json_lines(path, text)


def _of_csv(path: Path, text: str) -> Iterator[_Row]:
    """Rows count as in a spreadsheet: the names of the columns are row 1."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise _table_error(path, f"cannot be read: {error}.", "Check its quotes.") from error
    names = [name.strip().lower() for name in lines[0]] if lines else []
    _require_known(path, [name for name in names if name])
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        place, base = f"{path.name}, row {number}", path.absolute().parent
        cells = {n: c for n, c in zip(names, line, strict=False) if n}
        wrong = None
        if any(cell.strip() for cell in line[len(names) :]):
            wrong = ChoreoError(
                "row_invalid",
                f"it has {len(line)} cells for {len(names)} columns.",
                "Put cells with a comma in them into quotes.",
            )
        yield _Row(number, place, cells, base, error=wrong)


def _of_json_lines(path: Path, text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place, base = f"{path.name}, line {number}", path.absolute().parent
        try:
            told = json.loads(line)
            if not isinstance(told, dict):
                raise TypeError
            cells = {str(k).strip().lower(): _cell(v) for k, v in told.items() if v is not None}
        except (ValueError, TypeError):
            wrong = ChoreoError(
                "row_invalid", "it is no JSON object.", 'Write one as {"song": "a.mp3"}.'
            )
            yield _Row(number, place, {}, base, error=wrong)
            continue
        _require_known(path, cells)
        yield _Row(number, place, cells, base)


def _cell(value: Any) -> str:
    """A JSON value as a cell of text."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _require_known(path: Path, names: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(KNOWN))
    if unknown:
        raise _table_error(
            path, f"has a column {unknown[0]}, which is not known.", f"Known: {', '.join(KNOWN)}."
        )


def _named(jobs: list[Job], rows: Mapping[int, _Row]) -> tuple[list[Job], list[BadRow]]:
    """Jobs with names of their own; those that share one by their own words cannot run."""
    usual = {job.row: _clean(rows[job.row].stem or _source(job).stem) for job in jobs}
    taken = {job.name.casefold() for job in jobs if job.name}
    shared = Counter(name.casefold() for row, name in usual.items())
    named: list[Job] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for job in jobs:
        name = job.name or usual[job.row]
        if not job.name and (shared[name.casefold()] > 1 or name.casefold() in taken):
            name = f"{name}-{job.row}"
        other = seen.setdefault(name.casefold(), job.row)
        wrong = _wrong_name(name) if other == job.row else f"row {other} has the same."
        if wrong:
            remedy = "Give it another in the column name."
            error = ChoreoError(
                "name_unusable", f"the name '{name}' cannot be used: {wrong}", remedy
            )
            bad.append(_bad(rows[job.row], error))
        else:
            named.append(replace(job, name=name))
    return named, bad


def _source(job: Job) -> Path:
    source = job.song if job.clip is None else job.clip
    assert source is not None, "make_job wants one of both"
    return source


def _clean(name: str) -> str:
    """A file's stem as a name that every system takes."""
    name = _FORBIDDEN.sub("_", name).strip(" .")[:LONGEST_NAME].strip(" .") or "song"
    return f"{name}_" if name.casefold() in OURS or _RESERVED.fullmatch(name) else name


def _wrong_name(name: str) -> str:
    """Why a file cannot be called ``name``."""
    if name.casefold() in OURS:
        return "a batch writes a file of that name."
    if _FORBIDDEN.search(name) or _RESERVED.fullmatch(name) or name.strip(" .") != name:
        return "not every system takes it as a file's name."
    return f"it is longer than {LONGEST_NAME} letters." if len(name) > LONGEST_NAME else ""


def _bad(row: _Row, error: ChoreoError) -> BadRow:
    """What is wrong with ``row``, with its place in front."""
    message = f"{row.place}: {error.message}"
    name = row.cells.get("name", "") or row.stem
    return BadRow(row.number, name, ChoreoError(error.code, message, error.remedy))


def _table_error(path: Path, message: str, remedy: str) -> ChoreoError:
    return ChoreoError("table_unreadable", f"{path} {message}", remedy)
