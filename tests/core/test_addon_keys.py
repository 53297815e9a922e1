"""Fewer keys are still the same dance, measured on posed bones; every rotation mode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from kpop_choreo_addon.core import quaternions as quat
from kpop_choreo_addon.core.clip import read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.keys import BoneKeys, KeyOptions
from kpop_choreo_addon.core.preparing import FitOptions, Target, prepare
from kpop_choreo_addon.core.retarget import BoneMotion
from kpop_choreo_addon.core.rig import Rig
from kpop_choreo_addon.core.rotation_modes import Channels, channel_quats, rotation_channels
from tests.core.rigs import make_rig, posed_heads
from tests.core.synthetic import write_clip

MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    clip = read_clip(write_clip(tmp_path_factory.mktemp("clip") / "a.npz"))
    return replace(clip, beats=clip.beats + 0.011)


def bare(*keys) -> FitOptions:
    """Those keys of the dance as it was retargeted."""
    return FitOptions(KeyOptions(*keys), contact=None, expression=None)


def target(rig: Rig, mode: str = "QUATERNION", **more) -> Target:
    return Target(rig, dict.fromkeys(rig.bones, mode), **more)


def at(keys: BoneKeys, mode: str, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Basis rotation and location of keys, by another's interpolation."""
    columns = []
    for part, channels in enumerate(keys.channels):
        if keys.slopes:
            spline = CubicHermiteSpline(keys.seconds, channels.values, keys.slopes[part])
            columns.append(spline(seconds))
        else:
            columns.append(
                np.stack([np.interp(seconds, keys.seconds, c) for c in channels.values.T], -1)
            )
    rotation = channel_quats(Channels(keys.channels[-1].property_name, columns[-1]), mode)
    return rotation, columns[0] if len(columns) > 1 else None


def posed(rig: Rig, found: tuple[BoneKeys, ...], mode: str, seconds: np.ndarray):
    """Heads ``[T, B, 3]`` and turns by bone ``[T, 4]`` in armature space."""
    values = [at(keys, mode, seconds) for keys in found]
    (number,) = (n for n, value in enumerate(values) if value[1] is not None)
    root, location = found[number].bone, values[number][1]
    quats = np.stack([rotation for rotation, _ in values], axis=1)
    motion = BoneMotion(tuple(k.bone for k in found), quats, {root: location})
    turns = {}
    for bone, name in enumerate(rig.bones):
        above = turns.get(int(rig.parents[bone]), np.array([1.0, 0.0, 0.0, 0.0]))
        own = np.array([1.0, 0.0, 0.0, 0.0])
        if name in motion.bones:
            own = motion.quats[:, motion.bones.index(name)]
        rest = rig.rotations[bone]
        turns[bone] = quat.multiply(
            above, quat.multiply(quat.multiply(rest, own), quat.conjugate(rest))
        )
    return posed_heads(rig, motion), turns


@pytest.mark.parametrize("mode", MODES)
def test_channels_are_read_as_blender_reads_them(mode: str) -> None:
    rng = np.random.default_rng(4)
    quats = quat.normalize(rng.normal(size=(200, 4)))
    back = channel_quats(rotation_channels(quats, mode), mode)
    assert np.abs(np.sum(back * quats, axis=-1)).min() > 1 - 1e-9


@pytest.mark.parametrize(
    ("mode", "degrees", "millimetres"),
    [(mode, 1.0, 10.0) for mode in MODES] + [("QUATERNION", 0.3, 100.0), ("XYZ", 20.0, 2.0)],
)
def test_reduced_keys_stay_within_the_tolerance(
    clip, mode: str, degrees: float, millimetres: float
) -> None:
    rig = make_rig(arms_down=45, seed=3, scale=100.0)
    full = prepare(clip, target(rig, mode), bare()).keys
    few = prepare(clip, target(rig, mode), bare(True, degrees, millimetres)).keys
    seconds = full[0].seconds
    heads, turns = posed(rig, full, mode, seconds)
    less_heads, less_turns = posed(rig, few, mode, seconds)
    assert np.linalg.norm(heads - less_heads, axis=-1).max() / 100 <= millimetres / 1000
    for bone in turns:
        cosine = np.abs(np.sum(turns[bone] * less_turns[bone], axis=-1))
        apart = 2 * np.rad2deg(np.arccos(np.clip(cosine, 0, 1)))
        assert apart.max() <= degrees, rig.bones[bone]
    kept = sum(len(k.seconds) for k in few) / sum(len(k.seconds) for k in full)
    assert kept < 0.5
    assert [k.bone for k in few] == [k.bone for k in full]


def test_beats_keep_their_keys_and_still_bones_need_two(clip) -> None:
    rig = make_rig(seed=3)
    keys = prepare(clip, target(rig), bare(True, 5.0, 100.0)).keys
    for bone in keys:
        moves = np.ptp(bone.channels[-1].values, axis=0).max() > 1e-4
        assert bone.seconds[0] == 0.0
        assert bone.seconds[-1] == pytest.approx(clip.duration)
        apart = np.abs(bone.seconds[:, None] - clip.beats).min(axis=0)
        assert (apart.max() < 0.002) == moves, bone.bone
        assert moves or len(bone.seconds) == 2


def test_a_tighter_tolerance_needs_more_keys(clip) -> None:
    rig = make_rig(seed=3)
    counts = [
        sum(len(k.seconds) for k in prepare(clip, target(rig), bare(True, d, 10 * d)).keys)
        for d in (0.05, 0.5, 5.0)
    ]
    assert counts[0] > 1.3 * counts[1] > 1.3 * 1.3 * counts[2]


def test_drivers(clip) -> None:
    rig = make_rig()
    toe, shin = "mixamorig:LeftToeBase", "mixamorig:LeftLeg"
    held = target(rig, driven=frozenset({(toe, "rotation_quaternion"), (shin, "scale")}))
    dance = prepare(clip, held, bare())
    assert toe not in {k.bone for k in dance.keys}
    assert shin in {k.bone for k in dance.keys}
    assert toe in dance.notes[0]
    with pytest.raises(ChoreoError) as caught:
        prepare(clip, target(rig, driven=frozenset({(shin, "rotation_quaternion")})), bare())
    assert caught.value.code == "channels_driven"
    assert shin in caught.value.message


def test_a_bone_without_a_place_is_named(clip) -> None:
    rig = make_rig()
    heads = rig.heads.copy()
    heads[rig.bones.index("mixamorig:RightArm")] = np.nan
    with pytest.raises(ChoreoError, match="mixamorig:RightArm") as caught:
        prepare(clip, target(replace(rig, heads=heads)), bare())
    assert caught.value.code == "rig_damaged"


def test_a_prepared_dance_fits_only_the_same_armature() -> None:
    one = target(make_rig(seed=1))
    assert one.same(target(make_rig(seed=1)))
    assert not one.same(target(make_rig(seed=2)))
    assert not one.same(target(make_rig(seed=1), "XYZ"))
    assert not one.same(target(make_rig(seed=1), constrained=frozenset({"Root"})))
