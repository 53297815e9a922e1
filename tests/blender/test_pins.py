"""Pins in Blender: read off the pose, kept with the armature, asked for, met, shown."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon import editing, pins_panel
from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.pin_request import META
from kpop_choreo_addon.core.pins import Pin
from kpop_choreo_addon.core.waiting_jobs import waiting_jobs
from kpop_choreo_addon.ids import jobs_folder
from kpop_choreo_addon.pins_drawing import ghost_lines, is_now, shown_pins
from kpop_choreo_addon.pins_panel import KPOPCHOREO_PT_pins
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.scene.object_texts import UNREAD
from kpop_choreo_addon.scene.pins import PINS, pins_of, read_posture, song_beats, song_clock
from kpop_choreo_addon.scene.takes import stored_take, takes_of
from kpop_choreo_addon.session import session
from tests.blender.helpers import drawn, dump, in_the_newest, set_frame, write_drums
from tests.core.fake_server import FakeServer

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("KPOP_CHOREO_ENGINE_PYTHON", ROOT / ".venv" / "bin" / "python"))
TOKEN = "the-right-token-01"


@pytest.fixture
def dancing(dancer: bpy.types.Object, clip_file: Path) -> bpy.types.Object:
    """Our dancer in a dance with beats at 0.25 s and every half second after."""
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    return dancer


@pytest.fixture
def server(clip_file: Path) -> Iterator[FakeServer]:
    """An engine elsewhere that remembers what it is asked."""
    fake = FakeServer(TOKEN, clip_file.read_bytes()).start()
    chosen = get_preferences()
    chosen.engine, chosen.server_url, chosen.token = "SERVER", fake.url, TOKEN
    yield fake
    fake.stop()


def lift_arm(obj: bpy.types.Object) -> None:
    """Poses without a key."""
    bone = obj.pose.bones["left_shoulder"]
    bone.rotation_quaternion = (0.8, 0.0, 0.0, 0.6)
    bpy.context.view_layer.update()


def missed(obj: bpy.types.Object, pin: Pin) -> tuple[float, float]:
    """Degrees and metres by which the evaluated bones miss a whole pose."""
    now = read_posture(obj)
    off = [
        quat.multiply(np.array(turn), quat.conjugate(np.array(now.turns[bone])))
        for bone, turn in pin.posture.turns.items()
    ]
    far = [np.subtract(place, now.places[joint]) for joint, place in pin.posture.places.items()]
    degrees = np.rad2deg(np.linalg.norm(quat.to_vectors(np.array(off)), axis=-1))
    return float(degrees.max()), float(np.linalg.norm(far, axis=-1).max() / now.scale)


def test_a_pose_is_pinned_as_it_is_on_the_nearest_beat(dancing: bpy.types.Object) -> None:
    ops = bpy.ops.kpop_choreo
    set_frame(16)  # 0.625 s
    lift_arm(dancing)
    assert ops.pin_pose() == {"FINISHED"}
    (pin,) = pins_of(dancing).pins
    assert pin.time == pytest.approx(0.75)
    assert missed(dancing, pin)[0] < 0.01
    assert pin.posture.turns["left_shoulder"] != read_frame(dancing, 16)["left_shoulder"]
    ops.pin_pose(kind="HANDS", exact=True, hold=0.5)
    hands = pins_of(dancing).need()
    assert (hands.name, hands.hold) == ("Hands 1", 0.5)
    assert hands.time == pytest.approx(0.625)
    set_frame(-10)
    with pytest.raises(RuntimeError, match="before the beginning of the song"):
        ops.pin_pose(exact=True)
    assert session.error.code == "pin_outside"


def read_frame(obj: bpy.types.Object, frame: float) -> Any:
    set_frame(frame)
    return read_posture(obj).turns


def test_where_a_slower_mirrored_dance_has_its_pins(
    dancing: bpy.types.Object, clip_file: Path
) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.mirror, settings.time_scale, settings.start_frame = True, 2.0, 11
    bpy.ops.kpop_choreo.apply_clip(filepath=str(clip_file))
    where = song_clock(bpy.context.scene, dancing)
    assert where.frame(1.25) == pytest.approx(11 + 2.5 * 24)
    assert where.second(11 + 2.5 * 24) == pytest.approx(1.25)
    np.testing.assert_allclose(
        song_beats(bpy.context.scene, dancing, {}), np.arange(0.25, 4.0, 0.5), atol=1e-3
    )


def test_pins_are_edited_one_undo_step_each(dancing: bpy.types.Object) -> None:
    ops = bpy.ops.kpop_choreo
    set_frame(16)
    ops.pin_pose()
    ops.pin_pose(kind="PLACE")
    bpy.ops.ed.undo_push(message="before")
    before = pins_of(dancing)
    for change in (
        lambda: ops.move_pin("EXEC_DEFAULT", True, beats=2),
        lambda: ops.hold_pin("EXEC_DEFAULT", True, beats=3),
        lambda: ops.edit_pin("EXEC_DEFAULT", True, name="Heart", weight=0.5, on=False),
        lambda: ops.pin_again("EXEC_DEFAULT", True),
        lambda: ops.pin_pose("EXEC_DEFAULT", True, kind="FEET"),
        lambda: ops.choose_pin("EXEC_DEFAULT", True, pin="Pose 1"),
        lambda: ops.remove_pin("EXEC_DEFAULT", True, pin="Pose 1"),
    ):
        set_frame(40)
        assert change() == {"FINISHED"}
        assert pins_of(dancer_now()) != before
        bpy.ops.ed.undo()
        assert pins_of(dancer_now()) == before
    ops.move_pin(pin="Pose 1", beats=2)
    ops.hold_pin(beats=3)
    pin = pins_of(dancer_now()).need("Pose 1")
    assert (pin.time, pin.hold) == (pytest.approx(1.75), pytest.approx(1.5))
    ops.choose_pin()
    assert bpy.context.scene.frame_current == 43
    with pytest.raises(RuntimeError, match="no beat there"):
        ops.move_pin(beats=-9)


def dancer_now() -> bpy.types.Object:
    return bpy.data.objects["Dancer"]


def test_the_fields_of_the_panel_change_the_pin(dancing: bpy.types.Object) -> None:
    settings = bpy.context.scene.kpop_choreo
    assert settings.active_pin_name == ""
    set_frame(16)
    bpy.ops.kpop_choreo.pin_pose()
    bpy.ops.kpop_choreo.pin_pose(kind="FEET")
    settings.active_pin_name, settings.active_pin_hold = "Step", 0.5
    settings.active_pin_weight = 0.25
    pin = pins_of(dancing).need("Step")
    assert (pin.kind, pin.hold, pin.weight) == ("FEET", 0.5, 0.25)
    settings.active_pin_name = "Pose 1"
    assert settings.active_pin_name == "Step"
    texts = drawn(KPOPCHOREO_PT_pins)
    assert {"Pose 1", "Step", "0.75 s ", "active_pin_weight"} <= set(texts)
    assert "kpop_choreo.generate_around_pins" in texts


def test_pins_are_saved_and_appended_with_the_armature(
    dancing: bpy.types.Object, tmp_path: Path
) -> None:
    set_frame(16)
    bpy.ops.kpop_choreo.pin_pose(kind="PLACE")
    pins = pins_of(dancing)
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert pins_of(dancer_now()) == pins
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(path) as (_, into):
        into.objects = ["Dancer"]
    assert pins_of(into.objects[0]) == pins


def test_pins_that_cannot_be_read_stay_in_the_file(
    dancing: bpy.types.Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pins_panel, "wrapped", lambda layout, text, icon="NONE": told.append(text))
    setattr(dancing, PINS, '{"pins": [{"uid": "a", "kind": "MOOD"}]}')
    drawn(KPOPCHOREO_PT_pins)
    assert any("cannot be read" in text for text in told)
    before = getattr(dancing, PINS)
    bpy.ops.kpop_choreo.pin_pose(kind="POSE")
    assert len(pins_of(dancing).pins) == 1
    assert json.loads(dancing[PINS + UNREAD]) == {PINS: before}


def test_an_override_keeps_its_pins(dancer: bpy.types.Object, tmp_path: Path) -> None:
    library, blend = tmp_path / "library.blend", str(tmp_path / "saved.blend")
    bpy.data.libraries.write(str(library), {dancer})
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(str(library), link=True) as (_, here):
        here.objects = ["Dancer"]
    bpy.context.scene.collection.objects.link(here.objects[0])
    bpy.context.scene.kpop_choreo.target = here.objects[0]
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.kpop_choreo.pin_pose()
    bpy.ops.kpop_choreo.make_override()
    bpy.ops.kpop_choreo.pin_pose()  # without a song: at the playhead
    pins = pins_of(bpy.context.scene.kpop_choreo.target)
    assert [pin.time for pin in pins.pins] == [0.0]
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    bpy.ops.wm.open_mainfile(filepath=blend)
    assert pins_of(bpy.context.scene.kpop_choreo.target) == pins


def test_pins_are_asked_for_and_kept_with_the_take(
    dancing: bpy.types.Object, song: Path, server: FakeServer
) -> None:
    ops = bpy.ops.kpop_choreo
    set_frame(16)
    ops.pin_pose()
    ops.pin_pose(kind="HANDS")
    ops.edit_pin(on=False)
    ops.generate(song=str(song), start=0.0, end=4.0)
    (row,) = json.loads(server.forms[-1]["pins"])
    assert set(row) == {"time", "hold", "weight", "joints", "root"}
    assert row["time"] == pytest.approx(0.75, abs=0.02)
    (kept,) = stored_take(dancing).clip.meta[META]
    assert kept["name"] == "Pose 1"
    ops.edit_pin(pin="Hands 1", on=True)
    before = dump()
    with pytest.raises(RuntimeError, match="different things of the same part"):
        ops.generate(song=str(song), start=0.0, end=4.0)
    assert dump() == before
    ops.remove_pin(pin="Hands 1")
    ops.generate(song=str(song), start=2.0, end=4.0)
    assert "pins" not in server.forms[-1]


def test_the_take_is_danced_anew_around_its_pins(
    dancing: bpy.types.Object, song: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "made_to", lambda clip, song: True)
    ops = bpy.ops.kpop_choreo
    bpy.context.scene.kpop_choreo.song = str(song)
    with pytest.raises(RuntimeError, match="No pin is on"):
        ops.generate_around_pins()
    set_frame(49)  # 2 s
    ops.pin_pose()
    ops.generate_around_pins(around=2)
    form = server.forms[-1]
    first, last = json.loads(form["regenerate"])
    assert (first, last) == (pytest.approx(0.75), pytest.approx(2.75))
    assert form["source_clip"].startswith(b"PK")
    assert waiting_jobs(jobs_folder(), "") == ()  # it was fetched
    (row,) = json.loads(form["pins"])
    assert row["time"] == pytest.approx(1.75, abs=0.02)
    ops.edit_pin(time=30.0)
    with pytest.raises(RuntimeError, match="lies in the active take"):
        ops.generate_around_pins()


def test_what_is_shown_of_pins(dancing: bpy.types.Object) -> None:
    ops, scene = bpy.ops.kpop_choreo, bpy.context.scene
    set_frame(16)
    for kind, lines in (("POSE", 21), ("HANDS", 6), ("FEET", 6), ("PLACE", 27)):
        ops.pin_pose(kind=kind)
        ends = ghost_lines(pins_of(dancing).need())
        assert len(ends) == 2 * lines, kind
    target, pins = shown_pins(bpy.context)
    assert (target, len(pins.pins)) == (dancing, 4)
    where = song_clock(scene, dancing)
    assert [is_now(pins.pins[0], where, frame) for frame in (18, 19, 20)] == [False, True, False]
    ops.edit_pin(on=False)
    assert len(shown_pins(bpy.context)[1].pins) == 3
    scene.kpop_choreo.show_pins = False
    assert not shown_pins(bpy.context)[1].pins


@in_the_newest
@pytest.mark.skipif(not PYTHON.is_file(), reason=f"no engine environment at {PYTHON}")
def test_a_pinned_pose_is_met_by_the_real_engine(dancer: bpy.types.Object, tmp_path: Path) -> None:
    """After sync and cleanup of the engine, and feet, touches, fingers and gaze on the armature."""
    chosen = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", str(PYTHON)
    chosen.device, chosen.model = "CPU", "debug"
    song = write_drums(tmp_path / "drums.wav", 8.0)
    settings, ops = bpy.context.scene.kpop_choreo, bpy.ops.kpop_choreo
    settings.song, settings.audience = str(song), 0.5
    settings.lock_feet = settings.clear_body = True
    ops.generate(seed=3)
    where, beats = song_clock(bpy.context.scene, dancer), song_beats(bpy.context.scene, dancer, {})
    set_frame(where.frame(beats[9]))
    lift_arm(dancer)
    ops.pin_pose()
    ops.edit_pin(time=float(beats[6]))
    ops.generate(seed=3)
    (pin,) = pins_of(dancer).pins
    for frame in (where.frame(pin.time), round(where.frame(pin.time))):
        set_frame(frame)
        degrees, metres = missed(dancer, pin)
        assert degrees < 0.5
        assert metres < 0.002
    ops.move_pin(beats=2)
    ops.generate_around_pins()
    assert len(takes_of(dancer).takes) == 3
    (pin,) = pins_of(dancer).pins
    set_frame(where.frame(pin.time))
    assert missed(dancer, pin)[0] < 0.5
