"""A part of a dance replaced, and takes made longer, shorter, loops, mirrored, nudged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon import editing
from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.body import JOINTS, other_side
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.clip_writer import clip_bytes
from kpop_choreo_addon.core.easing import smootherstep
from kpop_choreo_addon.core.edits import LOOP, Edit
from kpop_choreo_addon.core.placement import mirrored
from kpop_choreo_addon.editing import bring_edit, part_task
from kpop_choreo_addon.scene.actions import fcurves_of
from kpop_choreo_addon.scene.apply import RECORD
from kpop_choreo_addon.scene.take_actions import take_of_action
from kpop_choreo_addon.scene.takes import stored_take, takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import dump, posed_heads, run_task, set_frame
from tests.core.synthetic import turn, write_clip

pytestmark = pytest.mark.usefixtures("fake_engine")
SECONDS, START, END = 8.5, 2.25, 6.25
"""Bars of two seconds from 0.25 on; the second and third are danced anew."""


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    path.write_bytes(b"RIFF of no interest")
    return path


@pytest.fixture
def clip_file(tmp_path: Path, song: Path) -> Path:
    path = write_clip(tmp_path / "dance.npz", seconds=SECONDS)
    clip = read_clip(path)
    digest = hashlib.sha256(song.read_bytes()).hexdigest()
    beats = [0.25 + 0.5 * beat for beat in range(40)]
    clip.meta["song"] = {"sha256": digest, "name": song.name, "duration": 16.0}
    clip.meta["analysis"] |= {"beats": beats, "downbeats": beats[::4]}
    path.write_bytes(clip_bytes(clip))
    return path


@pytest.fixture
def danced(dancer: bpy.types.Object, clip_file: Path, song: Path) -> bpy.types.Object:
    settings = bpy.context.scene.kpop_choreo
    settings.song, settings.start_frame = str(song), 11
    settings.add_sound = False
    return dancer


def apply(clip_file: Path) -> None:
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))


def anew(clip: Clip, start: float, end: float) -> Clip:
    """``clip`` as an engine would dance a part of it anew: the rest stays bit for bit."""
    t = np.arange(clip.frames) / clip.fps
    share = smootherstep((t - start) / 0.5) * smootherstep((end - t) / 0.5)
    quats, roots = clip.local_quats.copy(), clip.root_positions.copy()
    inside = (t > start) & (t < end)
    for joint, axis in (("left_shoulder", "X"), ("right_hip", "X"), ("spine2", "Y")):
        way = turn(axis, 40 * share * np.cos(3 * t))
        number = JOINTS.index(joint)
        quats[0, inside, number] = quat.multiply(quats[0, :, number], way)[inside]
    roots[0, inside, 0] += (0.2 * share * np.sin(2 * t))[inside]
    return replace(clip, local_quats=quats, root_positions=roots, meta={**clip.meta, "seed": 99})


def engine_gives(monkeypatch: pytest.MonkeyPatch, clip: Clip, path: Path) -> Path:
    path.write_bytes(clip_bytes(clip))
    monkeypatch.setenv("FAKE_CLIP", str(path))
    return path


def action_of(obj: bpy.types.Object) -> Any:
    """What the active take's action is, wherever it is."""
    uid = takes_of(obj).active
    return next(action for action in bpy.data.actions if take_of_action(action) == uid)


def table(action: Any, frames: np.ndarray) -> dict[Any, np.ndarray]:
    return {
        (c.data_path, c.array_index): np.array([c.evaluate(f) for f in frames])
        for c in fcurves_of(action)
    }


def edit_by_hand(action: Any, around: float) -> None:
    """Lifts an arm for a second around a frame, with a key of its own on one channel."""
    for curve in fcurves_of(action):
        if "left_shoulder" in curve.data_path and curve.array_index == 1:
            for key in curve.keyframe_points:
                key.co[1] += 0.3 * np.exp(-(((key.co[0] - around) / 12) ** 2))
            curve.update()
        if "right_elbow" in curve.data_path and curve.array_index == 0:
            curve.keyframe_points.insert(around - 1.5, curve.evaluate(around - 1.5) + 0.01)


def heads(obj: bpy.types.Object, frames: np.ndarray) -> np.ndarray:
    found = []
    for frame in frames:
        set_frame(frame)
        found.append(posed_heads(obj, list(JOINTS)))
    return np.array(found)


