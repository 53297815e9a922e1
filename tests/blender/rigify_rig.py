"""The rig that Rigify generates from its basic human, and which of its bones are what."""

from __future__ import annotations

import bpy

SIDES = {"left": "L", "right": "R"}
BONES = {
    f"{side}_{joint}": f"DEF-{bone}.{mark}"
    for side, mark in SIDES.items()
    for joint, bone in (
        ("shoulder", "upper_arm"),
        ("elbow", "forearm"),
        ("wrist", "hand"),
        ("hip", "thigh"),
        ("knee", "shin"),
        ("ankle", "foot"),
    )
}
TRUNK = {
    "DEF-spine": ("pelvis", "pelvis", 0.0),
    "DEF-spine.001": ("spine1", "spine1", 0.0),
    "DEF-spine.002": ("spine2", "spine2", 0.0),
    "DEF-spine.003": ("spine3", "spine3", 0.0),
    "DEF-spine.004": ("spine3", "neck", 0.5),
    "DEF-spine.005": ("spine3", "neck", 1.0),
    "DEF-spine.006": ("head", "head", 0.0),
}
"""Bones that turn as a joint of the clip does, or part of the way to another."""
SWITCHES = ("upper_arm_parent.L", "upper_arm_parent.R", "thigh_parent.L", "thigh_parent.R")


def generate() -> bpy.types.Object:
    """A new rig in the current scene."""
    import addon_utils

    assert addon_utils.enable("rigify", default_set=True) is not None
    bpy.ops.object.armature_basic_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    return bpy.data.objects["rig"]
