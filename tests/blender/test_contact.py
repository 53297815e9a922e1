"""Contacts on real armatures: measured on bones as Blender evaluates them."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.helpers import build_armature, posed_heads, set_frame, strips
from tests.core.steps import step_arrays
from tests.core.synthetic import write_clip
from tools.bench_contact import PROPORTIONS, shaped

BALLS = ["left_foot", "right_foot"]


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "steps.npz", **step_arrays())


@pytest.fixture
def long_shins() -> bpy.types.Object:
    obj = build_armature(shaped(PROPORTIONS["long shins"]))
    bpy.context.scene.kpop_choreo.target = obj
    return obj


def balls(obj: bpy.types.Object, frames: range) -> np.ndarray:
    """``[T, 2, 3]`` places of the balls in the world."""
    places = []
    for frame in frames:
        set_frame(frame)
        places.append(posed_heads(obj, BALLS))
    return np.array(places)


def test_feet_are_locked_unless_switched_off(steps: Path, long_shins: bpy.types.Object) -> None:
    settings = bpy.context.scene.kpop_choreo
    assert settings.bl_rna.properties["lock_feet"].default
    assert settings.bl_rna.properties["clear_body"].default
    bpy.context.scene.render.fps = 30
    standing = range(1, 14)
    bpy.ops.kpop_choreo.apply_clip(filepath=str(steps))
    loose = balls(long_shins, standing)
    assert np.ptp(loose, axis=0).max() > 0.005
    settings.lock_feet = settings.clear_body = True
    bpy.ops.kpop_choreo.apply_clip(filepath=str(steps))
    still = balls(long_shins, standing)
    assert np.ptp(still, axis=0).max() < 0.0005
    assert np.abs(still[..., 2] - 0.02).max() < 0.001
    rising = balls(long_shins, range(91, 121, 3))
    assert np.ptp(rising, axis=0).max() < 0.0005


def test_keys_between_frames_do_not_slide(steps: Path, long_shins: bpy.types.Object) -> None:
    settings = bpy.context.scene.kpop_choreo
    settings.lock_feet = True
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 24, 1.001
    bpy.ops.kpop_choreo.apply_clip(filepath=str(steps))
    still = balls(long_shins, range(1, 11))
    assert np.ptp(still, axis=0).max() < 0.001


def test_mirrored_and_slower(steps: Path, song: Path, long_shins: bpy.types.Object) -> None:
    settings = bpy.context.scene.kpop_choreo
    bpy.context.scene.render.fps = 30
    bpy.ops.kpop_choreo.apply_clip(filepath=str(steps))
    before = balls(long_shins, range(1, 61, 6))
    settings.mirror, settings.time_scale = True, 2.0
    bpy.ops.kpop_choreo.apply_clip(filepath=str(steps), song=str(song))
    after = balls(long_shins, range(1, 121, 12))
    flipped = before[:, ::-1] * np.array([-1.0, 1.0, 1.0])
    assert np.abs(after - flipped).max() < 1e-3
    assert not strips(bpy.context.scene)