@pytest.mark.parametrize(
    ("keys", "mode", "place", "fps"),
    [
        ("EVERY", "QUATERNION", "NEW", 30),
        ("REDUCED", "YXZ", "STRIP", 24),
        ("EVERY", "AXIS_ANGLE", "CURRENT", 25),
    ],
)
def test_outside_the_part_every_value_stays(
    danced: bpy.types.Object,
    clip_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keys: str,
    mode: str,
    place: str,
    fps: int,
) -> None:
    scene = bpy.context.scene
    scene.render.fps = fps
    scene.kpop_choreo.key_mode, scene.kpop_choreo.place = keys, place
    for bone in danced.pose.bones:
        bone.rotation_mode = mode
    apply(clip_file)
    first_take = takes_of(danced).current
    old_clip, old_action = stored_take(danced).clip, action_of(danced)
    start, end = 11 + START * fps, 11 + END * fps
    edit_by_hand(old_action, start - 4)
    frames = np.arange(0, 11 + int(SECONDS * fps) + 8)
    outside = (frames <= start) | (frames >= end)
    old, there = table(old_action, frames), heads(danced, frames[11:-8])
    engine_gives(monkeypatch, anew(old_clip, START, END), tmp_path / "new.npz")
    assert bpy.ops.kpop_choreo.regenerate(first_bar=2, last_bar=3) == {"FINISHED"}
    assert session.notes[1:] == ()
    take = takes_of(danced).current
    assert (take.name, take.source) == ("Take 2, bars 2-3", first_take.uid)
    assert take.seed == 99
    new_clip, new_action = stored_take(danced).clip, action_of(danced)
    kept = np.r_[0:68, 188 : old_clip.frames]
    for name in ("local_quats", "root_positions", "foot_contacts"):
        new_values, old_values = getattr(new_clip, name), getattr(old_clip, name)
        np.testing.assert_array_equal(new_values[:, kept], old_values[:, kept])
    new = table(new_action, frames)
    assert new.keys() == old.keys()
    for name, values in old.items():
        np.testing.assert_array_equal(new[name][outside], values[outside], err_msg=str(name))
    assert (new_action == old_action) == (place == "CURRENT")
    if place != "CURRENT":
        for name, values in table(old_action, frames).items():
            np.testing.assert_array_equal(values, old[name], err_msg="the old take stays")
    after = heads(danced, frames[11:-8])
    inside = np.abs(after - there).max(axis=(1, 2))
    assert inside[~outside[11:-8]].max() > 0.1
    assert inside[outside[11:-8]].max() == 0.0
    assert seam_quantile(after, [start - 11, end - 11]) <= 0.99


def seam_quantile(places: np.ndarray, seams: list[float]) -> float:
    """Where the body's mean speed and acceleration at seams lie among all other frames, 0..1."""
    worst = 0.0
    for order in (1, 2):
        sizes = np.linalg.norm(np.diff(places, n=order, axis=0), axis=-1).mean(axis=-1)
        middles = np.arange(len(sizes)) + order / 2
        at = np.any([np.abs(middles - seam) <= 1.0 + order / 2 for seam in seams], axis=0)
        worst = max(worst, float((sizes[~at] < sizes[at].max()).mean()))
    return worst


