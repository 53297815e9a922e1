"""The song's part of the panel with the stand-in engine: corrections, sections, taps, clicks."""

from __future__ import annotations

import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from kpop_choreo_addon import song_panel
from kpop_choreo_addon.core.hearing import Wish
from kpop_choreo_addon.generating import hearing_task
from kpop_choreo_addon.ids import clicks_folder
from kpop_choreo_addon.operators.tapping import KPOPCHOREO_OT_tap_tempo
from kpop_choreo_addon.scene.clicks import CLICKS, clicks_strip, playhead, song_clock, song_strip
from kpop_choreo_addon.session import LISTEN, session
from tests.blender.helpers import HAS_AUDIO, drawn, dump, run_task, strips, write_tone

pytestmark = pytest.mark.usefixtures("fake_engine")
needs_audio = pytest.mark.skipif(not HAS_AUDIO, reason="this Blender was built without sound")


@pytest.fixture
def analysed(song: Path) -> Iterator[Path]:
    bpy.context.scene.kpop_choreo.song = str(song)
    bpy.ops.kpop_choreo.analyze()
    yield song
    for clicks in clicks_folder().glob("*"):
        clicks.unlink()


def kept() -> dict[str, Any]:
    """What the engine keeps."""
    return session.analysis["correction"]


def refused(name: str, **arguments: Any) -> str:
    """The code of an error that an operator reports; nothing may have changed."""
    before, known = dump(), dict(session.analysis)
    with pytest.raises(RuntimeError):
        getattr(bpy.ops.kpop_choreo, name)(**arguments)
    assert dump() == before
    assert session.analysis == known
    assert session.told_at == LISTEN
    assert session.error.remedy
    return session.error.code


def test_the_beat_is_corrected_step_by_step(analysed: Path) -> None:
    ops = bpy.ops.kpop_choreo
    ops.correct_beat(double=True)
    assert session.analysis["tempo"] == 240.0
    ops.correct_beat(halve=True)
    ops.correct_beat(nudge_ms=10.0)
    ops.correct_beat(nudge_ms=10.0)
    ops.correct_beat(one=-1)
    ops.correct_beat(beats_per_bar=3)
    assert kept() == {"factor": 1.0, "nudge_ms": 20.0, "one": 3, "beats_per_bar": 3}
    assert session.analysis["beats"][0] == 0.27
    ops.forget_corrections()
    assert kept() == {}


def test_corrections_add_up_while_one_is_under_way(analysed: Path) -> None:
    ops = bpy.ops.kpop_choreo
    session.begin(hearing_task(bpy.context.scene, analysed, Wish({"nudge_ms": 10.0})))
    ops.correct_beat(nudge_ms=10.0)
    ops.correct_beat(nudge_ms=10.0)
    assert "Nudged 30 ms later" in drawn(song_panel.KPOPCHOREO_PT_beat)
    with pytest.raises(RuntimeError, match="at work already"):
        ops.remove_section(index=0)
    run_task()
    assert session.task is None
    assert kept() == {"nudge_ms": 30.0}


def test_taps_and_sections(analysed: Path) -> None:
    ops = bpy.ops.kpop_choreo
    ops.tap_tempo(times="0.3 0.8, 1.3 1.8")
    assert kept() == {"taps": [0.3, 0.8, 1.3, 1.8]}
    ops.rename_section(index=1, label="dance break")
    ops.correct_beat(beats_per_bar=2)
    ops.move_section(index=1, at=1.3)
    bpy.context.scene.frame_set(1 + 78)  # 3.25 s
    ops.add_section(label="outro")
    assert kept()["sections"] == [
        {"start": 0.25, "label": "verse"},
        {"start": 1.25, "label": "dance break"},
        {"start": 3.25, "label": "outro"},
    ]
    ops.remove_section(index=0)
    assert [row["label"] for row in session.analysis["sections"]] == ["dance break", "outro"]


