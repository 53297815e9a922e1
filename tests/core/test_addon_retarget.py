"""Retargeting: the same limb directions on every rig, whatever its rest pose, rolls and scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.axes import to_blender
from kpop_choreo_addon.core.body import JOINTS, rest_positions
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.humanoid import best_match, required
from kpop_choreo_addon.core.retarget import retarget
from kpop_choreo_addon.core.rig import Rig
from tests.core.rigs import MIXAMO, angle_between, make_rig, posed_heads
from tests.core.synthetic import clip_arrays, joint_positions, turn, write_clip

LIMBS = [
    (f"{side}_{a}", f"{side}_{b}")
    for side in ("left", "right")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
]
Y_UP = turn("X", -90.0)
"""A Mixamo file's own axes: Y up, facing +Z."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return read_clip(write_clip(tmp_path_factory.mktemp("clip") / "a.npz"))


def danced(rig: Rig, clip: Clip) -> dict[str, np.ndarray]:
    """Head by joint, ``[T, 3]``, in the rig's space."""
    motion = retarget(clip, rig, required(rig.name, best_match(rig.bones)))
    heads = posed_heads(rig, motion)
    match = best_match(rig.bones)
    return {joint: heads[:, rig.bones.index(bone)] for joint, bone in match.bones.items()}


RIGS = {
    "T-pose": {},
    "A-pose": {"arms_down": 48.0, "legs_out": 7.0, "toes_out": 12.0},
    "rolls": {"seed": 1},
    "A-pose with rolls": {"arms_down": 35.0, "legs_out": 10.0, "seed": 2},
    "centimetres, Y up": {"scale": 100.0, "space": Y_UP, "seed": 3},
    "tiny": {"scale": 0.01, "arms_down": 40.0, "seed": 4},
    "off its origin": {"origin": (3.0, -2.0, 1.5), "arms_down": 20.0},
    "facing sideways": {"space": turn("Z", 90.0), "seed": 5},
}


@pytest.mark.parametrize("kind", RIGS)
def test_limb_directions_are_those_of_the_clip(clip: Clip, kind: str) -> None:
    rig = make_rig(**RIGS[kind])
    heads = danced(rig, clip)
    space = RIGS[kind].get("space", turn("X", 0.0))
    truth = quat.rotate(space, to_blender(joint_positions(clip_arrays())))
    for start, end in LIMBS:
        wanted = truth[:, JOINTS.index(end)] - truth[:, JOINTS.index(start)]
        assert angle_between(heads[end] - heads[start], wanted).max() < 0.5, (start, end)


@pytest.mark.parametrize("kind", RIGS)
def test_hips_travel_in_proportion_and_feet_keep_the_floor(clip: Clip, kind: str) -> None:
    options = RIGS[kind]
    rig = make_rig(**options)
    heads = danced(rig, clip)
    scale = options.get("scale", 1.0)
    space = options.get("space", turn("X", 0.0))
    truth = to_blender(joint_positions(clip_arrays()))
    for joint in ("left_ankle", "right_ankle", "left_hip"):
        got = quat.rotate(quat.conjugate(space), heads[joint]) / scale
        wanted = truth[:, JOINTS.index(joint)]
        lift = np.median(got[:, 2] - wanted[:, 2])
        # Constant: the origin of the armature, and how it stands on its floor.
        moved = (got - wanted) - (got - wanted)[0]
        assert np.abs(moved).max() < 0.002, joint
        assert abs(lift) < 0.01 or "origin" in options


def test_rest_is_rest() -> None:
    """A clip that stands in the T-pose leaves a T-posed rig alone."""
    arrays = clip_arrays()
    clip = Clip(
        30.0,
        JOINTS,
        arrays["parents"],
        arrays["rest_offsets"].astype(float),
        np.tile([1.0, 0.0, 0.0, 0.0], (1, 2, 22, 1)),
        np.tile(rest_positions()[0], (1, 2, 1)),
        np.zeros((1, 2, 4)),
        np.zeros(0),
        np.zeros(0),
        0.0,
    )
    rig = make_rig(seed=8, scale=100.0)
    motion = retarget(clip, rig, required(rig.name, best_match(rig.bones)))
    np.testing.assert_allclose(motion.quats[..., 0], 1.0, atol=1e-6)
    np.testing.assert_allclose(motion.locations["mixamorig:Hips"], 0.0, atol=1e-3)
    np.testing.assert_allclose(posed_heads(rig, motion)[0], rig.heads, atol=1e-3)


