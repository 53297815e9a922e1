"""Retargeting on the published rig systems, in rest poses of every kind, measured as composed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.humanoid import Match
from kpop_choreo_addon.core.inverse import FOLD, LOWER_BACK, BodyMotion, Evaluated, body_motion
from kpop_choreo_addon.core.retarget import pose, retarget
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.root_motion import MODES, root_track
from tests.core.measures import kept, measure, system_match
from tests.core.rig_systems import POSES, SYSTEMS, make_system, truth_parts, without
from tests.core.rigs import composed
from tests.core.synthetic import turn, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """The synthetic dance, with turns about every limb, wrists and clavicles."""
    clip = read_clip(write_clip(tmp_path_factory.mktemp("clip") / "a.npz", seconds=2.0))
    rng = np.random.default_rng(3)
    wave = np.sin(np.arange(clip.frames)[:, None, None] / 9.0 + rng.uniform(0, 6, (1, 22, 3)))
    turns = np.concatenate([np.ones((clip.frames, 22, 1)), 0.12 * wave], axis=-1)
    return replace(clip, local_quats=quat.multiply(clip.local_quats, quat.normalize(turns)[None]))


ONE_EACH = [(name, SYSTEMS[name].pose) for name in SYSTEMS]
EVERY_REST = [("unreal-5", rest) for rest in POSES] + [("mmd", "crouched"), ("mixamo", "palms")]


@pytest.mark.parametrize(("name", "rest"), dict.fromkeys(ONE_EACH + EVERY_REST))
def test_bones_turn_as_the_clip_does(clip: Clip, name: str, rest: str) -> None:
    found = measure(name, rest, clip, make_system(name, pose=rest), system_match(name))
    for what, median, most in (
        ("limbs", 1.0, 3.0),
        ("hinges", 2.0, 5.0),
        ("palms", 2.0, 5.0),
        ("toes", 2.0, 5.0),
        ("chest", 2.0, 5.0),
        ("head", 2.0, 5.0),
        ("wrist %", 1.0, 3.0),
        ("T to A", 0.5, 0.5),
    ):
        if what == "palms" and name == "biped":  # a thumb and two fingers tell a palm to 3 degrees
            median = most
        assert np.median(found[what]) <= median, what
        assert found[what].max() <= most, what


def back_and_forth(
    clip: Clip, rig: Rig, match: Match, more: dict[str, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """World rotations ``[T, J]`` missed in degrees, and joints ``[T, J]`` missed in mm."""
    stands = Evaluated(*composed(rig, retarget(clip, rig, match)))
    back = body_motion(rig, match, stands, more or {})
    truth = BodyMotion(clip.local_quats[0], clip.root_positions[0])
    turns = []
    for motion in (back, truth):
        world = motion.local_quats.copy()
        for joint, parent in enumerate(clip.parents):
            if parent >= 0:
                world[:, joint] = quat.multiply(world[:, parent], world[:, joint])
        turns.append(world)
    dots = np.abs(np.sum(turns[0] * turns[1], axis=-1)).clip(0, 1)
    missed = np.linalg.norm(back.positions() - truth.positions(), axis=-1)
    return np.rad2deg(2 * np.arccos(dots)), 1000 * missed


@pytest.mark.parametrize("name", SYSTEMS)
def test_clip_to_rig_to_clip(clip: Clip, name: str) -> None:
    """Every joint that has a bone of its own comes back; what a rig lacks is lost and no more."""
    rig, match = make_system(name), system_match(name)
    degrees, millimetres = back_and_forth(clip, rig, match)
    lost = set(clip.joint_names) - match.bones.keys()
    if lost & {"spine1", "spine2", "spine3"} or name == "biped":  # its legs hang from its spine
        lost |= {"spine1", "spine2"}
    kept = [n for n, joint in enumerate(clip.joint_names) if joint not in lost]
    assert degrees[:, kept].max() < 0.1
    if not lost:
        assert millimetres.max() < 0.5


@pytest.mark.parametrize("name", SYSTEMS)
def test_clip_to_rig_to_clip_with_what_the_dance_keeps(clip: Clip, name: str) -> None:
    rig, match = make_system(name), system_match(name)
    more = kept(clip, rig, match).turns_at(np.arange(clip.frames) / clip.fps)
    lost = set(clip.joint_names) - match.bones.keys()
    assert more.keys() <= {*lost, "spine1", "spine2"}, "what a rig shows is left to it"
    degrees, millimetres = back_and_forth(clip, rig, match, more)
    assert degrees.max() < 0.1
    assert millimetres.max() < 0.5


def test_an_edit_counts_on_top_of_what_the_dance_keeps(clip: Clip) -> None:
    """A pelvis, chest and foot that were turned on the rig turn the joints that it lacks."""
    rig, match = make_system("mmd"), system_match("mmd")
    feet = [match.bones[f"{side}_foot"] for side in ("left", "right")]
    rig, match = without(rig, *feet), replace(match, bones=_but(match.bones, feet))
    more = kept(clip, rig, match).turns_at(np.arange(clip.frames) / clip.fps)
    assert more.keys() == {"spine1", "left_foot", "right_foot"}
    edited = clip.local_quats.copy()
    for joint, axis in (("pelvis", "Y"), ("spine3", "X"), ("left_ankle", "Y")):
        number = clip.joint_names.index(joint)
        edited[..., number, :] = quat.multiply(edited[..., number, :], turn(axis, 20.0))
    degrees, _ = back_and_forth(replace(clip, local_quats=edited), rig, match, more)
    guessed = [clip.joint_names.index(j) for j in ("spine1", "left_foot", "right_foot")]
    assert np.delete(degrees, guessed, axis=1).max() < 0.1
    assert degrees[:, guessed].max() < 5.0


def _but(bones: dict[str, str], gone: list[str]) -> dict[str, str]:
    return {joint: bone for joint, bone in bones.items() if bone not in gone}


def test_two_bones_in_the_spine_bend_as_dances_do(clip: Clip) -> None:
    """A lower back that keeps to the split comes back exactly from a spine of two bones."""
    spine1, spine2, spine3 = (clip.joint_names.index(f"spine{n}") for n in (1, 2, 3))
    local = clip.local_quats.copy()
    both = quat.multiply(local[..., spine1, :], local[..., spine2, :])
    bend, last = quat.to_vectors(both), quat.to_vectors(local[..., spine3, :])
    vector = LOWER_BACK[0] * bend + LOWER_BACK[1] * last
    vector[..., 0] += FOLD * bend[..., 0] * np.maximum(bend[..., 0], 0.0)
    local[..., spine1, :] = quat.from_vectors(vector)
    local[..., spine2, :] = quat.multiply(quat.conjugate(local[..., spine1, :]), both)
    split = replace(clip, local_quats=local)
    degrees, millimetres = back_and_forth(split, make_system("mmd"), system_match("mmd"))
    assert degrees.max() < 0.1
    assert millimetres.max() < 0.5


def test_toes_that_are_not_there_stay_level(clip: Clip) -> None:
    """With the heel raised; a foot that is flat, or on its heel, keeps its toes straight."""
    rig, match = make_system("quaternius"), system_match("quaternius")
    still = np.tile([1.0, 0.0, 0.0, 0.0], (1, 3, 22, 1))
    still[0, :, clip.joint_names.index("left_ankle")] = [turn("X", d) for d in (0.0, 30.0, -20.0)]
    posed = replace(clip, local_quats=still, root_positions=clip.root_positions[:, :3])
    stands = Evaluated(*composed(rig, retarget(posed, rig, match)))
    back = body_motion(rig, match, stands).local_quats[:, clip.joint_names.index("left_foot")]
    bent = np.rad2deg(quat.twist_angle(back, np.array([1.0, 0.0, 0.0])))
    np.testing.assert_allclose(bent, [0.0, -24.0, 0.0], atol=0.1)


def test_one_bone_in_the_spine_holds_from_end_to_end(clip: Clip) -> None:
    match = system_match("mmd")
    bones = {j: b for j, b in match.bones.items() if j != "spine1"} | {"spine3": "上半身"}
    rig = without(make_system("mmd"), "上半身2")
    degrees, _ = back_and_forth(clip, rig, replace(match, bones=bones))
    middle = [clip.joint_names.index(joint) for joint in ("spine1", "spine2")]
    assert np.delete(degrees, middle, axis=1).max() < 0.1


def test_a_thumb_tells_palms_that_are_far_off(clip: Clip) -> None:
    """Where a hand has one finger and a thumb."""
    for name, rest in (("rokoko", "palms"), ("rokoko", "T")):
        found = measure(name, rest, clip, make_system(name, pose=rest), system_match(name))
        assert found["palms"].max() < 15.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["unreal-5", "vroid", "mmd"])
def test_root_motion(clip: Clip, name: str, mode: str) -> None:
    rig, match = make_system(name, pose="A35"), system_match(name)
    moving = replace(clip, root_positions=clip.root_positions + _walk(clip))
    hips = rig.bones.index(match.bones["pelvis"])
    ground = match.parts["root"][0]
    plain_turns, plain = composed(rig, retarget(moving, rig, match))
    motion = retarget(moving, rig, match, root_motion=mode)
    turns, heads = composed(rig, motion)
    posed = pose(moving, rig, match)
    scale = posed.stage.scale
    up = np.flatnonzero(posed.stage.up)[0]
    if mode == "in_place":
        assert ground not in motion.bones
        track = root_track(posed, clip.fps)
        np.testing.assert_allclose(heads[:, hips, up], plain[:, hips, up], atol=1e-4 * scale)
        away = np.delete(heads[:, hips] - rig.heads[hips], up, axis=-1) / scale
        assert np.abs(away).max() < 0.25, "sway stays"
        assert np.abs(np.delete(plain[:, hips], up, axis=-1)).max() / scale > 1.0
        back = track.place(np.zeros(3)) + quat.rotate(track.turns, heads[:, hips])
        np.testing.assert_allclose(back, plain[:, hips], atol=1e-3 * scale)
        return
    np.testing.assert_allclose(heads[:, hips], plain[:, hips], atol=1e-4 * scale)
    dots = np.abs(np.sum(turns[:, hips] * plain_turns[:, hips], axis=-1))
    assert dots.min() > 1 - 1e-9
    assert (ground in motion.locations) == (mode == "root")
    if mode == "root":
        root = heads[:, rig.bones.index(ground)]
        np.testing.assert_allclose(root[:, up], rig.heads[rig.bones.index(ground), up], atol=1e-6)
        travelled = np.linalg.norm(root[-1] - root[0]) / scale
        assert travelled == pytest.approx(np.linalg.norm(_walk(clip)[0, -1]), abs=0.25)
        turn = motion.quats[:, motion.bones.index(ground)]
        assert np.abs(np.rad2deg(2 * np.arccos(turn[:, 0].clip(-1, 1)))).max() > 5.0


def _walk(clip: Clip) -> np.ndarray:
    """A way ``[1, T, 3]`` over the floor, in engine axes."""
    along = np.linspace(0, 1, clip.frames)[:, None]
    return (along * np.array([1.5, 0.0, 0.8]))[None]


def test_root_motion_without_a_root_bone_stays_on_the_hips(clip: Clip) -> None:
    rig, match = make_system("mixamo"), system_match("mixamo")
    assert "root" not in truth_parts("mixamo")
    plain, rooted = retarget(clip, rig, match), retarget(clip, rig, match, root_motion="root")
    np.testing.assert_array_equal(plain.quats, rooted.quats)


def test_twist_bones_share_the_turn_about_their_limb(clip: Clip) -> None:
    rig, match = make_system("unreal-5"), system_match("unreal-5")
    still = np.tile([1.0, 0.0, 0.0, 0.0], (1, 2, 22, 1))
    for joint, degrees in (("left_wrist", 60.0), ("right_shoulder", 40.0)):
        half = np.deg2rad(degrees) / 2
        still[0, 1, clip.joint_names.index(joint)] = [np.cos(half), np.sin(half), 0.0, 0.0]
    turned = replace(clip, local_quats=still, root_positions=clip.root_positions[:, :2])
    rotations, _ = composed(rig, retarget(turned, rig, match))

    def degrees(bone: str) -> float:
        before, after = rotations[:, rig.bones.index(bone)]
        return float(np.rad2deg(2 * np.arccos(min(1.0, abs(before @ after)))))

    forearm = ["lowerarm_l", "lowerarm_twist_02_l", "lowerarm_twist_01_l", "hand_l"]
    np.testing.assert_allclose([degrees(b) for b in forearm], [0, 20, 40, 60], atol=1e-3)
    upper = ["clavicle_r", "upperarm_twist_01_r", "upperarm_twist_02_r", "upperarm_r"]
    np.testing.assert_allclose([degrees(b) for b in upper], [0, 0, 20, 40], atol=0.5)


def test_arms_make_up_for_missing_clavicles(clip: Clip) -> None:
    """Hands land where they land with clavicles, within the arm's reach."""
    rig, match = make_system("mixamo", scale=1.0), system_match("mixamo")
    collars = [match.bones[f"{side}_collar"] for side in ("left", "right")]
    bare = without(rig, *collars)
    joints = {j: b for j, b in match.bones.items() if b not in collars}
    turns, heads = composed(rig, retarget(clip, rig, match))
    less = replace(match, bones=joints)
    their_turns, theirs = composed(bare, retarget(clip, bare, less))
    for side in ("left", "right"):
        shoulder, hand = (match.bones[f"{side}_{j}"] for j in ("shoulder", "wrist"))
        shifted = np.linalg.norm(
            heads[:, rig.bones.index(shoulder)] - theirs[:, bare.bones.index(shoulder)], axis=-1
        )
        away = np.linalg.norm(
            heads[:, rig.bones.index(hand)] - theirs[:, bare.bones.index(hand)], axis=-1
        )
        assert shifted.max() > 0.02, "clavicles move in this clip"
        assert np.median(away) < 0.001
        assert away.max() < shifted.max()
        dots = np.sum(
            turns[:, rig.bones.index(hand)] * their_turns[:, bare.bones.index(hand)], axis=-1
        )
        assert np.abs(dots).min() > 1 - 1e-9


def test_a_somersault_does_not_spin_the_root(clip: Clip) -> None:
    """Upside down, a body that leans a little the other way does not face the other way."""
    rig = make_system("unreal-5")
    posed = pose(clip, rig, system_match("unreal-5"))
    frames = np.arange(posed.frames)
    over = turn("X", 360.0 * np.clip((frames - 10) / 30.0, 0.0, 1.0))
    leaning = quat.multiply(over, turn("Y", 8.0 * np.sin(frames / 1.5)))
    track = root_track(replace(posed, turns={**posed.turns, posed.root: leaning}), 30.0)
    faces = np.rad2deg(quat.twist_angle(track.turns, posed.stage.up))
    assert np.abs(faces).max() < 12.0
