"""Presets of style: built-in ones, the user's own, and damaged files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.style_presets import (
    BUILT_IN,
    SLIDERS,
    StylePreset,
    load_style_preset,
    load_style_presets,
    remove_style_preset,
    same_name,
    save_style_preset,
)

MINE = StylePreset("나의 춤", "retro", "디스코, 큰 턴", 0.1, 0.2, 0.3, 0.4)


def refused(code: str, action: Callable[[], object]) -> ChoreoError:
    """The error that ``action`` ends with."""
    with pytest.raises(ChoreoError) as caught:
        action()
    assert caught.value.code == code
    return caught.value


def test_the_built_in_ones_are_whole() -> None:
    assert len({same_name(preset.title) for preset in BUILT_IN}) == len(BUILT_IN) == 8
    for preset in BUILT_IN:
        assert preset.prompt
        assert all(0.0 <= getattr(preset, name) <= 1.0 for name in SLIDERS)


def test_saved_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "styles"
    assert load_style_presets(folder).presets == BUILT_IN
    path = save_style_preset(folder, MINE)
    assert load_style_preset(path) == MINE
    known = load_style_presets(folder)
    assert known.presets == (*BUILT_IN, MINE)
    assert known.own == (MINE,)
    assert known.find(" 나의_춤") == MINE
    assert not known.problems
    assert [file.name for file in folder.iterdir()] == [path.name]


def test_saving_again_replaces_and_similar_names_do_not(tmp_path: Path) -> None:
    save_style_preset(tmp_path, replace(MINE, title="a/b"))
    save_style_preset(tmp_path, replace(MINE, title="a?b"))
    save_style_preset(tmp_path, replace(MINE, title="A/B", energy=0.9))
    known = load_style_presets(tmp_path)
    assert [(p.title, p.energy) for p in known.own] == [("A/B", 0.9), ("a?b", 0.1)]


def test_a_built_in_one_is_replaced_and_comes_back(tmp_path: Path) -> None:
    save_style_preset(tmp_path, replace(MINE, title="hip hop"))
    known = load_style_presets(tmp_path)
    assert known.find("Hip-hop").prompt == MINE.prompt
    assert len(known.presets) == len(BUILT_IN)
    remove_style_preset(tmp_path, "Hip-hop")
    assert load_style_presets(tmp_path).presets == BUILT_IN
    error = refused("style_preset", lambda: remove_style_preset(tmp_path, "hip-hop"))
    assert error.message == "Hip-hop came with the add-on and cannot be removed."


def test_an_unknown_one_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    error = refused("style_preset", lambda: load_style_presets(tmp_path).find("polka"))
    assert error.message == "There is no style preset polka."
    assert "Girl crush, Cute" in error.remedy


@pytest.mark.parametrize("title", ["", "  ", "-_-", "x" * 61])
def test_names_that_cannot_be_saved(title: str, tmp_path: Path) -> None:
    refused("style_preset", lambda: save_style_preset(tmp_path, replace(MINE, title=title)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (None, "it cannot be read as JSON"),
        ({"format": "kpop-choreo-rig-preset"}, "it is no preset of a style"),
        ({"version": 2}, "its version is 2 and not 1"),
        ({"title": " "}, "it has no title"),
        ({"title": None}, "its title is no text"),
        ({"prompt": 3}, "its prompt is no text"),
        ({"energy": 1.5}, "its energy is no number from 0 to 1"),
        ({"bounce": float("nan")}, "its bounce is no number from 0 to 1"),
        ({"creativity": True}, "its creativity is no number from 0 to 1"),
        ({"smoothness": "0.5"}, "its smoothness is no number from 0 to 1"),
    ],
)
def test_damaged_files_are_left_out_with_a_sentence(change: Any, why: str, tmp_path: Path) -> None:
    good = save_style_preset(tmp_path, MINE)
    table = json.loads(good.read_text(encoding="utf-8")) | {"title": "Other"} | (change or {})
    text = json.dumps(table) if change else good.read_text(encoding="utf-8")[:40]
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    known = load_style_presets(tmp_path)
    assert known.own == (MINE,)
    assert [e.message for e in known.problems] == [f"The style preset bad.json is left out: {why}."]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000, b"", b"[]", b"null"])
def test_files_that_are_no_table(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    assert len(load_style_presets(tmp_path).problems) == 1


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refused("style_preset", lambda: save_style_preset(tmp_path / "file" / "styles", MINE))
    assert "cannot be changed" in error.message


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_style_preset(tmp_path, MINE)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ChoreoError, match="is full"):
        save_style_preset(tmp_path, replace(MINE, energy=1.0))
    assert load_style_preset(path) == MINE