def test_feet_stay_flat_where_they_rest_flat(clip: Clip) -> None:
    """An A-posed leg is straightened, its foot is not tilted with it."""
    straight, spread = make_rig(), make_rig(legs_out=12.0, toes_out=15.0)
    a, b = danced(straight, clip), danced(spread, clip)
    for side in ("left", "right"):
        foot = [h[f"{side}_foot"] - h[f"{side}_ankle"] for h in (a, b)]
        assert angle_between(*foot).max() < 0.5


def test_quaternions_are_continuous(clip: Clip) -> None:
    motion = retarget(clip, make_rig(seed=9), best_match(make_rig().bones))
    dots = np.sum(motion.quats[1:] * motion.quats[:-1], axis=-1)
    assert dots.min() > 0.9


def without(rig: Rig, *bones: str) -> Rig:
    """``rig`` with bones taken out; their children hang from their parents."""
    keep = [n for n, name in enumerate(rig.bones) if name not in bones]

    def nearest(bone: int) -> int:
        while bone >= 0 and bone not in keep:
            bone = int(rig.parents[bone])
        return keep.index(bone) if bone >= 0 else -1

    parents = np.array([nearest(int(rig.parents[n])) for n in keep])
    parts = {
        name: getattr(rig, name)[keep]
        for name in (
            "rotations",
            "heads",
            "tails",
            "inherits_rotation",
            "local_location",
            "connected",
        )
    }
    return Rig(rig.name, tuple(rig.bones[n] for n in keep), parents, **parts)


@pytest.mark.parametrize(
    "missing",
    [
        ["Spine1"],
        ["Spine1", "Spine2"],
        ["Spine", "Spine1", "Spine2"],
        ["Neck"],
        ["LeftShoulder", "RightShoulder"],
        ["LeftToeBase", "RightToeBase", "LeftHand"],
    ],
)
def test_missing_joints_change_no_limb(clip: Clip, missing: list[str]) -> None:
    rig = make_rig(arms_down=40.0, seed=6)
    heads = danced(without(rig, *(f"mixamorig:{name}" for name in missing)), clip)
    full = danced(rig, clip)
    for start, end in LIMBS:
        if end not in heads:
            continue
        got, wanted = heads[end] - heads[start], full[end] - full[start]
        assert angle_between(got, wanted).max() < 0.5, (start, end)


def test_a_longer_spine_shares_the_bend(clip: Clip) -> None:
    """An extra bone in the spine turns by something between its neighbours."""
    rig = make_rig()
    spine2, chest = rig.bones.index("mixamorig:Spine1"), rig.bones.index("mixamorig:Spine2")
    extra = len(rig.bones)
    order = [*range(chest), extra, *range(chest, extra)]
    middle = (rig.heads[spine2] + rig.heads[chest]) / 2
    parents = np.append(rig.parents, spine2)
    parents[chest] = extra
    place = {old: new for new, old in enumerate(order)} | {-1: -1}
    longer = Rig(
        rig.name,
        tuple([*rig.bones, "Extra"][n] for n in order),
        np.array([place[int(parents[n])] for n in order]),
        *(
            np.concatenate([getattr(rig, name), [value]])[order]
            for name, value in (
                ("rotations", rig.rotations[chest]),
                ("heads", middle),
                ("tails", rig.heads[chest]),
                ("inherits_rotation", True),
                ("local_location", True),
                ("connected", False),
            )
        ),
    )
    motion = retarget(clip, longer, best_match(longer.bones))
    assert "Extra" in motion.bones
    turning = {
        n: 2 * np.arccos(np.clip(np.abs(motion.quats[:, i, 0]), 0, 1)).max()
        for i, n in enumerate(motion.bones)
    }
    assert turning["Extra"] > np.deg2rad(2)
    for start, end in LIMBS:
        heads = danced(longer, clip)
        full = danced(rig, clip)
        assert angle_between(heads[end] - heads[start], full[end] - full[start]).max() < 0.5


