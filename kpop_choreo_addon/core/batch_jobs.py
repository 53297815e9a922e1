"""One job of a batch: its columns, what they may hold, and what tells two jobs apart.

A row of a table and the options of the command line have the same names; an option is what a row
without that column has.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import ChoreoError
from .export_presets import PRESETS
from .files import file_digest
from .game_motion import IN_PLACE, ON_HIPS, ON_ROOT
from .section_directions import read_section_prompts

OUTPUTS = ("blend", "fbx", "glb", "bvh", "vrma", "mp4", "clip", "sheet")
"""What a job may write."""
EXPORTS = ("fbx", "glb", "bvh", "vrma")
"""Those that come from an export preset."""
GAME = ("UNITY", "UNREAL", "GODOT")
ROOTS = (ON_ROOT, ON_HIPS, IN_PLACE)
RIGS = (".blend", ".fbx", ".glb", ".gltf", ".vrm")
SHORTEST = 4.0
"""Seconds of a song that can be danced to, as in CONTRACT.md."""
LARGEST_SEED = 2**31 - 1
TAKES = 8
_OUTPUTS_HINT = f"Choose from {', '.join(OUTPUTS)}, with commas between."


@dataclass(frozen=True)
class Job:
    """What is made of one row."""

    row: int
    """Its number, as the user counts."""
    name: str
    """Of all its files, without a suffix."""
    song: Path | None
    clip: Path | None = None
    """A finished dance instead of one that is generated: a clip (.npz), or dances in a .blend."""
    prompt: str = ""
    style: str = ""
    energy: float = 0.75
    smoothness: float = 0.5
    bounce: float = 0.6
    creativity: float = 0.4
    seed: int = 0
    start: float | None = None
    """Second of the song."""
    end: float | None = None
    takes: int = 1
    sections: str = ""
    """JSON, as CONTRACT.md's ``section_prompts``."""
    rig: Path | None = None
    armature: str = ""
    outputs: tuple[str, ...] = ("blend", "fbx")
    preset: str = "UNITY"
    root_motion: str = ON_ROOT
    fps: int = 30
    body_only: bool = True
    with_mesh: bool = True
    with_song: bool = True
    movie_seconds: float = 0.0
    """0 for the whole dance."""

    def parameters(self) -> dict[str, Any]:
        """Those of ``generate-motion`` in CONTRACT.md."""
        names = ("prompt", "energy", "smoothness", "bounce", "creativity", "seed")
        chosen = {name: getattr(self, name) for name in names}
        more = {
            "style": self.style,
            "start": self.start,
            "end": self.end,
            "section_prompts": self.sections,
            "n_takes": self.takes if self.takes > 1 else None,
        }
        return chosen | {name: value for name, value in more.items() if value not in ("", None)}

    def digest(self, versions: Mapping[str, str]) -> str:
        """What tells this job from every other: its settings, its files' contents, the versions.

        Raises:
            OSError: one of its files cannot be read.
        """
        told = asdict(self) | {"versions": dict(versions)}
        told.pop("row")
        for part in ("song", "clip", "rig"):
            told[part] = file_digest(told[part]) if told[part] else ""
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def stored(self) -> dict[str, Any]:
        """As JSON, for another process."""
        paths = ("song", "clip", "rig")
        return asdict(self) | {p: str(getattr(self, p) or "") for p in paths}


def stored_job(told: Mapping[str, Any]) -> Job:
    """What :meth:`Job.stored` told."""
    paths = {part: Path(told[part]) if told[part] else None for part in ("song", "clip", "rig")}
    return Job(**{**told, **paths, "outputs": tuple(told["outputs"])})


@dataclass(frozen=True)
class Column:
    """A column of a table, and an option of the command line."""

    name: str
    read: Callable[[str], Any]
    """Raises ValueError, with what would be right."""
    hint: str


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        right = f"Give a number from {low:g} to {high:g}."
        right = f"Give a number from {low:g}." if math.isinf(high) else right
        try:
            value = float(text)
        except ValueError:
            raise ValueError(right) from None
        if not low <= value <= high or math.isinf(value):
            raise ValueError(right)
        return value

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = _number(low, high)(text)
        if value != int(value):
            raise ValueError(f"Give a whole number from {low} to {high}.")
        return int(value)

    return read


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        value = text.strip().upper().replace(" ", "_")
        if value not in known:
            raise ValueError(f"Choose one of {', '.join(known)}.")
        return value

    return read


def _yes_or_no(text: str) -> bool:
    value = text.strip().lower()
    if value not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError("Write yes or no.")
    return value in ("yes", "true", "1")


def _outputs(text: str) -> tuple[str, ...]:
    asked = [part.strip().lower().lstrip(".") for part in text.replace(";", ",").split(",")]
    asked = list(dict.fromkeys(part for part in asked if part))
    if not asked or not set(asked) <= set(OUTPUTS):
        raise ValueError(_OUTPUTS_HINT)
    return tuple(asked)


