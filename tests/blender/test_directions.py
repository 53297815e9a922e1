"""Sections with directions of their own, the play button, and what is drawn on the timeline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from kpop_choreo_addon import direction_panel, song_drawing, song_panel
from kpop_choreo_addon.generating import known_analysis
from kpop_choreo_addon.hearings import keep_hearing
from kpop_choreo_addon.ids import clicks_folder, hearings_folder
from kpop_choreo_addon.scene.clicks import song_strip
from kpop_choreo_addon.section_settings import shown_section
from kpop_choreo_addon.session import LISTEN, session
from tests.blender.helpers import HAS_AUDIO, drawn, dump

pytestmark = pytest.mark.usefixtures("fake_engine")
needs_audio = pytest.mark.skipif(not HAS_AUDIO, reason="this Blender was built without sound")


@pytest.fixture
def analysed(song: Path) -> Iterator[Path]:
    settings().song = str(song)
    bpy.ops.kpop_choreo.analyze()
    yield song
    for kept in (*clicks_folder().glob("*"), *hearings_folder().glob("*")):
        kept.unlink()


def settings() -> Any:
    return bpy.context.scene.kpop_choreo


def told() -> list[dict[str, Any]]:
    """What the engine would be told of the sections."""
    return json.loads(settings().parameters().get("section_prompts", "[]"))


def direct(index: int, **given: Any) -> Any:
    """The direction of a section after the operator."""
    bpy.ops.kpop_choreo.direct_section(index=index, **given)
    return settings().directions[settings().direction_index]


def test_a_section_is_shown_with_fields_of_its_own(analysed: Path) -> None:
    panel = song_panel.KPOPCHOREO_PT_sections
    assert "own_energy" not in drawn(panel)
    assert "section_prompts" not in settings().parameters()
    direction = direct(1)
    assert shown_section(bpy.context.scene) == 1
    assert {"prompt", "style", "own_energy", "energy", "Chorus  0:02"} <= set(drawn(panel))
    assert told() == []
    direction.prompt, direction.style = "big jumps", "waacking"
    assert told() == [{"start": 2.25, "end": 4.0, "prompt": "big jumps", "style": "waacking"}]
    direction.own_energy, direction.energy = True, 0.9
    assert told()[0]["energy"] == 0.9
    direct(0)
    assert shown_section(bpy.context.scene) == 0
    assert len(told()) == 1


def test_scripts_give_everything_at_once_and_take_it_back(analysed: Path) -> None:
    direct(0, prompt="sharp arms", style="waacking", energy=0.25)
    assert told() == [
        {"start": 0.25, "end": 2.25, "prompt": "sharp arms", "style": "waacking", "energy": 0.25}
    ]
    direct(0, prompt="", style="", energy=-1.0)
    assert told() == []
    direct(1, same_as=0)
    assert told() == [{"start": 2.25, "end": 4.0, "same_as": 0.25}]
    assert "Verse  0:00" in drawn(song_panel.KPOPCHOREO_PT_sections)
    menu = drawn(direction_panel.KPOPCHOREO_MT_same_as)
    row = "kpop_choreo.direct_section"
    assert menu == [row, "Its Own", row, "Verse  0:00"]
    direct(1, same_as=-1)
    assert told() == []
    direct(1, prompt="waves")
    bpy.ops.kpop_choreo.forget_direction(index=1)
    assert told() == []
    assert shown_section(bpy.context.scene) is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"index": 7}, "section_missing"),
        ({"index": 0, "same_as": 9}, "section_missing"),
        ({"index": 0, "same_as": 0}, "same_as_circle"),
        ({"index": 0, "style": "polka"}, "style_unknown"),
        ({"index": 0, "same_as": 1}, "same_as_circle"),
    ],
)
def test_what_cannot_be_directed_is_refused(
    analysed: Path, given: dict[str, Any], code: str
) -> None:
    direct(1, same_as=0)
    before = dump()
    with pytest.raises(RuntimeError):
        bpy.ops.kpop_choreo.direct_section(**given)
    assert session.error.code == code
    assert session.told_at == LISTEN
    assert dump() == before


def test_directions_follow_corrections_and_other_songs_do_not_get_them(
    analysed: Path, tmp_path: Path
) -> None:
    direct(1, prompt="big jumps")
    bpy.ops.kpop_choreo.move_section(index=1, at=0.75 + 3.5)
    moved = session.analysis["sections"][1]["start"]
    assert told() == [{"start": moved, "end": 4.0, "prompt": "big jumps"}]
    bpy.ops.kpop_choreo.rename_section(index=1, label="bridge")
    assert told()[0]["prompt"] == "big jumps"
    session.analysis = session.analysis | {"song_sha256": "1" * 64}
    assert told() == []


def test_directions_survive_saving_and_are_sent_before_the_song_is_heard_again(
    analysed: Path, tmp_path: Path
) -> None:
    direct(1, prompt="big jumps", energy=0.5)
    direct(0, same_as=1)
    wanted = told()
    file = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.read_homefile(use_empty=True)
    session.analysis, session.analysed_song = {}, ""
    bpy.ops.wm.open_mainfile(filepath=file)
    assert known_analysis(bpy.context.scene) == {}
    assert told() == wanted
    bpy.ops.kpop_choreo.analyze()
    assert told() == wanted


def test_a_reopened_file_shows_its_song_at_once(analysed: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(analysed.read_bytes()).hexdigest()
    heard = session.analysis | {"song_sha256": digest}
    keep_hearing(heard)
    session.analysis, session.analysed_song = {}, ""
    assert known_analysis(bpy.context.scene) == heard
    assert session.analysed_song == str(analysed)
    analysed.write_bytes(analysed.read_bytes()[:-2])
    session.analysis, session.analysed_song, session.sought_song = {}, "", ""
    assert known_analysis(bpy.context.scene) == {}
    settings().song = ""
    assert known_analysis(bpy.context.scene) == {}


def test_one_undo_takes_back_a_direction(analysed: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.kpop_choreo.direct_section("EXEC_DEFAULT", True, index=0, prompt="waves")
    assert told()
    bpy.ops.ed.undo()
    assert told() == []


def test_generate_sends_the_directions_or_what_a_script_gives(
    analysed: Path, dancer: bpy.types.Object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from kpop_choreo_addon.operators import dance

    sent: list[dict[str, Any]] = []
    real = dance.dance_task

    def dance_task(scene: Any, target: Any, song: Path, parameters: dict[str, Any]) -> Any:
        sent.append(parameters)
        return real(scene, target, song, parameters)

    monkeypatch.setattr(dance, "dance_task", dance_task)
    direct(1, prompt="big jumps")
    bpy.ops.kpop_choreo.generate()
    given = [{"start": 0.0, "end": 2.0, "energy": 0.1}]
    bpy.ops.kpop_choreo.generate(sections=json.dumps(given))
    other = tmp_path / "other.wav"
    other.write_bytes(analysed.read_bytes())
    bpy.ops.kpop_choreo.generate(song=str(other))
    assert json.loads(sent[0]["section_prompts"])[0]["prompt"] == "big jumps"
    assert json.loads(sent[1]["section_prompts"]) == given
    assert "section_prompts" not in sent[2]
    assert all("sections" not in parameters for parameters in sent)
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.kpop_choreo.generate(sections="chorus")


@needs_audio
def test_play_lays_the_song_and_follows_its_sound(analysed: Path) -> None:
    scene = bpy.context.scene
    assert "kpop_choreo.play_song" in drawn(song_panel.KPOPCHOREO_PT_song)
    scene.frame_set(5000)
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.kpop_choreo.play_song()
    assert song_strip(scene, analysed) is not None
    assert (scene.sync_mode, scene.frame_current) == ("AUDIO_SYNC", settings().start_frame)
    if bpy.context.screen.is_animation_playing:
        bpy.ops.kpop_choreo.play_song()
    assert not bpy.context.screen.is_animation_playing
    bpy.ops.ed.undo()
    scene = bpy.context.scene
    assert (song_strip(scene, analysed), scene.sync_mode) == (None, "NONE")


def test_the_panel_tells_bar_and_beat_at_any_rate(analysed: Path) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    settings().start_frame = 11
    scene.frame_set(11 + round(2.75 * 30 / 1.001))
    assert "bar 2 · 2" in drawn(song_panel.KPOPCHOREO_PT_song)


def test_nothing_is_drawn_without_a_window() -> None:
    song_drawing.register()
    assert "handler" not in song_drawing._kept
    song_drawing.unregister()