def test_bones_that_do_not_inherit_rotation(clip: Clip) -> None:
    rig = make_rig(seed=11)
    for name in ("mixamorig:LeftForeArm", "mixamorig:Neck"):
        rig.inherits_rotation[rig.bones.index(name)] = False
    rig.local_location[:] = False
    heads = danced(rig, clip)
    full = danced(make_rig(seed=11), clip)
    np.testing.assert_allclose(heads["left_wrist"], full["left_wrist"], atol=1e-6)
    np.testing.assert_allclose(heads["head"], full["head"], atol=1e-6)


@pytest.mark.parametrize(
    "prefix", ["mixamorig:", "mixamorig1:", "mixamorig9:", "", "Hero_", "a|b:"]
)
def test_mixamo_with_any_prefix(prefix: str) -> None:
    rig = make_rig(prefix=prefix)
    match = required(rig.name, best_match(rig.bones))
    assert (match.title, match.prefix, match.missing) == ("Mixamo", prefix, ())
    assert match.bones["left_hip"] == f"{prefix}LeftUpLeg"


def test_our_dancer_is_recognised() -> None:
    match = required("Dancer", best_match(JOINTS))
    assert match.title == "K-Pop Choreo dancer"
    assert match.bones == {joint: joint for joint in JOINTS}


def test_what_is_missing_is_named() -> None:
    names = [f"mixamorig:{bone}" for bone in MIXAMO.bones.values() if "LeftArm" not in bone]
    with pytest.raises(ChoreoError) as caught:
        required("Hero", best_match(names))
    assert caught.value.code == "no_matching_bones"
    assert "Mixamo with 21 of 22" in caught.value.message
    assert "mixamorig:LeftArm" in caught.value.message
    with pytest.raises(ChoreoError, match="no bone has a name from"):
        required("Cube", best_match(["Bone", "Bone.001"]))
    with pytest.raises(ChoreoError):
        required("Empty", best_match([]))


def test_optional_bones_are_reported_and_not_required() -> None:
    names = [bone for bone in MIXAMO.bones.values() if "Toe" not in bone and bone != "Neck"]
    match = required("Hero", best_match(names))
    assert match.missing == ("LeftToeBase", "RightToeBase", "Neck")
    assert "19 of 22" in match.summary


def test_legs_that_hang_beside_the_hips(clip: Clip) -> None:
    """Where hips and legs hang from a bone above, that one carries the body."""
    rig = make_rig(arms_down=30.0, seed=7)
    for side in ("Left", "Right"):
        rig.parents[rig.bones.index(f"mixamorig:{side}UpLeg")] = 0
    heads, full = danced(rig, clip), danced(make_rig(arms_down=30.0, seed=7), clip)
    for joint, places in full.items():
        np.testing.assert_allclose(heads[joint], places, atol=1e-6)


def test_rigs_that_cannot_travel(clip: Clip) -> None:
    rig = make_rig()
    rig.parents[rig.bones.index("mixamorig:LeftUpLeg")] = -1
    with pytest.raises(ChoreoError) as caught:
        danced(rig, clip)
    assert caught.value.code == "rig_hierarchy"
    assert "LeftUpLeg" in caught.value.message
    stuck = make_rig()
    stuck.connected[1] = True
    with pytest.raises(ChoreoError, match="connected"):
        danced(stuck, clip)
    flat = make_rig(scale=0.0)
    with pytest.raises(ChoreoError) as caught:
        danced(flat, clip)
    assert caught.value.code == "rig_degenerate"


def test_a_clip_with_other_joints(tmp_path: Path) -> None:
    names = np.array([name.replace("left_knee", "left_kneecap") for name in JOINTS])
    clip = read_clip(write_clip(tmp_path / "a.npz", joint_names=names))
    with pytest.raises(ChoreoError) as caught:
        danced(make_rig(), clip)
    assert caught.value.code == "clip_joints"
