"""The user's own mappings of bones, one JSON file each in a folder of theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

from .body import JOINTS
from .bone_names import ROLES
from .errors import ChoreoError
from .files import read_json, whole

FORMAT = "kpop-choreo-rig-preset"
VERSION = 1


@dataclass(frozen=True)
class Preset:
    """Which bones of the user's own rig are what."""

    title: str
    bones: Mapping[str, str]
    """Bone by joint."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Bones by role."""


def save_preset(folder: Path, preset: Preset) -> Path:
    """Writes ``preset`` into ``folder``, over one of the same title; returns the file."""
    stem = re.sub(r"[^\w\-]+", "_", preset.title).strip("_") or "preset"
    names = chain([stem], (f"{stem}_{number}" for number in count(2)))
    free = (folder / f"{name}.json" for name in names)
    path = next(path for path in free if not path.exists() or _title(path) == preset.title)
    folder.mkdir(parents=True, exist_ok=True)
    table = {
        "format": FORMAT,
        "version": VERSION,
        "title": preset.title,
        "joints": dict(preset.bones),
        "parts": {role: list(bones) for role, bones in preset.parts.items()},
    }
    with whole(path) as part:
        part.write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load_preset(path: Path) -> Preset:
    """The preset in the file ``path``.

    Raises:
        ChoreoError: ``rig_preset`` when it cannot be read or is no preset.
    """
    try:
        table = read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, "it cannot be read as JSON") from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise _damaged(path, "it is no preset of bones")
    if table.get("version") != VERSION:
        raise _damaged(path, f"its version is {table.get('version')} and not {VERSION}")
    title = table.get("title")
    if not isinstance(title, str) or not title:
        raise _damaged(path, "it has no title")
    joints = _rows(path, "joint", table.get("joints"), JOINTS, _is_name)
    parts = _rows(path, "role", table.get("parts", {}), ROLES, _is_list_of_names)
    return Preset(title, joints, {role: tuple(bones) for role, bones in parts.items()})


def load_presets(folder: Path) -> tuple[tuple[Preset, ...], tuple[ChoreoError, ...]]:
    """All presets in ``folder`` by file name, and what is wrong with the others."""
    presets, errors = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            presets.append(load_preset(path))
        except ChoreoError as error:
            errors.append(error)
    return tuple(presets), tuple(errors)


def remove_preset(folder: Path, title: str) -> bool:
    """Deletes the presets called ``title``; whether there was one."""
    files = [path for path in folder.glob("*.json") if _title(path) == title]
    for path in files:
        path.unlink()
    return bool(files)


def _title(path: Path) -> str:
    """The title of the preset in ``path``; empty if that is damaged."""
    try:
        return load_preset(path).title
    except ChoreoError:
        return ""


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(_is_name(bone) for bone in value)


def _rows(
    path: Path, kind: str, rows: Any, known: tuple[str, ...], fits: Callable[[Any], bool]
) -> dict[str, Any]:
    """``rows`` if they are a table of what is ``known``."""
    if not isinstance(rows, dict):
        raise _damaged(path, f"its {kind}s are no table")
    for key, value in rows.items():
        if key not in known:
            raise _damaged(path, f"it has a {kind} {key} that no body has")
        if not fits(value):
            raise _damaged(path, f"its {kind} {key} names no bone")
    return rows


def _damaged(path: Path, why: str) -> ChoreoError:
    return ChoreoError(
        "rig_preset",
        f"The rig preset {path.name} is left out: {why}.",
        "Delete the file, or save the preset again.",
    )