def test_the_engine_is_asked_for_the_part(
    danced: bpy.types.Object, clip_file: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(clip_file)
    asked: list[Any] = []

    def dance_task(scene: Any, target: Any, song: Path, order: dict[str, Any], clip: bytes) -> Any:
        asked.append((song, order, clip))
        return type("Task", (), {})()

    monkeypatch.setattr(editing, "dance_task", dance_task)
    settings = bpy.context.scene.kpop_choreo
    settings.prompt, settings.n_takes, settings.use_range = "waves", 3, True
    span = editing.Span(START, END, 2, 3)
    task = part_task(bpy.context.scene, danced, span, {"energy": 0.2})
    ((path, order, source),) = asked
    assert path == song
    assert json.loads(order["regenerate"]) == [START, END]
    assert (order["prompt"], order["energy"]) == ("waves", 0.2)
    assert not {"n_takes", "start", "end"} & set(order)
    assert source == clip_bytes(stored_take(danced).clip)
    assert task.edit.suffix == "bars 2-3"
    song.write_bytes(b"another one")
    with pytest.raises(editing.ChoreoError, match="another song"):
        part_task(bpy.context.scene, danced, span, {})


def test_other_settings_fit_the_whole_dance_and_say_so(
    danced: bpy.types.Object,
    clip_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply(clip_file)
    clip = stored_take(danced).clip
    engine_gives(monkeypatch, anew(clip, START, END), tmp_path / "new.npz")
    bpy.context.scene.kpop_choreo.mirror = True
    bpy.ops.kpop_choreo.regenerate(start=START, end=END)
    assert any("settings under Target have changed" in note for note in session.notes)
    assert takes_of(danced).current.name == "Take 2, 2.2-6.2 s"
    danced.animation_data.action = None
    bpy.ops.kpop_choreo.regenerate(first_bar=2)
    assert any("did not dance that take" in note for note in session.notes)


def test_the_timer_brings_a_part_in_as_one_undo_step(
    danced: bpy.types.Object,
    clip_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply(clip_file)
    clip = stored_take(danced).clip
    engine_gives(monkeypatch, anew(clip, START, END), tmp_path / "new.npz")
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    session.begin(part_task(bpy.context.scene, danced, editing.Span(START, END, 2, 3), {}))
    monkeypatch.setattr(editing, "prepare", None)  # it would hold up Blender's window
    run_task()
    assert session.error is None
    after = dump()
    assert after != before
    assert takes_of(danced).current.name == "Take 2, bars 2-3"
    bpy.ops.ed.undo()
    assert dump() == before
    bpy.ops.ed.redo()
    assert dump() == after


def test_the_part_is_taken_from_the_timeline(danced: bpy.types.Object, clip_file: Path) -> None:
    apply(clip_file)
    scene = bpy.context.scene
    settings = scene.kpop_choreo
    for marker in scene.timeline_markers:
        marker.select = False
    with pytest.raises(RuntimeError, match="Nothing is selected"):
        bpy.ops.kpop_choreo.range_from_timeline()
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 11 + 100, 11 + 148
    bpy.ops.kpop_choreo.range_from_timeline()
    assert (settings.edit_first, settings.edit_last) == (3, 3)
    bpy.ops.kpop_choreo.range_from_timeline(to_bars=False)
    assert settings.edit_unit == "SECONDS"
    assert settings.edit_start == pytest.approx(100 / 24)
    assert settings.edit_end == pytest.approx(148 / 24)
    scene.use_preview_range = False
    for frame in (11 + 54, 11 + 150):
        scene.timeline_markers.new("mine", frame=frame).select = True
    bpy.ops.kpop_choreo.range_from_timeline()
    assert (settings.edit_unit, settings.edit_first, settings.edit_last) == ("BARS", 2, 3)


@pytest.mark.parametrize("place", ["NEW", "STRIP"])
def test_a_nudged_dance_moves_against_song_and_markers(
    danced: bpy.types.Object, clip_file: Path, place: str
) -> None:
    bpy.context.scene.kpop_choreo.place = place
    apply(clip_file)
    action = action_of(danced)
    markers = sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers)
    old = heads(danced, np.arange(11, 60))
    bpy.ops.kpop_choreo.nudge(frames=2.0, milliseconds=125.0)  # three frames of 24
    np.testing.assert_allclose(heads(danced, np.arange(16, 65)), old, atol=1e-5)
    record = json.loads(action[RECORD])
    assert record["start_frame"] == 16
    assert record["song_start"] == pytest.approx(5 / 24)
    assert record["beats"][0] == pytest.approx(0.25 - 5 / 24, abs=1e-4)
    assert sorted((m.name, m.frame) for m in bpy.context.scene.timeline_markers) == markers
    assert len(takes_of(danced).takes) == 1
    bpy.ops.kpop_choreo.nudge(frames=-5.0)
    np.testing.assert_allclose(heads(danced, np.arange(11, 60)), old, atol=1e-5)
    assert json.loads(action[RECORD])["nudged"] == 0.0


@pytest.mark.parametrize("place", ["NEW", "STRIP", "CURRENT"])
@pytest.mark.parametrize("keys", ["EVERY", "REDUCED"])
def test_a_shorter_take_stays_at_its_place(
    danced: bpy.types.Object, clip_file: Path, place: str, keys: str
) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.place, settings.key_mode = place, keys
    apply(clip_file)
    frames = np.arange(66, 160)  # 2.27 to 6.23 s
    old = heads(danced, frames)
    bpy.ops.kpop_choreo.shorten(first_bar=2, last_bar=3)
    tolerance = 1e-4 if keys == "EVERY" else 2e-3
    np.testing.assert_allclose(heads(danced, frames), old, atol=tolerance)
    action = action_of(danced)
    assert action.frame_range[0] >= 64.9
    assert action.frame_range[1] <= 161.1
    record = json.loads(action[RECORD])
    assert record["duration"] == pytest.approx(119 / 30)
    assert record["song_start"] == pytest.approx(68 / 30)
    assert takes_of(danced).current.name == "Take 2, bars 2-3"
    assert stored_take(danced).clip.frames == 120


def test_a_longer_take_keeps_what_was_there(
    danced: bpy.types.Object,
    clip_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply(clip_file)
    old_action, fps = action_of(danced), 24
    edit_by_hand(old_action, 11 + 7 * fps)
    frames = np.arange(0, 11 + int(SECONDS * fps))
    old = table(old_action, frames)
    longer = editing.lengthened(stored_take(danced).clip, 2)
    clip = anew(longer.clip, longer.start, 99.0)
    engine_gives(monkeypatch, clip, tmp_path / "new.npz")
    bpy.ops.kpop_choreo.extend(bars=2)
    action = action_of(danced)
    for name, values in table(action, frames).items():
        np.testing.assert_array_equal(values, old[name], err_msg=str(name))
    assert action.frame_range[1] == pytest.approx(11 + clip.duration * fps, abs=0.01)
    assert json.loads(action[RECORD])["duration"] == pytest.approx(clip.duration)
    assert takes_of(danced).current.name == "Take 2, 2 bars longer"
    last = max(m.frame for m in bpy.context.scene.timeline_markers)
    assert last > frames[-1]
    assert editing.longer_task(bpy.context.scene, danced, 1, {}).edit.note == ""
    assert "song ends there" in editing.longer_task(bpy.context.scene, danced, 9, {}).edit.note


def test_a_loop_goes_round_and_says_so_to_exporters(
    danced: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    apply(clip_file)
    clip = stored_take(danced).clip
    period = 8.0 + 1 / 64
    one = replace(
        clip,
        fps=241 / period,
        local_quats=clip.local_quats[:, :241],
        root_positions=clip.root_positions[:, :241],
        foot_contacts=clip.foot_contacts[:, :241],
        meta={**clip.meta, "directing": {"loop": {"frames": 241, "period": period}}},
    )
    file = tmp_path / "loop.npz"
    file.write_bytes(clip_bytes(one))
    edit = Edit(LOOP, takes_of(danced).active, "loop of bars 1-4", 0.25, 8.25)
    for keys in ("EVERY", "REDUCED"):
        bpy.context.scene.kpop_choreo.key_mode = keys
        done = bring_edit(bpy.context.scene, danced, edit, file)
        action = action_of(danced)
        assert action.use_cyclic
        assert action.use_frame_range
        start, end = action.frame_start, action.frame_end
        assert start == pytest.approx(17)
        assert end - start == pytest.approx(period * 24)
        first, last = heads(danced, np.array([start, end]))
        np.testing.assert_allclose(first, last, atol=2e-5)
        assert any("One round lasts 192.38 frames" in note for note in done.notes)
        edit = replace(edit, take=takes_of(danced).active, start=0.0)


def test_a_mirrored_take_is_a_take_of_its_own(danced: bpy.types.Object, clip_file: Path) -> None:
    apply(clip_file)
    clip = stored_take(danced).clip
    old = heads(danced, np.arange(11, 60))
    bpy.ops.kpop_choreo.nudge(frames=3.0)
    bpy.ops.kpop_choreo.mirror_take()
    assert takes_of(danced).current.name == "Take 2, mirrored"
    np.testing.assert_allclose(
        stored_take(danced).clip.root_positions, mirrored(clip).root_positions, atol=1e-6
    )
    other = [JOINTS.index(other_side(name)) for name in JOINTS]
    new = heads(danced, np.arange(14, 63))
    np.testing.assert_allclose(new[:, other] * [-1, 1, 1], old, atol=1e-3)


def test_polls_say_why(dancer: bpy.types.Object) -> None:
    for name in ("regenerate", "extend", "shorten", "make_loop", "mirror_take", "nudge"):
        with pytest.raises(RuntimeError, match="Generate a dance or choose a take first"):
            getattr(bpy.ops.kpop_choreo, name)()
