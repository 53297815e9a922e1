"""The presets of Prompt & Style that can be chosen now, and which of them is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from .core.style_presets import (
    BUILT_IN,
    SLIDERS,
    StylePreset,
    StylePresets,
    load_style_presets,
    same_name,
)
from .drawing import messages, wrapped
from .ids import styles_folder
from .session import PROMPT
from .styles import NONE
from .translations import said, told

_BUILT_IN_NAMES = frozenset(same_name(preset.title) for preset in BUILT_IN)


def style_presets() -> StylePresets:
    """Built-in presets and the user's own: cheap enough to ask in every draw."""
    folder = styles_folder()
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return _loaded(folder, tuple((file.name, file.stat().st_mtime_ns) for file in files))


def preset_of(settings: Any, title: str) -> StylePreset:
    """What Prompt & Style holds now."""
    sliders = {name: round(getattr(settings, name), 4) for name in SLIDERS}
    return StylePreset(title, settings.style or NONE, settings.prompt, **sliders)


def current(settings: Any) -> StylePreset | None:
    """The preset that Prompt & Style is equal to; None once anything was changed."""
    presets = reversed(style_presets().presets)  # their own first
    return next((p for p in presets if preset_of(settings, p.title) == p), None)


def title_shown(preset: StylePreset) -> str:
    """A built-in name in the user's language; their own as they wrote it."""
    return said(preset.title) if same_name(preset.title) in _BUILT_IN_NAMES else preset.title


def draw_presets(layout: Any, settings: Any) -> None:
    """A row to choose, save and remove; what went wrong with that."""
    found = current(settings)
    row = layout.row(align=True)
    text = title_shown(found) if found else said("Presets")
    row.menu("KPOPCHOREO_MT_presets", text=text, icon="PRESET", translate=False)
    row.operator("kpop_choreo.save_preset", text="", icon="ADD")
    row.operator("kpop_choreo.remove_preset", text="", icon="REMOVE")
    for problem in style_presets().problems:
        wrapped(layout, told(problem), "ERROR")
    messages(layout, PROMPT)


@lru_cache(maxsize=2)
def _loaded(folder: Path, changed: tuple[tuple[str, int], ...]) -> StylePresets:
    return load_style_presets(folder)
