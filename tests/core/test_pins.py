"""Pins: the list, what is asked of the engine, and armatures that are held to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.directing.asked import read_pins as engine_reads
from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.expression import ExpressionOptions
from kpop_choreo_addon.core.humanoid import match_rig
from kpop_choreo_addon.core.inverse import Evaluated
from kpop_choreo_addon.core.pin_hold import held_to_pins, pin_windows
from kpop_choreo_addon.core.pin_request import (
    META,
    Danced,
    asked,
    danced_anew,
    held_of,
    kept_outside,
    remember,
)
from kpop_choreo_addon.core.pins import (
    FEET,
    HANDS,
    PLACE,
    POSE,
    Pin,
    PinList,
    Posture,
    leaves_out,
    moment_word,
    moved_by_beats,
    nearest_beat,
    pins_text,
    posture_of,
    read_pins,
)
from kpop_choreo_addon.core.placement import Placement, mirrored, placed
from kpop_choreo_addon.core.posed import PosedRig
from kpop_choreo_addon.core.preparing import FitOptions, Target, prepare
from kpop_choreo_addon.core.retarget import BoneMotion, basis, pose
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.timing import FrameClock
from tests.core.rig_systems import make_system
from tests.core.rigs import composed, make_rig
from tests.core.synthetic import turn, write_clip

BEATS = np.arange(0.25, 4.0, 0.5)
CLOCK = FrameClock(1, 24)


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return read_clip(write_clip(tmp_path / "dance.npz"))


@pytest.fixture(params=["mixamo", "unreal-5", "bare"])
def rig(request: pytest.FixtureRequest) -> Rig:
    """With toes and fingers, with twist bones, and without either."""
    if request.param == "bare":
        return make_rig(arms_down=40.0, scale=100.0, seed=3)
    return make_system(request.param)


def posture(rig: Rig, motion: BoneMotion, frame: int) -> Posture:
    """What Blender would show of ``motion`` in a frame."""
    turns, heads = composed(rig, motion)
    at = Evaluated(turns[frame : frame + 1], heads[frame : frame + 1])
    return posture_of(rig, match_rig(rig), at)


def changed(posed: PosedRig) -> PosedRig:
    """A pose that the clip never has: an arm, the head and the trunk turned, hips moved."""
    turns = dict(posed.turns)
    for joint, axis, degrees in (("left_shoulder", "X", 40.0), ("head", "Y", 25.0)):
        top = posed.joints[joint]
        for bone in [b for b in turns if top in (b, *posed.rig.ancestors(b))]:
            turns[bone] = quat.multiply(turn(axis, degrees), turns[bone])
    away = posed.root_places + posed.stage.scale * np.array([0.03, 0.02, -0.02])
    return replace(posed, turns=turns, root_places=away)


def pinned(clip: Clip, rig: Rig, kind: str, second: float, hold: float = 0.0) -> tuple[Clip, Pin]:
    """``clip`` as a dance that was made to a pin of another moment of it, and that pin."""
    match = match_rig(rig)
    motion = basis(changed(pose(clip, rig, match)))
    pins = PinList().added(kind, second, posture(rig, motion, 20), hold)
    found = asked(pins.pins, Danced(0.0, 0.0, 4.0, CLOCK))
    rows = [vars(one) for one in found.held]
    return replace(clip, meta=clip.meta | {META: rows}), pins.pins[0]


def fitted(clip: Clip, rig: Rig) -> tuple[PosedRig, BoneMotion]:
    """As it is keyed, without contacts."""
    match = match_rig(rig)
    posed = held_to_pins(pose(clip, rig, match), clip)
    return posed, basis(posed)


def test_a_list_keeps_order_names_and_text() -> None:
    shown = Posture(((1.0, 0.0, 0.0, 0.0),) * 22, (0.0, 0.9, 0.0), {}, {}, 1.0)
    pins = PinList().added(POSE, 2.0, shown).added(POSE, 1.0, shown).added(HANDS, 1.5, shown)
    assert [pin.name for pin in pins.pins] == ["Pose 2", "Hands 1", "Pose 1"]
    assert pins.need().name == "Hands 1"
    pins = pins.changed("Pose 1", time=0.5, hold=99.0, weight=0.0, on=False)
    assert [pin.name for pin in pins.pins] == ["Pose 1", "Pose 2", "Hands 1"]
    first = pins.need()
    assert (first.name, first.hold, first.weight, first.on) == ("Pose 1", 30.0, 0.01, False)
    assert read_pins(pins_text(pins)) == pins
    assert not leaves_out(pins_text(pins))
    for broken in ("{broken", '{"pins": 5}', '{"pins": [{"uid": "a", "kind": "mood"}]}'):
        assert read_pins(broken) == PinList()
        assert leaves_out(broken)
    newer = pins_text(pins).replace('"Hands 1"', '"Hands 1", "mood": 1')
    assert leaves_out(newer)
    assert read_pins(newer) == pins
    part = read_pins(pins_text(pins).replace('"kind": "HANDS"', '"kind": "MOOD"'))
    assert [pin.name for pin in part.pins] == ["Pose 1", "Pose 2"]
    with pytest.raises(ChoreoError, match="cannot be called 'Pose 2'"):
        pins.changed("Pose 1", name="Pose 2")
    assert pins.without("Pose 1").need().name == "Pose 2"
    assert pins.without("Pose 1").added(POSE, 3.0, shown).need().name == "Pose 1"
    with pytest.raises(ChoreoError, match="no such pin"):
        PinList().need()


def test_beats_of_pins() -> None:
    assert nearest_beat(BEATS, 1.4) == 1.25
    assert nearest_beat(np.array([]), 1.4) == 1.4
    assert moved_by_beats(BEATS, 1.25, -2) == 0.25
    with pytest.raises(ChoreoError, match="no beat there"):
        moved_by_beats(BEATS, 0.25, -1)
    with pytest.raises(ChoreoError, match="not known"):
        moved_by_beats(np.array([]), 0.25, 1)
    assert moment_word(1.25, BEATS, BEATS[::4]) == "1.3"
    assert moment_word(2.25, BEATS, BEATS[::4]) == "2.1"
    assert moment_word(1.3, BEATS, BEATS[::4]) == moment_word(1.3, (), ()) == "1.30 s"


def some_pins(clip: Clip, *pins: tuple[str, float, float]) -> tuple[Pin, ...]:
    rig = make_rig()
    shown = posture(rig, basis(pose(clip, rig, match_rig(rig))), 30)
    made = PinList()
    for kind, second, hold in pins:
        made = made.added(kind, second, shown, hold)
    return made.pins


def test_the_engine_understands_what_is_asked(clip: Clip) -> None:
    pins = some_pins(
        clip, (POSE, 1.25, 0.0), (HANDS, 2.25, 0.5), (FEET, 2.25, 0.0), (PLACE, 3.25, 0.0)
    )
    found = asked(pins, Danced(0.0, 0.0, 4.0, CLOCK))
    whole, hands, feet, place = engine_reads(list(found.rows))
    assert set(whole.joints) == set(JOINTS)
    assert whole.position == pytest.approx(pins[0].posture.position)
    assert whole.hold == 0.0
    assert abs(whole.time - 1.25) <= 0.5 / 30 + 1e-4
    assert set(hands.points) == {"left_wrist", "right_wrist"}
    assert hands.hold >= 0.5
    assert set(feet.points) == {"left_ankle", "right_ankle"}
    assert place.facing is not None
    assert [held.kind for held in found.held] == [POSE, HANDS, FEET, PLACE]
    for held, pin in zip(found.held, pins, strict=True):
        frame = CLOCK.second(round(CLOCK.frame(pin.time)))
        assert held.first <= min(pin.time, frame) + 1e-6
        assert held.last >= max(pin.end, frame) - 1e-6


def test_what_is_off_or_elsewhere_is_not_asked(clip: Clip) -> None:
    first, second = some_pins(clip, (POSE, 1.25, 0.0), (POSE, 2.25, 1.0))
    danced = Danced(1.0, 1.0, 2.5, CLOCK)
    off = asked([replace(first, on=False), second], danced)
    (row,) = off.rows
    assert row["time"] == pytest.approx(1.25, abs=0.51 / 30)
    assert row["time"] + row["hold"] <= 1.5 + 1e-6
    assert asked([first, second], Danced(3.0, 3.0, 9.0, CLOCK)).rows == ()


def test_contradictions_are_told_before_they_are_sent(clip: Clip) -> None:
    for pins in (
        some_pins(clip, (POSE, 1.25, 0.0), (HANDS, 1.3, 0.0)),
        some_pins(clip, (FEET, 1.25, 1.0), (FEET, 2.25, 0.0)),
    ):
        with pytest.raises(ChoreoError, match="different things of the same part"):
            asked(pins, Danced(0.0, 0.0, 4.0, CLOCK))
    apart = some_pins(clip, (HANDS, 1.25, 0.0), (FEET, 1.25, 0.0), (PLACE, 1.25, 0.0))
    assert len(asked(apart, Danced(0.0, 0.0, 4.0, CLOCK)).rows) == 3


def test_a_mirrored_dance_is_asked_for_the_mirrored_pose(clip: Clip) -> None:
    (pin,) = some_pins(clip, (HANDS, 1.25, 0.0))
    (plain,) = asked([pin], Danced(0.0, 0.0, 4.0, CLOCK)).rows
    (other,) = asked([pin], Danced(0.0, 0.0, 4.0, CLOCK, mirror=True)).rows
    np.testing.assert_allclose(
        other["hands"]["right"], plain["hands"]["left"] * np.array([-1.0, 1.0, 1.0]), atol=1e-4
    )


def test_a_clip_remembers_its_pins_and_those_of_its_source(clip: Clip, tmp_path: Path) -> None:
    file = write_clip(tmp_path / "made.npz")
    pins = some_pins(clip, (POSE, 0.75, 0.0), (POSE, 2.75, 0.0))
    request = asked(pins, Danced(0.0, 0.0, 4.0, CLOCK))
    remember([file], request.remembered)
    held = request.held
    again = read_clip(file)
    assert [h.first for h in held_of(again)] == [h.first for h in held]
    np.testing.assert_array_equal(again.local_quats, clip.local_quats)
    assert held_of(placed(again, Placement(mirror=True))) == ()
    assert held_of(mirrored(mirrored(again))) == held_of(again)
    (late,) = held_of(replace(again, song_start=1.0))
    assert late.name == "Pose 2"
    (slow,) = held_of(placed(replace(again, song_start=1.0), Placement(time_scale=2.0)))
    assert slow == late
    source = file.read_bytes()
    part = danced_anew(source, (2.0, 3.5), Danced(0.0, 0.0, 9.0, CLOCK))
    assert asked(pins, part).held[0].name == "Pose 2"
    assert (part.first, part.last) == (pytest.approx(2.25), pytest.approx(3.25))
    to_the_end = danced_anew(source, (0.0, 4.0), Danced(0.0, 0.0, 9.0, CLOCK))
    assert (to_the_end.first, to_the_end.last) == (0.0, pytest.approx(4.0))
    assert [h.name for h in kept_outside(source, part.first, part.last)] == ["Pose 1"]


@pytest.mark.parametrize("hold", [0.0, 0.5])
def test_a_pinned_pose_is_there_to_the_bone(clip: Clip, rig: Rig, hold: float) -> None:
    made, pin = pinned(clip, rig, POSE, 2.25, hold)
    _, motion = fitted(made, rig)
    (held,) = held_of(made)
    for second in (held.first, held.last, pin.time):
        frame = min(round(second * 30), made.frames - 1)
        now = posture(rig, motion, frame)
        for bone, wanted in pin.posture.turns.items():
            off = quat.multiply(np.array(wanted), quat.conjugate(np.array(now.turns[bone])))
            assert np.rad2deg(np.linalg.norm(quat.to_vectors(off))) < 0.05, bone
        for joint, place in pin.posture.places.items():
            assert np.linalg.norm(np.subtract(place, now.places[joint])) < 1e-3 * now.scale


def test_away_from_a_pin_nothing_changes_and_nothing_jumps(clip: Clip, rig: Rig) -> None:
    made, _ = pinned(clip, rig, POSE, 2.25)
    (window,) = pin_windows(made, held_of(made))
    free, held = (fitted(c, rig)[1] for c in (clip, made))
    outside = np.setdiff1d(np.arange(clip.frames), window.frames)
    assert 30 <= len(window.frames) <= 33
    np.testing.assert_allclose(held.quats[outside], free.quats[outside], atol=1e-9)
    for order, most in ((1, 2.5), (2, 2.5)):
        changes = [
            np.abs(np.diff(composed(rig, m)[1], n=order, axis=0)).max() for m in (free, held)
        ]
        assert changes[1] < most * changes[0]


@pytest.mark.parametrize(
    ("kind", "joints"),
    [(HANDS, ("left_wrist", "right_wrist")), (FEET, ("left_ankle", "right_ankle"))],
)
def test_pinned_ends_are_there(clip: Clip, rig: Rig, kind: str, joints: tuple[str, str]) -> None:
    match = match_rig(rig)
    # The engine brings the body to where the limbs reach; here the pose itself is near.
    motion = basis(pose(clip, rig, match))
    pin = PinList().added(kind, 2.25, posture(rig, motion, 66)).pins[0]
    found = asked([pin], Danced(0.0, 0.0, 4.0, CLOCK))
    made = replace(clip, meta=clip.meta | {META: [vars(h) for h in found.held]})
    posed, held = fitted(made, rig)
    now = posture(rig, held, 68)
    for joint in joints:
        assert np.linalg.norm(np.subtract(pin.posture.places[joint], now.places[joint])) < (
            0.005 * now.scale
        )
        bone = rig.bones[posed.joints[joint]]
        off = quat.multiply(
            np.array(pin.posture.turns[bone]), quat.conjugate(np.array(now.turns[bone]))
        )
        assert np.rad2deg(np.linalg.norm(quat.to_vectors(off))) < 1.0


def test_a_pinned_place_keeps_the_feet(clip: Clip, rig: Rig) -> None:
    match = match_rig(rig)
    plain = pose(clip, rig, match)
    up = plain.stage.up
    yaw = quat.about(up, np.deg2rad(8.0))
    moved = replace(
        plain,
        turns={bone: quat.multiply(yaw, turn) for bone, turn in plain.turns.items()},
        root_places=quat.rotate(yaw, plain.root_places) - 0.05 * plain.stage.scale * up,
    )
    pin = PinList().added(PLACE, 2.25, posture(rig, basis(moved), 68)).pins[0]
    found = asked([pin], Danced(0.0, 0.0, 4.0, CLOCK))
    made = replace(clip, meta=clip.meta | {META: [vars(h) for h in found.held]})
    posed, _ = fitted(made, rig)
    hips = posed.place(posed.root, posed.stage.hips)[68]
    wanted = np.mean([pin.posture.places[j] for j in ("left_hip", "right_hip")], axis=0)
    assert np.linalg.norm(hips - wanted) < 0.002 * posed.stage.scale
    for joint in ("left_ankle", "right_ankle"):
        bone = posed.joints[joint]
        slide = np.linalg.norm(posed.place(bone) - plain.place(bone), axis=-1)
        assert slide.max() < 0.01 * posed.stage.scale


def test_other_armatures_and_half_weights_are_left_alone(clip: Clip) -> None:
    rig, larger = make_rig(), make_rig(scale=2.0)
    made, _ = pinned(clip, rig, POSE, 2.25)
    plain = pose(made, larger, match_rig(larger))
    assert held_to_pins(plain, made) is plain
    half: dict[str, Any] = made.meta[META][0] | {"weight": 0.5}
    weak = replace(made, meta=made.meta | {META: [half]})
    plain = pose(weak, rig, match_rig(rig))
    assert held_to_pins(plain, weak) is plain


def test_the_last_word_is_the_pins(clip: Clip) -> None:
    """Hands that the scene closes and a head that it turns are as they were pinned."""
    rig = make_system("mixamo")
    match = match_rig(rig)
    made, pin = pinned(clip, rig, POSE, 2.25)
    target = Target(rig, dict.fromkeys(rig.bones, "QUATERNION"), match=match)
    options = FitOptions(expression=ExpressionOptions("fist", 1.0))
    keys = {key.bone: key for key in prepare(made, target, options).keys}
    for bone in (match.bones["head"], match.parts["left_index"][0]):
        key = keys[bone]
        assert np.abs(key.seconds - pin.time).min() < 1e-6
    row = int(np.argmin(np.abs(keys[match.bones["head"]].seconds - pin.time)))
    quats = np.stack([keys[b].channels[-1].values[row] for b in keys])
    hips = match.bones["pelvis"]
    motion = BoneMotion(tuple(keys), quats[None], {hips: keys[hips].channels[0].values[None, row]})
    now = posture(rig, motion, 0)
    for bone, wanted in pin.posture.turns.items():
        off = quat.multiply(np.array(wanted), quat.conjugate(np.array(now.turns[bone])))
        assert np.rad2deg(np.linalg.norm(quat.to_vectors(off))) < 0.1, bone
