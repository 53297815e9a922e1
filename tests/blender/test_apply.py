"""A clip becomes keys, markers and a sound strip, in one undo step."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS
from tests.blender.helpers import (
    HAS_AUDIO,
    build_armature,
    curves,
    dump,
    key_frames,
    posed_heads,
    read_wav,
    set_frame,
    strips,
    write_tone,
)
from tests.core.rig_systems import other_body, renamed, without
from tests.core.rigs import make_rig
from tests.core.synthetic import clip_arrays, joint_positions, write_clip

RATES = [(24, 1.0), (25, 1.0), (30, 1.001), (30, 1.0), (60, 1.0)]


def apply(clip: Path, song: Path | None = None, undo: bool = False) -> None:
    bpy.ops.kpop_choreo.apply_clip(
        "EXEC_DEFAULT", undo, filepath=str(clip), song=str(song) if song else ""
    )


@pytest.mark.parametrize(("fps", "base"), RATES)
def test_keys_lie_at_their_seconds(
    dancer: bpy.types.Object, clip_file: Path, fps: int, base: float
) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    scene.kpop_choreo.start_frame = 11
    end = scene.frame_end
    apply(clip_file)
    arrays = clip_arrays()
    rate = fps / base
    samples = 11 + np.arange(arrays["local_quats"].shape[1]) / 30.0 * rate
    beats = 11 + arrays["beats"] * rate
    for curve in curves(dancer):
        frames = key_frames(curve)
        assert frames[0] == 11.0
        assert np.abs(frames[:, None] - samples[None]).min(0).max() < 1e-3
        assert np.abs(frames[:, None] - beats[None]).min(0).max() < 0.002 * rate
        assert np.all(np.diff(frames) > 0)
    assert (scene.render.fps, scene.render.fps_base) == (fps, pytest.approx(base))
    assert scene.frame_end == end
    downbeats = arrays["downbeats"]
    marked = [m.frame for m in scene.timeline_markers if m.name.partition(" ")[0].endswith(".1")]
    assert len(marked) == len(downbeats)
    assert np.abs(np.sort(marked) - (11 + downbeats * rate)).max() <= 0.5


@pytest.mark.parametrize(("fps", "base"), RATES)
def test_the_pose_between_frames_is_that_of_the_clip(
    dancer: bpy.types.Object, clip_file: Path, fps: int, base: float
) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    apply(clip_file)
    truth = to_blender(joint_positions(clip_arrays()))
    for sample in (0, 17, 60, 119, 120):
        set_frame(1 + sample / 30.0 * fps / base)
        assert np.abs(posed_heads(dancer, list(JOINTS)) - truth[sample]).max() < 1e-3


def test_keys_are_linear_grouped_and_without_flips(
    dancer: bpy.types.Object, clip_file: Path
) -> None:
    apply(clip_file)
    found = curves(dancer)
    assert {curve.group.name for curve in found} == set(JOINTS)
    assert all(k.interpolation == "LINEAR" for c in found for k in c.keyframe_points)
    assert all(k.handle_left_type == "AUTO_CLAMPED" for k in found[0].keyframe_points)
    halves = key_frames(found[0])[:-1] + 0.5
    straight = [found[0].evaluate(frame) for frame in halves]
    for key in found[0].keyframe_points:
        key.interpolation = "BEZIER"
    assert [found[0].evaluate(frame) for frame in halves] == pytest.approx(straight, abs=1e-6)
    by_path: dict[str, list[np.ndarray]] = {}
    for curve in found:
        values = np.array([k.co[1] for k in curve.keyframe_points])
        by_path.setdefault(curve.data_path, []).append(values)
    for path, channels in by_path.items():
        if path.endswith("rotation_quaternion"):
            quats = np.stack(channels, -1)
            assert np.sum(quats[1:] * quats[:-1], -1).min() > 0.8
    locations = [path for path in by_path if path.endswith("location")]
    assert locations == ['pose.bones["pelvis"].location']


@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "YXZ", "AXIS_ANGLE"])
def test_rotation_modes_are_kept(dancer: bpy.types.Object, clip_file: Path, mode: str) -> None:
    for bone in dancer.pose.bones:
        bone.rotation_mode = mode
    apply(clip_file)
    assert {bone.rotation_mode for bone in dancer.pose.bones} == {mode}
    name = "rotation_axis_angle" if mode == "AXIS_ANGLE" else "rotation_euler"
    assert any(c.data_path.endswith(name) for c in curves(dancer))
    assert not any(c.data_path.endswith("quaternion") for c in curves(dancer))
    truth = to_blender(joint_positions(clip_arrays()))
    for sample in range(0, 121, 8):
        set_frame(1 + sample / 30.0 * 24)
        assert np.abs(posed_heads(dancer, list(JOINTS)) - truth[sample]).max() < 1e-3


def test_undo_brings_back_an_equal_scene(
    dancer: bpy.types.Object, clip_file: Path, song: Path
) -> None:
    bpy.context.scene.kpop_choreo.set_frame_end = True
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    apply(clip_file, song, undo=True)
    after = dump()
    assert after != before
    assert after["objects"]["Dancer"]["animation"]["action"]
    bpy.ops.ed.undo()
    assert dump() == before
    bpy.ops.ed.redo()
    assert dump() == after


def test_regenerating_replaces_only_what_is_ours(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    scene = bpy.context.scene
    scene.timeline_markers.new("mine", frame=7)
    scene.timeline_markers.new("1.1", frame=200)
    apply(clip_file, song)
    moved = next(m for m in scene.timeline_markers if m.name == "2.1")
    moved.frame += 5
    place = moved.frame
    if HAS_AUDIO:
        (own,) = strips(scene)
        own.name = "renamed by the user"
        editor = scene.sequence_editor
        holder = editor.strips if hasattr(editor, "strips") else editor.sequences
        foreign = holder.new_sound("theirs", str(song), 5, 1)
    action = dancer.animation_data.action.name
    shorter = write_clip(tmp_path / "short.npz", beats=np.array([0.5]), downbeats=np.array([0.5]))
    apply(shorter, song)
    kept = {(m.name, m.frame) for m in scene.timeline_markers}
    users = {("mine", 7), ("1.1", 200), ("2.1", place)}
    assert users <= kept, "what was moved or made by the user stays"
    assert kept - users == {("Verse", 1), ("2.1", 13), ("Chorus", 49)}
    assert dancer.animation_data.action.name != action
    if HAS_AUDIO:
        names = {strip.name for strip in strips(scene)}
        assert foreign.name in names
        assert "renamed by the user" not in names
        assert len(names) == 2
    apply(shorter, song)
    assert {(m.name, m.frame) for m in scene.timeline_markers} == kept


def test_the_users_own_action_is_not_lost(dancer: bpy.types.Object, clip_file: Path) -> None:
    dancer.animation_data_create()
    dancer.animation_data.action = bpy.data.actions.new("walk")
    apply(clip_file)
    assert bpy.data.actions["walk"].use_fake_user
    first = dancer.animation_data.action
    apply(clip_file)
    assert not first.use_fake_user


def test_stale_locations_do_not_bend_the_dance(dancer: bpy.types.Object, clip_file: Path) -> None:
    dancer.pose.bones["left_knee"].location = (0.0, 0.5, 0.0)
    dancer.pose.bones["head"].scale = (2.0, 2.0, 2.0)
    apply(clip_file)
    set_frame(1)
    truth = to_blender(joint_positions(clip_arrays()))[0]
    assert np.abs(posed_heads(dancer, list(JOINTS)) - truth).max() < 1e-3


def test_options(dancer: bpy.types.Object, clip_file: Path, song: Path) -> None:
    scene = bpy.context.scene
    settings = scene.kpop_choreo
    settings.add_markers = settings.add_sound = False
    apply(clip_file, song)
    assert not scene.timeline_markers
    assert not strips(scene)
    settings.add_markers = settings.beat_markers = settings.set_frame_end = True
    apply(clip_file, song)
    assert len(scene.timeline_markers) == len(clip_arrays()["beats"]) + 2
    assert scene.frame_end == 1 + 4 * 24


@pytest.mark.parametrize("start", [0.0, 1.5])
def test_the_song_starts_with_the_dance(
    dancer: bpy.types.Object, tmp_path: Path, song: Path, start: float
) -> None:
    scene = bpy.context.scene
    scene.kpop_choreo.start_frame = 25
    apply(write_clip(tmp_path / "a.npz", seconds=2.0, song_start=np.array(start)), song)
    if not HAS_AUDIO:
        from kpop_choreo_addon.session import session

        assert "without sound" in session.notes[1]
        assert not strips(scene)
        return
    (strip,) = strips(scene)
    assert strip.frame_final_start == 25
    assert strip.frame_final_end == 25 + 48
    assert strip.frame_start == pytest.approx(25 - start * 24)
    if bpy.app.version >= (5, 0, 0):
        assert bpy.context.workspace.sequencer_scene == scene


@pytest.mark.skipif(not HAS_AUDIO, reason="this Blender was built without sound")
@pytest.mark.parametrize(("fps", "base", "start"), [(24, 1.0, 1.2345), (30, 1.001, 2.019)])
def test_the_song_is_heard_at_its_sample(
    dancer: bpy.types.Object, tmp_path: Path, fps: int, base: float, start: float
) -> None:
    """The scene's own mix-down against the song, although the start lies between two frames."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    scene.kpop_choreo.start_frame = 7
    song = write_tone(tmp_path / "song.wav", 5.0, rate=48000)
    apply(write_clip(tmp_path / "a.npz", seconds=2.0, song_start=np.array(start)), song)
    scene.frame_start, scene.frame_end = 7, 7 + int(1.9 * fps / base)
    bpy.ops.sound.mixdown(filepath=str(tmp_path / "mix.wav"), container="WAV", codec="PCM")
    heard, written = (read_wav(path)[0] for path in (tmp_path / "mix.wav", song))
    part = heard[20000:40000]
    offsets = range(-480, 481, 8)
    first = round(start * 48000) + 20000
    likeness = [np.corrcoef(part, written[first + o : first + o + 20000])[0, 1] for o in offsets]
    assert abs(offsets[int(np.argmax(likeness))]) <= 48, "within a millisecond"
    assert max(likeness) > 0.99


