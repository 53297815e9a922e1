"""FBX: first key and first sample at 0, one take, the same motion, and an untouched scene."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS
from tests.blender.helpers import HAS_AUDIO, dump, fbx_key_times, posed_heads, set_frame
from tests.core.synthetic import clip_arrays, joint_positions, write_clip


def export(clip: Path, song: Path, target: Path, start_frame: int = 1) -> None:
    bpy.context.scene.kpop_choreo.start_frame = start_frame
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip), song=str(song))
    bpy.ops.kpop_choreo.export_fbx(filepath=str(target))


def reimport(path: Path) -> bpy.types.Object:
    before = set(bpy.data.objects)
    if hasattr(bpy.types, "WM_OT_fbx_import"):
        bpy.ops.wm.fbx_import(filepath=str(path), anim_offset=0.0)
    else:
        bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
    return next(o for o in bpy.data.objects if o not in before and o.type == "ARMATURE")


@pytest.mark.parametrize(("fps", "base", "start"), [(24, 1.0, 1), (30, 1.001, 37), (60, 1.0, -12)])
def test_raw_key_times_start_at_zero(
    dancer: bpy.types.Object,
    clip_file: Path,
    song: Path,
    tmp_path: Path,
    fps: int,
    base: float,
    start: int,
) -> None:
    render = bpy.context.scene.render
    render.fps, render.fps_base = fps, base
    target = tmp_path / "out" / "dance.fbx"
    target.parent.mkdir()
    export(clip_file, song, target, start)
    takes, times = fbx_key_times(target)
    assert takes == 1
    moving = [t for t in times if len(t) > 2]
    assert len(moving) >= 3 * 22
    for found in times:
        assert found[0] == 0.0
    assert max(t[-1] for t in times) == pytest.approx(4.0, abs=1.01 * base / fps)
    assert moving[0][1] == pytest.approx(base / fps)
    assert (tmp_path / "out" / "dance.wav").read_bytes() == song.read_bytes()


def test_motion_comes_back_within_a_millimetre(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    bpy.context.scene.render.fps = 30
    export(clip_file, song, tmp_path / "dance.fbx", start_frame=50)
    again = reimport(tmp_path / "dance.fbx")
    truth = to_blender(joint_positions(clip_arrays()))
    for sample in range(0, 121, 10):
        set_frame(sample)
        assert np.abs(posed_heads(again, list(JOINTS)) - truth[sample]).max() < 1e-3


def test_the_users_scene_is_as_before(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    scene = bpy.context.scene
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    other = bpy.data.objects.new("Empty", None)
    scene.collection.objects.link(other)
    other.select_set(True)
    set_frame(33.5)
    before = dump()
    selected = [o.name for o in bpy.context.selected_objects]
    bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"))
    assert dump() == before
    assert [o.name for o in bpy.context.selected_objects] == selected
    assert scene.frame_subframe == pytest.approx(0.5)
    assert bpy.context.scene == scene


def test_the_mesh_travels_with_its_weights(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    export(clip_file, song, tmp_path / "dance.fbx")
    again = reimport(tmp_path / "dance.fbx")
    meshes = [o for o in bpy.data.objects if o.type == "MESH" and o.parent == again]
    assert len(meshes) == 1
    assert {g.name for g in meshes[0].vertex_groups} == set(JOINTS)
    assert len(meshes[0].data.materials) == 2


def test_timing_lies_beside_it(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    export(clip_file, song, tmp_path / "dance.fbx")
    timing = json.loads((tmp_path / "dance.json").read_text())
    assert timing["fps"] == 24.0
    assert timing["song"] == "dance.wav"
    assert timing["song_offset"] == 0.0
    np.testing.assert_allclose(timing["beats"], clip_arrays()["beats"], atol=1e-4)
    assert [s["label"] for s in timing["sections"]] == ["Verse", "Chorus"]
    assert timing["seed"] == 7


def test_a_dance_from_the_middle_of_its_song(
    dancer: bpy.types.Object, tmp_path: Path, song: Path
) -> None:
    clip = write_clip(tmp_path / "a.npz", seconds=2.0, song_start=np.array(1.25))
    export(clip, song, tmp_path / "dance.fbx")
    timing = json.loads((tmp_path / "dance.json").read_text())
    with wave.open(str(song)) as whole, wave.open(str(tmp_path / timing["song"])) as cut:
        source = np.frombuffer(whole.readframes(10**6), "<i2").astype(float)
        part = np.frombuffer(cut.readframes(10**6), "<i2").astype(float)
        rate = whole.getframerate()
        assert cut.getframerate() == rate
    if not HAS_AUDIO:
        assert timing["song_offset"] == 1.25
        np.testing.assert_array_equal(part, source)
        return
    assert timing["song_offset"] == 0.0
    first, length = round(1.25 * rate), round(2.0 * rate)
    assert len(part) == length
    assert np.abs(part - source[first : first + length]).max() <= 1


def test_no_dance_and_no_song(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="has no dance on it"):
        bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"))
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song))
    song.unlink()
    with pytest.raises(RuntimeError, match="not there any more"):
        bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"))
    bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "dance.fbx"), with_song=False)
    assert (tmp_path / "dance.fbx").is_file()


@pytest.mark.parametrize("with_song", [True, False])
def test_a_folder_that_cannot_be_written(
    dancer: bpy.types.Object, clip_file: Path, song: Path, tmp_path: Path, with_song: bool
) -> None:
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file), song=str(song) if with_song else "")
    before = dump()
    with pytest.raises(RuntimeError, match="Check that the folder can be written to"):
        bpy.ops.kpop_choreo.export_fbx(filepath=str(tmp_path / "none" / "dance.fbx"))
    assert dump() == before