def test_what_cannot_be_is_refused(analysed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused("correct_beat") == "correction_refused"
    assert refused("correct_beat", beats_per_bar=5) == "correction_refused"
    assert refused("correct_beat", nudge_ms=5000.0) == "correction_refused"
    assert refused("tap_tempo", times="1 2 3") == "correction_refused"
    assert refused("tap_tempo", times="now") == "correction_refused"
    assert refused("tap_tempo") == "correction_refused"
    assert refused("move_section", index=0, at=2.0) == "correction_refused"
    assert refused("rename_section", index=9, label="outro") == "correction_refused"
    monkeypatch.setattr("kpop_choreo_addon.operators.sections.renamed", _bad_rows)
    assert refused("rename_section", index=0, label="outro") == "correction_invalid"
    analysed.unlink()
    assert refused("correct_beat", halve=True) == "song_missing"


def _bad_rows(*_: Any) -> list[dict[str, Any]]:
    return [{"start": 0.25, "label": "bad"}]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("correct_beat", {"halve": True}),
        ("tap_tempo", {"times": "1 2 3 4"}),
        ("add_section", {"at": 1.0}),
        ("forget_corrections", {}),
        ("lay_song", {}),
    ],
)
def test_a_song_is_analysed_first(song: Path, name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="Choose a song first"):
        getattr(bpy.ops.kpop_choreo, name)(**arguments)
    bpy.context.scene.kpop_choreo.song = str(song)
    with pytest.raises(RuntimeError, match="was not analysed yet"):
        getattr(bpy.ops.kpop_choreo, name)(**arguments)


def test_an_engine_that_is_gone(analysed: Path) -> None:
    from kpop_choreo_addon.preferences import get_preferences

    get_preferences().python_path = "/nowhere/python"
    assert refused("correct_beat", halve=True) == "python_missing"
    assert refused("check_by_ear") == "python_missing"


@needs_audio
def test_clicks_come_go_and_are_replaced(analysed: Path) -> None:
    scene = bpy.context.scene
    scene.kpop_choreo.start_frame = 11
    assert bpy.ops.kpop_choreo.check_by_ear() == {"FINISHED"}
    below, clicks = strips(scene)
    assert clicks.get(CLICKS) == str(analysed)
    assert (below.frame_final_start, below.frame_final_end) == (11, 11 + 96)
    assert (clicks.frame_final_start, clicks.frame_final_end) == (11, 11 + 96)
    assert clicks.channel != below.channel
    first = Path(clicks.sound.filepath)
    assert list(clicks_folder().iterdir()) == [first]
    bpy.ops.kpop_choreo.correct_beat(nudge_ms=10.0)
    below, clicks = strips(scene)
    assert Path(clicks.sound.filepath) != first
    assert [sound.name for sound in bpy.data.sounds if "clicks" in sound.name] == [
        clicks.sound.name
    ]
    bpy.ops.kpop_choreo.remove_clicks()
    assert [strip.get(CLICKS) for strip in strips(scene)] == [None]
    with pytest.raises(RuntimeError, match="no clicks"):
        bpy.ops.kpop_choreo.remove_clicks()


@needs_audio
def test_clicks_lie_where_the_users_own_strip_lies(analysed: Path) -> None:
    scene = bpy.context.scene
    editor = scene.sequence_editor_create()
    holder = editor.strips if hasattr(editor, "strips") else editor.sequences
    theirs = holder.new_sound("theirs", str(analysed), 3, 40)
    theirs.frame_offset_start = 12
    bpy.ops.kpop_choreo.check_by_ear()
    assert len(strips(scene)) == 2
    clicks = clicks_strip(scene, analysed)
    assert clicks.frame_start == 40
    assert clicks.frame_final_start == 52
    scene.frame_set(64)
    assert playhead(scene, analysed) == pytest.approx(1.0)


@needs_audio
def test_clicks_lie_in_the_scene_that_the_sequencer_shows(analysed: Path) -> None:
    workspace = bpy.context.workspace
    if not hasattr(workspace, "sequencer_scene"):
        pytest.skip("this Blender has one scene for all")
    other = bpy.data.scenes.new("Cut")
    workspace.sequencer_scene = other
    other.sequence_editor_create().strips.new_sound("song", str(analysed), 1, 5)
    bpy.ops.kpop_choreo.check_by_ear()
    assert not strips(bpy.context.scene)
    assert clicks_strip(other, analysed) is not None
    assert workspace.sequencer_scene == other
    bpy.ops.kpop_choreo.remove_clicks()
    assert len(strips(other)) == 1


@needs_audio
def test_clicks_follow_a_dance_to_its_place(
    dancer: bpy.types.Object, analysed: Path, tmp_path: Path
) -> None:
    scene = bpy.context.scene
    bpy.ops.kpop_choreo.check_by_ear()
    scene.kpop_choreo.start_frame = 31
    bpy.ops.kpop_choreo.generate()
    assert len(strips(scene)) == 2
    assert song_strip(scene, analysed).frame_start == 31
    assert clicks_strip(scene, analysed).frame_start == 31
    assert song_clock(scene, analysed).start == pytest.approx(31.0)
    bpy.ops.kpop_choreo.generate(song=str(write_tone(tmp_path / "other.wav", 4.0)))
    assert [strip.get(CLICKS) for strip in strips(scene)] == [None]