def test_the_scenes_song_is_used_only_if_it_is_the_clips(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    from kpop_choreo_addon.session import session

    bpy.context.scene.kpop_choreo.song = str(song)
    apply(clip_file)
    assert not strips(bpy.context.scene)
    assert "not the one of this clip" in session.notes[1]
    meta = json.loads(str(clip_arrays()["meta"]))
    meta["song"]["sha256"] = hashlib.sha256(song.read_bytes()).hexdigest()
    apply(write_clip(tmp_path / "its_own.npz", meta=np.array(json.dumps(meta))))
    assert len(strips(bpy.context.scene)) == (1 if HAS_AUDIO else 0)


def test_an_nla_strip_in_tweak_mode(dancer: bpy.types.Object, clip_file: Path) -> None:
    apply(clip_file)
    animation = dancer.animation_data
    track = animation.nla_tracks.new()
    strip = track.strips.new("old", 1, animation.action)
    if hasattr(strip, "action_slot") and strip.action_slot is None:
        strip.action_slot = animation.action_slot
    animation.action = None
    track.select = strip.select = True
    animation.nla_tracks.active = track
    animation.use_tweak_mode = True
    apply(clip_file)
    assert animation.action != strip.action


def test_a_missing_song_is_told_and_the_dance_applied(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    from kpop_choreo_addon.session import session

    apply(clip_file, tmp_path / "gone.wav")
    assert dancer.animation_data.action
    assert "not there any more" in session.notes[1]
    assert not strips(bpy.context.scene)


def test_provenance_is_saved_with_the_armature(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    apply(clip_file, song)
    blend = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    record = json.loads(bpy.data.objects["Dancer"]["kpop_choreo"])
    assert record["seed"] == 7
    assert record["prompt"] == "sharp arms"
    assert record["model"]["id"] == "debug"
    assert record["engine_version"] == "0.1.0"
    assert len(bpy.data.objects["Dancer"]["kpop_choreo"]) < 2000


RIGS = {
    "Mixamo file": {"scale": 100.0, "arms_down": 0.0, "seed": 3, "object_scale": 0.01},
    "A-pose, no prefix": {"arms_down": 45.0, "legs_out": 6.0, "prefix": "", "seed": 4},
    "huge": {"scale": 0.01, "object_scale": 100.0, "prefix": "mixamorig12:", "seed": 5},
}


@pytest.mark.parametrize("kind", RIGS)
def test_a_rig_with_mixamo_names_gets_the_dance(clip_file: Path, kind: str) -> None:
    options = dict(RIGS[kind])
    object_scale = options.pop("object_scale", 1.0)
    rig = make_rig(**options)
    obj = build_armature(rig, object_scale=object_scale)
    bpy.context.scene.kpop_choreo.target = obj
    apply(clip_file)
    truth = to_blender(joint_positions(clip_arrays()))
    names = list(rig.bones[1:])
    for sample in (0, 33, 90):
        set_frame(1 + sample / 30.0 * 24)
        heads = posed_heads(obj, names)
        for start, end in (
            ("left_shoulder", "left_elbow"),
            ("right_elbow", "right_wrist"),
            ("left_hip", "left_knee"),
            ("right_knee", "right_ankle"),
        ):
            a, b = JOINTS.index(start), JOINTS.index(end)
            got, wanted = heads[b] - heads[a], truth[sample, b] - truth[sample, a]
            cosine = got @ wanted / np.linalg.norm(got) / np.linalg.norm(wanted)
            assert np.rad2deg(np.arccos(min(cosine, 1.0))) < 0.5, (kind, start)
        ankles = [JOINTS.index(f"{side}_ankle") for side in ("left", "right")]
        assert np.abs(heads[ankles] - truth[sample, ankles]).max() < 0.02


def test_an_object_in_the_scene_may_stand_anywhere(clip_file: Path) -> None:
    rig = make_rig()
    obj = build_armature(rig)
    obj.location, obj.rotation_euler = (3.0, 4.0, 1.0), (0.0, 0.0, 1.0)
    bpy.context.scene.kpop_choreo.target = obj
    apply(clip_file)
    set_frame(1)
    local = obj.matrix_world.inverted()
    heads = np.array([local @ obj.pose.bones[name].head for name in rig.bones])
    assert obj.location.x == 3.0
    assert len(heads) == len(rig.bones)
    assert obj.pose.bones["mixamorig:Hips"].head.z == pytest.approx(
        to_blender(joint_positions(clip_arrays()))[0, 0, 2], abs=0.01
    )


def refused(clip: Path) -> str:
    from kpop_choreo_addon.session import session

    before = dump()
    with pytest.raises(RuntimeError):
        apply(clip)
    assert dump() == before, "nothing is changed when a dance cannot be applied"
    assert session.error is not None
    assert session.error.remedy
    return session.error.code


def test_no_armature(clip_file: Path) -> None:
    assert refused(clip_file) == "no_armature"


def test_what_is_no_body(clip_file: Path) -> None:
    from kpop_choreo_addon.session import session

    bpy.context.scene.kpop_choreo.target = build_armature(other_body("quadruped"))
    assert refused(clip_file) == "no_matching_bones"
    assert "Add Dancer" in session.error.remedy


def test_rig_with_some_bones_missing_names_them(clip_file: Path) -> None:
    from kpop_choreo_addon.session import session

    rig = without(make_rig(), "mixamorig:LeftForeArm", "mixamorig:LeftHand")
    bpy.context.scene.kpop_choreo.target = build_armature(rig)
    assert refused(clip_file) == "no_matching_bones"
    assert "mixamorig:LeftForeArm" in session.error.message


def test_a_rig_without_names_dances(clip_file: Path) -> None:
    rig = make_rig(prefix="x")
    bones = [f"Bone.{n:03}" for n in range(len(rig.bones))]
    obj = build_armature(renamed(rig, bones))
    bpy.context.scene.kpop_choreo.target = obj
    apply(clip_file)
    assert obj.animation_data.action is not None


def test_linked_armature_is_refused(
    dancer: bpy.types.Object, clip_file: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {dancer})
    with bpy.data.libraries.load(str(library), link=True) as (there, here):
        here.objects = [name for name in there.objects if name == "Dancer"]
    linked = here.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    bpy.context.scene.kpop_choreo.target = linked
    assert refused(clip_file) == "target_linked"


@pytest.mark.parametrize("cut", [0, 100, 5000])
def test_truncated_clip(dancer: bpy.types.Object, clip_file: Path, cut: int) -> None:
    clip_file.write_bytes(clip_file.read_bytes()[:cut])
    assert refused(clip_file) == "clip_unreadable"


def test_clip_of_another_version(dancer: bpy.types.Object, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "new.npz", format_version=np.array(9))
    assert refused(path) == "clip_version"


def test_edit_mode_is_refused_with_a_reason(dancer: bpy.types.Object, clip_file: Path) -> None:
    bpy.context.view_layer.objects.active = dancer
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="Object Mode or Pose Mode"):
        apply(clip_file)
    bpy.ops.object.mode_set(mode="OBJECT")
