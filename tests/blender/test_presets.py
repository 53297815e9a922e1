"""Presets of Prompt & Style: chosen, saved and removed through operators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from kpop_choreo_addon.core.style_presets import BUILT_IN
from kpop_choreo_addon.ids import styles_folder
from kpop_choreo_addon.presets import current, style_presets
from kpop_choreo_addon.session import PROMPT, session

ops: Any = bpy.ops.kpop_choreo


@pytest.fixture(autouse=True)
def folder() -> Iterator[Path]:
    """The user's folder of presets, emptied afterwards."""
    folder = styles_folder()
    yield folder
    for file in folder.glob("*.json"):
        file.unlink()


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.style)
def test_choosing_one_fills_prompt_style_and_sliders_only(preset: Any, dancer: Any) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.song, settings.seed = "/music/song.mp3", 17
    settings.start_frame, settings.use_range = 33, True
    assert ops.apply_preset(name=preset.title) == {"FINISHED"}
    assert settings.prompt == preset.prompt
    assert settings.style == preset.style
    for name in ("energy", "smoothness", "bounce", "creativity"):
        assert getattr(settings, name) == pytest.approx(getattr(preset, name))
    assert (settings.song, settings.seed, settings.target) == ("/music/song.mp3", 17, dancer)
    assert (settings.start_frame, settings.use_range) == (33, True)
    assert current(settings) == preset
    settings.bounce = 0.123
    assert current(settings) is None


def test_it_is_one_step_of_undo() -> None:
    assert {"REGISTER", "UNDO"} == bpy.types.KPOP_CHOREO_OT_apply_preset.bl_options
    bpy.context.preferences.edit.use_global_undo = True
    bpy.context.scene.kpop_choreo.prompt = "before"
    bpy.ops.ed.undo_push(message="before")
    ops.apply_preset("EXEC_DEFAULT", True, name="Cute")
    assert bpy.context.scene.kpop_choreo.style == "cute"
    bpy.ops.ed.undo()
    assert bpy.context.scene.kpop_choreo.prompt == "before"
    assert bpy.context.scene.kpop_choreo.style == "none"
    assert bpy.context.scene.kpop_choreo.bounce == pytest.approx(0.6)


def test_saving_editing_and_removing(folder: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.prompt, settings.style, settings.energy = "디스코", "retro", 0.15
    assert ops.save_preset(name="나의 춤") == {"FINISHED"}
    assert len(list(folder.glob("*.json"))) == 1
    ops.apply_preset(name="Ballad")
    ops.apply_preset(name="나의 춤")
    assert (settings.prompt, settings.style) == ("디스코", "retro")
    assert settings.energy == pytest.approx(0.15)
    settings.energy = 0.25
    ops.save_preset(name="나의 춤")
    assert [preset.energy for preset in style_presets().own] == [0.25]
    assert ops.remove_preset(name="나의 춤") == {"FINISHED"}
    assert not list(folder.glob("*.json"))
    assert style_presets().presets == BUILT_IN


def test_a_replaced_built_in_one_comes_back() -> None:
    ops.apply_preset(name="Swag")
    bpy.context.scene.kpop_choreo.prompt = "my way"
    ops.save_preset(name="Swag")
    assert style_presets().find("swag").prompt == "my way"
    ops.remove_preset(name="Swag")
    assert style_presets().presets == BUILT_IN


def test_refusals_say_why_and_change_nothing() -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.prompt = "mine"
    with pytest.raises(RuntimeError, match="There is no style preset polka"):
        ops.apply_preset(name="polka")
    assert settings.prompt == "mine"
    assert (session.error.code, session.told_at) == ("style_preset", PROMPT)
    with pytest.raises(RuntimeError, match="has no name"):
        ops.save_preset(name=" ")
    with pytest.raises(RuntimeError, match="You have saved no presets"):
        ops.remove_preset(name="Cute")
    ops.save_preset(name="Mine")
    with pytest.raises(RuntimeError, match="Cute came with the add-on and cannot be removed"):
        ops.remove_preset(name="Cute")
    ops.apply_preset(name="Mine")
    assert session.error is None


def test_a_style_that_this_engine_lacks_is_left_to_the_prompt() -> None:
    from kpop_choreo_addon.styles import learn_styles

    learn_styles({"styles": [{"name": "waacking", "title": "Waacking"}]})
    settings = bpy.context.scene.kpop_choreo
    settings.style, settings.prompt = "waacking", "fast arms"
    ops.save_preset(name="Waack")
    learn_styles({"styles": [{"name": "retro", "title": "Retro"}]})
    settings.style, settings.prompt = "retro", ""
    ops.apply_preset(name="Waack")
    assert (settings.style, settings.prompt) == ("none", "fast arms")
    assert "does not know the style waacking" in session.notes[0]


def test_damaged_files_are_told_once_and_the_rest_works(folder: Path) -> None:
    ops.save_preset(name="Good")
    (folder / "bad.json").write_text("{", encoding="utf-8")
    assert [e.message for e in style_presets().problems] == [
        "The style preset bad.json is left out: it cannot be read as JSON."
    ]
    ops.apply_preset(name="Good")