def test_without_sound_a_sentence_says_so(analysed: Path) -> None:
    if HAS_AUDIO:
        pytest.skip("this Blender has sound")
    bpy.ops.kpop_choreo.check_by_ear()
    assert "without sound" in session.notes[0]
    assert refused("lay_song") == "no_sound"


def test_bars_follow_a_correction_in_one_undo_step(
    dancer: bpy.types.Object, analysed: Path
) -> None:
    scene = bpy.context.scene
    bpy.ops.kpop_choreo.generate()
    scene.timeline_markers.new("mine", frame=7)
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    wish = Wish({"nudge_ms": 500.0}, clicks_folder())
    session.begin(hearing_task(scene, analysed, wish))
    run_task()
    assert session.error is None
    after = dump()
    frames = {m.name: m.frame for m in scene.timeline_markers}
    assert frames["1.1"] == 1 + 18
    assert frames["mine"] == 7
    assert len(strips(scene)) == (2 if HAS_AUDIO else 0)
    bpy.ops.ed.undo()
    assert dump() == before
    bpy.ops.ed.redo()
    assert dump() == after


def test_markers_of_another_song_stay(dancer: bpy.types.Object, analysed: Path) -> None:
    scene = bpy.context.scene
    bpy.ops.kpop_choreo.generate()
    scene.kpop_choreo.marker_source = scene.kpop_choreo.marker_source.replace("000", "111")
    before = dump()
    bpy.ops.kpop_choreo.correct_beat(nudge_ms=500.0)
    assert dump() == before


def test_edit_mode_is_waited_for(dancer: bpy.types.Object, analysed: Path) -> None:
    from kpop_choreo_addon import jobs

    bpy.ops.kpop_choreo.generate()
    bpy.context.view_layer.objects.active = dancer
    bpy.ops.object.mode_set(mode="EDIT")
    before = [m.frame for m in bpy.context.scene.timeline_markers]
    task = hearing_task(bpy.context.scene, analysed, Wish({"nudge_ms": 500.0}))
    session.begin(task)
    deadline = time.monotonic() + 30
    while not task.waiting and time.monotonic() < deadline:
        assert jobs.tick() is not None
        time.sleep(0.02)
    assert session.analysis["beats"][0] == 0.75
    assert [m.frame for m in bpy.context.scene.timeline_markers] == before
    bpy.ops.object.mode_set(mode="OBJECT")
    run_task()
    assert [m.frame for m in bpy.context.scene.timeline_markers] != before


def test_the_panel_says_what_was_heard(analysed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        song_panel, "wrapped", lambda layout, text, icon="": layout.label(text=text)
    )
    texts = drawn(song_panel.KPOPCHOREO_PT_song)
    assert {"120.0 BPM", "sure", "A minor", "unsure", "calm", "Check by Ear"} <= set(texts)
    assert {"Verse", "0:00  1 bar", "Chorus"} <= set(drawn(song_panel.KPOPCHOREO_PT_sections))
    bpy.ops.kpop_choreo.correct_beat(nudge_ms=-10.0)
    assert "Nudged 10 ms earlier" in drawn(song_panel.KPOPCHOREO_PT_beat)
    session.analysis["confidence"]["beats"] = 0.0
    assert "No steady beat found: tap it" in " ".join(drawn(song_panel.KPOPCHOREO_PT_song))
    session.taps = [1.0, 1.5]
    assert "2 taps, 120.0 BPM" in drawn(song_panel.KPOPCHOREO_PT_song)


def test_tapping_starts_anew_when_playback_does(analysed: Path) -> None:
    seconds = iter([3.0, 3.5, 0.25, 0.75])
    playback = types.SimpleNamespace(second=lambda context: next(seconds))
    session.taps = []
    for _ in range(4):
        KPOPCHOREO_OT_tap_tempo._tap(types.SimpleNamespace(_playback=playback), bpy.context)
    assert session.taps == [0.25, 0.75]
    assert bpy.ops.kpop_choreo.cancel() == {"FINISHED"}
    assert session.taps_end == "cancel"
