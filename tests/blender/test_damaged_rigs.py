"""A hundred damaged inputs: each dances, or gives one clear sentence and nothing changes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from kpop_choreo_addon.scene.actions import fcurves_of
from tests.blender.helpers import build_armature, dump, key_values
from tests.core.rigs import make_rig
from tests.core.synthetic import write_clip

Damage = Callable[[random.Random, Any], None]
MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
CASES = 100


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "short.npz", seconds=0.5)


def edit(obj: Any) -> Any:
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    return obj.data.edit_bones


def leave() -> None:
    bpy.ops.object.mode_set(mode="OBJECT")


def bones_missing(rng: random.Random, obj: Any) -> None:
    bones = edit(obj)
    for bone in rng.sample(list(bones), rng.randint(1, 4)):
        bones.remove(bone)
    leave()


def bones_without_length(rng: random.Random, obj: Any) -> None:
    for bone in rng.sample(list(edit(obj)), 5):
        bone.length = rng.choice([0.0, 1e-7, 1e-4])
    leave()


def joints_in_one_place(rng: random.Random, obj: Any) -> None:
    bones = edit(obj)
    for side in rng.sample(["Left", "Right"], rng.randint(1, 2)):
        leg = next((b for b in bones if b.name.endswith(f"{side}UpLeg")), None)
        for end in (f"{side}Leg", f"{side}Foot"):
            below = next((b for b in bones if b.name.endswith(end)), None)
            if leg is not None and below is not None:
                below.translate(leg.head - below.head)
    leave()


def bones_nowhere(rng: random.Random, obj: Any) -> None:
    rng.choice(list(edit(obj))).head = (math.nan, 0.0, 0.0)
    leave()


def bones_hang_elsewhere(rng: random.Random, obj: Any) -> None:
    for bone in rng.sample(list(edit(obj)), 2):
        bone.parent = None
    leave()


def bones_with_odd_flags(rng: random.Random, obj: Any) -> None:
    for bone in edit(obj):
        bone.use_connect = rng.random() < 0.2
        bone.use_inherit_rotation = rng.random() < 0.8
        bone.use_local_location = rng.random() < 0.5
        bone.inherit_scale = rng.choice(["FULL", "NONE", "AVERAGE", "ALIGNED"])
    leave()


def no_bones(rng: random.Random, obj: Any) -> None:
    bones = edit(obj)
    for bone in list(bones):
        bones.remove(bone)
    leave()


def odd_names(rng: random.Random, obj: Any) -> None:
    prefix = rng.choice(['a"b', "back\\slash:", "한국어 ", "x'];["])
    for bone in obj.data.bones:
        bone.name = prefix + bone.name.rpartition(":")[2]


def constraints_in_a_circle(rng: random.Random, obj: Any) -> None:
    if len(obj.pose.bones) < 2:
        return
    one, other = rng.sample(list(obj.pose.bones), 2)
    for bone, aim in ((one, other), (other, one)):
        constraint = bone.constraints.new(rng.choice(["COPY_ROTATION", "IK", "DAMPED_TRACK"]))
        constraint.target, constraint.subtarget = obj, aim.name


def constraint_without_target(rng: random.Random, obj: Any) -> None:
    for bone in list(obj.pose.bones)[:3]:
        bone.constraints.new(rng.choice(["IK", "COPY_TRANSFORMS", "ARMATURE", "LIMIT_ROTATION"]))


def object_follows_its_own_bone(rng: random.Random, obj: Any) -> None:
    constraint = obj.constraints.new(rng.choice(["COPY_LOCATION", "CHILD_OF"]))
    constraint.target = obj
    if len(obj.pose.bones):
        constraint.subtarget = rng.choice(list(obj.pose.bones)).name


def odd_scale(rng: random.Random, obj: Any) -> None:
    obj.scale = rng.choice([(1, 2, 0.5), (-1, 1, 1), (0, 0, 0), (1e-6, 1e6, 1), (-2, -2, -2)])


def object_nowhere(rng: random.Random, obj: Any) -> None:
    obj.location.x = rng.choice([math.nan, math.inf, 1e30])


def flat_parent(rng: random.Random, obj: Any) -> None:
    parent = bpy.data.objects.new(obj.name, None)
    bpy.context.collection.objects.link(parent)
    parent.scale.z = 0.0
    obj.parent = parent


def drivers(rng: random.Random, obj: Any) -> None:
    for bone in rng.sample(list(obj.pose.bones), min(2, len(obj.pose.bones))):
        channel = rng.choice(["rotation_quaternion", "rotation_euler", "location", "scale"])
        curve = bone.driver_add(channel, rng.randrange(3))
        curve.driver.expression = rng.choice(["frame / 10", "no such name", "1 / 0", "nan"])
        curve.mute = rng.random() < 0.3


def locked(rng: random.Random, obj: Any) -> None:
    for bone in obj.pose.bones:
        bone.lock_rotation = bone.lock_location = (True, True, True)
        bone.lock_rotations_4d = bone.lock_rotation_w = rng.random() < 0.5


def rotation_modes(rng: random.Random, obj: Any) -> None:
    for bone in obj.pose.bones:
        bone.rotation_mode = rng.choice(MODES)


def numbers_that_are_none(rng: random.Random, obj: Any) -> None:
    obj["nothing"], obj["list"] = math.nan, [math.inf, math.nan]
    for bone in list(obj.pose.bones)[:4]:
        bone["nothing"] = math.nan
        bone.location.x = bone.scale.y = math.nan


def record_of_another_kind(rng: random.Random, obj: Any) -> None:
    obj["kpop_choreo"] = rng.choice([3, "no JSON", [1.0, 2.0], ""])


def mode_of_editing(rng: random.Random, obj: Any) -> None:
    if rng.random() < 0.5:
        edit(obj)
        return
    mesh = bpy.data.objects.new("Mesh", bpy.data.meshes.new("Mesh"))
    bpy.context.collection.objects.link(mesh)
    bpy.context.view_layer.objects.active = mesh
    bpy.ops.object.mode_set(mode="EDIT")


def pose_mode(rng: random.Random, obj: Any) -> None:
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="POSE")


def hidden(rng: random.Random, obj: Any) -> None:
    collection = bpy.data.collections.new("Hidden")
    bpy.context.scene.collection.children.link(collection)
    bpy.context.collection.objects.unlink(obj)
    collection.objects.link(obj)
    view_layer = bpy.context.view_layer
    kind = rng.randrange(4)
    view_layer.layer_collection.children["Hidden"].exclude = kind == 0
    collection.hide_viewport = kind == 1
    obj.hide_viewport = kind == 2
    if kind == 3:
        obj.hide_set(True)


def in_no_scene(rng: random.Random, obj: Any) -> None:
    for collection in list(obj.users_collection):
        collection.objects.unlink(obj)


def never_shown(rng: random.Random, obj: Any) -> None:
    unseen = bpy.data.objects.new("Unseen", obj.data)
    bpy.context.scene.kpop_choreo.target = unseen
    if rng.random() < 0.5:
        edit(obj).new("Late").tail = (0.0, 0.0, 1.0)
        leave()


def shared(rng: random.Random, obj: Any) -> None:
    other = obj.copy()
    bpy.context.collection.objects.link(other)
    other.name = obj.name
    obj.data.pose_position = rng.choice(["REST", "POSE"])


def own_action(rng: random.Random, obj: Any) -> None:
    animation = obj.animation_data_create()
    for bone in list(obj.pose.bones)[:5]:
        for frame in (-3.0, 4.2, 8.0, 60.0):
            bone.keyframe_insert("location", frame=frame)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    if animation.action is None:
        animation.action = bpy.data.actions.new("own")
    for curve in fcurves_of(animation.action):
        kind = rng.randrange(12)
        curve.lock, curve.mute = kind == 0, kind == 1
        curve.extrapolation = "LINEAR" if kind == 2 else "CONSTANT"
        if kind == 3:
            curve.modifiers.new("CYCLES")
        for key in curve.keyframe_points:
            key.interpolation = rng.choice(["BEZIER"] * 9 + ["LINEAR", "CONSTANT", "BOUNCE"])


def nla(rng: random.Random, obj: Any) -> None:
    animation = obj.animation_data_create()
    action = animation.action or bpy.data.actions.new("strip")
    track = animation.nla_tracks.new()
    track.strips.new("strip", 1, action)
    track.lock, track.mute = rng.random() < 0.3, rng.random() < 0.3
    animation.use_nla = rng.random() < 0.7
    if rng.random() < 0.4:
        animation.action = None
        track.select = track.strips[0].select = True
        animation.nla_tracks.active = track
        animation.use_tweak_mode = True


REST = (
    bones_missing,
    bones_without_length,
    joints_in_one_place,
    bones_nowhere,
    bones_hang_elsewhere,
    bones_with_odd_flags,
    no_bones,
    odd_names,
)
POSE = (
    constraints_in_a_circle,
    constraint_without_target,
    object_follows_its_own_bone,
    odd_scale,
    object_nowhere,
    flat_parent,
    drivers,
    locked,
    rotation_modes,
    numbers_that_are_none,
    record_of_another_kind,
    shared,
    own_action,
    nla,
)
LAST = (mode_of_editing, pose_mode, hidden, in_no_scene, never_shown)
"""At most one of these, after all others."""


def damage(seed: int) -> tuple[Any, list[str]]:
    """The armature of one case, and what was done to it: every kind in turn, and some at random."""
    rng = random.Random(seed)
    obj = build_armature(
        make_rig(
            arms_down=rng.uniform(-20, 60),
            scale=rng.choice([0.01, 1.0, 100.0]),
            seed=seed,
            prefix=rng.choice(["mixamorig:", ""]),
        )
    )
    settings = bpy.context.scene.kpop_choreo
    settings.target = obj
    settings.place = rng.choice(["NEW", "STRIP", "CURRENT"])
    settings.key_mode = rng.choice(["EVERY", "REDUCED"])
    every = REST + POSE + LAST
    chosen = {every[seed % len(every)]}
    chosen |= {kind for kind in REST if rng.random() < 0.04}
    chosen |= {kind for kind in POSE if rng.random() < 0.15}
    if not chosen & set(LAST) and rng.random() < 0.2:
        chosen.add(rng.choice(LAST))
    order = [kind for kind in every if kind in chosen]
    for kind in order:
        kind(rng, obj)
    return obj, [kind.__name__ for kind in order]


outcomes: dict[str, int] = {}


@pytest.mark.parametrize("seed", range(CASES))
def test_it_dances_or_says_why_not(seed: int, short_clip: Path) -> None:
    from kpop_choreo_addon.session import session

    _, kinds = damage(seed)
    scene = bpy.context.scene
    scene.frame_set(5)
    bpy.ops.ed.undo_push(message="before")
    before = dump()
    said = applied(short_clip)
    if said:
        assert dump() == before, kinds
        outcomes["refused"] = outcomes.get("refused", 0) + 1
        if "Object Mode or Pose Mode" in said:
            return
        assert "Traceback" not in said, (kinds, said)
        assert said.count("\n") <= 1, (kinds, said)
        error = session.error
        assert error is not None, (kinds, said)
        assert error.message[-1] == error.remedy[-1] == ".", kinds
        return
    outcomes["danced"] = outcomes.get("danced", 0) + 1
    after = dump()["actions"]
    new = [name for name in after if after[name] != before["actions"].get(name)]
    assert new, kinds
    for curve in fcurves_of(bpy.data.actions[new[-1]]):
        assert np.isfinite(key_values(curve.keyframe_points, "co", 2)).all(), kinds
    bpy.ops.ed.undo()
    assert dump() == before, kinds


def applied(clip: Path) -> str:
    """Applies ``clip`` as one undo step; what was said against it, or nothing."""
    try:
        bpy.ops.kpop_choreo.apply_clip("EXEC_DEFAULT", True, filepath=str(clip))
    except RuntimeError as refusal:
        return str(refusal)
    return ""


def test_both_outcomes_were_met() -> None:
    """Otherwise the cases above would show nothing."""
    assert sum(outcomes.values()) in (0, CASES)
    assert not outcomes or min(outcomes["danced"], outcomes["refused"]) >= 20


def refused(clip: Path) -> str:
    """The code of the refusal; nothing has changed."""
    from kpop_choreo_addon.session import session

    before = dump()
    assert applied(clip)
    assert dump() == before
    assert session.error is not None
    return session.error.code


def test_its_bones_are_edited_while_another_object_is_active(short_clip: Path) -> None:
    obj = build_armature(make_rig())
    bpy.context.scene.kpop_choreo.target = obj
    edit(obj)
    other = bpy.data.objects.new("Other", None)
    bpy.context.collection.objects.link(other)
    bpy.context.view_layer.objects.active = other
    assert bpy.context.mode == "OBJECT"
    assert refused(short_clip) == "edit_mode"


def test_an_armature_without_a_pose(short_clip: Path) -> None:
    obj = build_armature(make_rig())
    hidden(random.Random(1), obj)
    bpy.context.view_layer.layer_collection.children["Hidden"].exclude = True
    unseen = bpy.data.objects.new("Unseen", obj.data)
    bpy.data.collections["Hidden"].objects.link(unseen)
    before = dump()
    with pytest.raises(RuntimeError, match="never shown"):
        bpy.ops.kpop_choreo.apply_clip(filepath=str(short_clip), target="Unseen")
    assert dump() == before