_SHARE = _number(0.0, 1.0)
_SECOND = _number(0.0, math.inf)
COLUMNS: tuple[Column, ...] = (
    Column("prompt", str, "what the dance should be like, in English or Korean"),
    Column("style", str, "a style's name, like girl-crush"),
    Column("energy", _SHARE, "0 to 1; 0.75 if left out"),
    Column("smoothness", _SHARE, "0 to 1; 0.5 if left out"),
    Column("bounce", _SHARE, "0 to 1; 0.6 if left out"),
    Column("creativity", _SHARE, "0 to 1; 0.4 if left out"),
    Column("seed", _whole(0, LARGEST_SEED), "another seed is another dance; 0 if left out"),
    Column("start", _SECOND, "second of the song at which the dance starts"),
    Column("end", _SECOND, "second of the song at which it ends"),
    Column("takes", _whole(1, TAKES), "dances of the same row, with seeds one after another"),
    Column("sections", str, "what sections are told: JSON, or a file with it"),
    Column("rig", str, "who dances: a .blend, .fbx, .glb or .vrm; our dancer if left out"),
    Column("armature", str, "the armature's name, where the rig's file has several"),
    Column("outputs", _outputs, f"what is written: {', '.join(OUTPUTS)}"),
    Column("preset", _one_of(*GAME), "game engine: Unity, Unreal or Godot"),
    Column("root_motion", _one_of(*ROOTS), "which bone travels in exports: root, hips, in_place"),
    Column("body_only", _yes_or_no, "no: exports have face, hair and helper bones too"),
    Column("with_mesh", _yes_or_no, "no: exports have bones and animation alone"),
    Column("with_song", _yes_or_no, "no: no song lies beside exports"),
    Column("fps", _whole(1, 240), "frames a second, unless the rig is a .blend; 30 if left out"),
    Column("movie_seconds", _SECOND, "length of the movie; the whole dance if left out"),
)
"""Beside ``name``, ``song`` and ``clip``, which only rows have."""
KNOWN = ("name", "song", "clip", *(column.name for column in COLUMNS))


def make_job(row: int, told: Mapping[str, str], base: Path) -> Job:
    """The job of a row whose cells are text; empty cells are left out.

    Args:
        base: the folder that paths are relative to.

    Raises:
        ChoreoError: ``row_invalid``, ``song_missing`` and the like; the sentence is about the
            row alone and does not say its number.
    """
    cells = {name: text.strip() for name, text in told.items() if text.strip()}
    values: dict[str, Any] = {"row": row, "name": cells.get("name", "")}
    for column in COLUMNS:
        if column.name in cells:
            try:
                values[column.name] = column.read(cells[column.name])
            except ValueError as error:
                raise _invalid(f"{column.name} is '{cells[column.name]}'.", str(error)) from None
    clip = _file(base, cells.get("clip", ""), "clip", (".npz", ".blend"))
    song = _file(base, cells.get("song", ""), "song")
    if song is None and clip is None:
        raise _invalid("there is no song.", "Fill in the column song, or clip.")
    values |= {"clip": clip, "song": song}
    values["rig"] = _file(base, values.get("rig", ""), "rig", RIGS)
    values["sections"] = _sections(base, values.get("sections", ""))
    values.setdefault("outputs", _usual_outputs(clip, values.get("preset", "UNITY")))
    _require_fitting(values)
    return Job(**values)


def _usual_outputs(clip: Path | None, preset: str) -> tuple[str, ...]:
    """The preset's file; of a dance that is put on a rig here the .blend too."""
    export = next(p.suffix[1:] for p in PRESETS if p.key == preset)
    return (export,) if clip is not None and clip.suffix == ".blend" else ("blend", export)


def _require_fitting(values: Mapping[str, Any]) -> None:
    """Raises ChoreoError where columns contradict one another."""
    start, end = values.get("start", 0.0), values.get("end", math.inf)
    if end - start < SHORTEST:
        raise _invalid(
            f"start is {start:g} and end is {end:g}.",
            f"A dance needs at least {SHORTEST:g} seconds of the song.",
        )
    if values["clip"] is None:
        return
    if values.get("takes", 1) > 1:
        raise _invalid("takes are of songs, not of clips.", "Leave the column takes empty.")
    beyond = set(values["outputs"]) - set(EXPORTS)
    if values["clip"].suffix == ".blend" and beyond:
        raise _invalid(
            f"{', '.join(sorted(beyond))} cannot be made of a .blend.",
            f"Choose from {', '.join(EXPORTS)}.",
        )


def _file(base: Path, text: str, what: str, suffixes: tuple[str, ...] = ()) -> Path | None:
    """The file that a cell names, if it names one."""
    if not text or (what == "rig" and text.lower() == "none"):
        return None
    path = base / Path(text).expanduser()
    if suffixes and path.suffix.lower() not in suffixes:
        raise _invalid(f"{path.name} is no {what}.", f"Choose one of {', '.join(suffixes)}.")
    if not path.is_file():
        raise ChoreoError(
            f"{what}_missing", f"the {what} {path} is not there.", "Paths start at the table."
        )
    if path.stat().st_size == 0:
        raise ChoreoError(f"{what}_empty", f"the {what} {path.name} is empty.", "Replace it.")
    return path.resolve()


def _sections(base: Path, text: str) -> str:
    """JSON of the cell, or of the file that it names."""
    if not text:
        return ""
    if not text.startswith("["):
        path = base / text
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise ChoreoError(
                "sections_missing",
                f"the sections {path} cannot be read.",
                "Give a JSON list, or a file with one.",
            ) from None
    return json.dumps(read_section_prompts(text), ensure_ascii=False)


def _invalid(message: str, remedy: str) -> ChoreoError:
    return ChoreoError("row_invalid", message, remedy)
