"""Presets of a dance's style: prompt, style and sliders under one name.

The eight of K-pop come with the add-on; the user's own are one JSON file each in a folder of
theirs. One of the same name as a built-in one stands in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import ChoreoError
from .files import FULL, read_json, unwritten, whole

FORMAT = "kpop-choreo-style-preset"
VERSION = 1
SLIDERS = ("energy", "smoothness", "bounce", "creativity")
LONGEST_TITLE = 60


@dataclass(frozen=True)
class StylePreset:
    """What a preset puts into Prompt & Style; seed, song and target are none of its business."""

    title: str
    style: str
    """Name in the engine's list, or ``none``."""
    prompt: str
    energy: float
    """As the other sliders 0..1."""
    smoothness: float
    bounce: float
    creativity: float


BUILT_IN: tuple[StylePreset, ...] = (
    StylePreset(
        "Girl crush",
        "girl-crush",
        "sharp arms, hair flip, hip pop",
        energy=0.85,
        smoothness=0.3,
        bounce=0.55,
        creativity=0.4,
    ),
    StylePreset(
        "Cute",
        "cute",
        "finger heart, flower pose, small bouncy steps",
        energy=0.65,
        smoothness=0.5,
        bounce=0.85,
        creativity=0.35,
    ),
    StylePreset(
        "Hip-hop",
        "hip-hop",
        "low stance, arm locks, down bounce",
        energy=0.8,
        smoothness=0.35,
        bounce=0.75,
        creativity=0.5,
    ),
    StylePreset(
        "Swag",
        "swag",
        "shoulder bounce, step touch, relaxed",
        energy=0.5,
        smoothness=0.55,
        bounce=0.6,
        creativity=0.5,
    ),
    StylePreset(
        "Retro",
        "retro",
        "disco point, hips swaying, light steps",
        energy=0.75,
        smoothness=0.5,
        bounce=0.75,
        creativity=0.4,
    ),
    StylePreset(
        "Sexy",
        "sexy",
        "body wave, hip circle, smooth and slow",
        energy=0.5,
        smoothness=0.75,
        bounce=0.35,
        creativity=0.4,
    ),
    StylePreset(
        "Ballad",
        "ballad",
        "long arm lines, slow turns, reaching up",
        energy=0.3,
        smoothness=0.9,
        bounce=0.2,
        creativity=0.4,
    ),
    StylePreset(
        "Performance",
        "performance",
        "big wide arms, full turn, arm wave",
        energy=0.95,
        smoothness=0.4,
        bounce=0.6,
        creativity=0.5,
    ),
)


@dataclass(frozen=True)
class StylePresets:
    """All that can be chosen."""

    presets: tuple[StylePreset, ...]
    """Built-in ones or what stands in their place, then the user's own by name."""
    files: Mapping[str, Path]
    """The user's files by :func:`same_name`."""
    problems: tuple[ChoreoError, ...] = ()
    """What is wrong with files that are left out."""

    def find(self, title: str) -> StylePreset:
        """The preset of that name, however it is capitalised.

        Raises:
            ChoreoError: ``style_preset``, naming those that exist.
        """
        for preset in self.presets:
            if same_name(preset.title) == same_name(title):
                return preset
        known = ", ".join(preset.title for preset in self.presets)
        raise ChoreoError(
            "style_preset", f"There is no style preset {title}.", f"Choose one of {known}."
        )

    @property
    def own(self) -> tuple[StylePreset, ...]:
        """Those that the user saved."""
        return tuple(p for p in self.presets if same_name(p.title) in self.files)


def same_name(title: str) -> str:
    """What is equal for names that count as the same: ``Hip-hop``, ``hip hop``."""
    return re.sub(r"[\s_\-]+", " ", title).strip().casefold()


def load_style_presets(folder: Path) -> StylePresets:
    """Built-in presets and those in ``folder``; of two files of one name the later counts."""
    own: dict[str, StylePreset] = {}
    files: dict[str, Path] = {}
    problems = []
    for path in sorted(folder.glob("*.json")):
        try:
            preset = load_style_preset(path)
        except ChoreoError as error:
            problems.append(error)
            continue
        own[same_name(preset.title)], files[same_name(preset.title)] = preset, path
    shown = [own.pop(same_name(preset.title), preset) for preset in BUILT_IN]
    shown += [own[name] for name in sorted(own)]
    return StylePresets(tuple(shown), files, tuple(problems))


def load_style_preset(path: Path) -> StylePreset:
    """The preset in the file ``path``.

    Raises:
        ChoreoError: ``style_preset`` when it cannot be read or is no preset.
    """
    try:
        table = read_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, "it cannot be read as JSON") from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise _damaged(path, "it is no preset of a style")
    if table.get("version") != VERSION:
        raise _damaged(path, f"its version is {table.get('version')} and not {VERSION}")
    words = {name: table.get(name) for name in ("title", "style", "prompt")}
    for name, value in words.items():
        if not isinstance(value, str):
            raise _damaged(path, f"its {name} is no text")
    if not same_name(str(words["title"])):
        raise _damaged(path, "it has no title")
    sliders = {name: _slider(path, name, table.get(name)) for name in SLIDERS}
    return StylePreset(**words, **sliders)  # type: ignore[arg-type]


def save_style_preset(folder: Path, preset: StylePreset) -> Path:
    """Writes ``preset`` into ``folder``, over one of the same name; returns the file.

    Raises:
        ChoreoError: ``style_preset`` when it has no name or the folder cannot be written to.
    """
    title = preset.title.strip()
    if not same_name(title):
        raise ChoreoError("style_preset", "The preset has no name.", "Type one.")
    if len(title) > LONGEST_TITLE:
        raise ChoreoError("style_preset", "The preset's name is too long.", "Type a shorter one.")
    table = {"format": FORMAT, "version": VERSION, **asdict(preset), "title": title}
    text = json.dumps(table, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = load_style_presets(folder).files.get(same_name(title)) or _new_file(folder, title)
        with whole(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _locked(folder, error) from error
    return path


def remove_style_preset(folder: Path, title: str) -> None:
    """Deletes the user's preset of that name; a built-in one that it stood for is back then.

    Raises:
        ChoreoError: ``style_preset`` for a built-in one, none, or a file that cannot be deleted.
    """
    known = load_style_presets(folder)
    preset = known.find(title)
    file = known.files.get(same_name(title))
    if file is None:
        raise ChoreoError(
            "style_preset",
            f"{preset.title} came with the add-on and cannot be removed.",
            "Save your own under its name to replace it.",
        )
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _locked(folder, error) from error


def _new_file(folder: Path, title: str) -> Path:
    """A file for ``title`` that is not there yet, also where capitals do not count."""
    stem = re.sub(r"[^\w\-]+", "_", title).strip("_") or "preset"
    names = (f"{stem}{'' if number == 1 else f'_{number}'}.json" for number in range(1, 10_000))
    return next(folder / name for name in names if not (folder / name).exists())


def _slider(path: Path, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise _damaged(path, f"its {name} is no number from 0 to 1")
    return float(value)


def _damaged(path: Path, why: str) -> ChoreoError:
    return ChoreoError(
        "style_preset",
        f"The style preset {path.name} is left out: {why}.",
        "Delete the file, or save the preset again.",
    )


def _locked(folder: Path, error: OSError) -> ChoreoError:
    if error.errno in FULL:
        return unwritten(error, folder)
    return ChoreoError(
        "style_preset",
        f"The folder of presets cannot be changed: {error.strerror or error}.",
        f"Make {folder} writable.",
    )
