"""Switching the add-on on and off, as often as one likes."""

from __future__ import annotations

import bpy
import pytest

import kpop_choreo_addon
from kpop_choreo_addon import registration
from kpop_choreo_addon.session import Task, session


def registered() -> list[bool]:
    return [cls.is_registered for cls in registration.CLASSES]


def test_twice_on_and_twice_off() -> None:
    kpop_choreo_addon.register()
    kpop_choreo_addon.register()
    assert all(registered())
    assert bpy.context.scene.kpop_choreo.seed == 0
    kpop_choreo_addon.unregister()
    kpop_choreo_addon.unregister()
    assert not any(registered())
    assert not hasattr(bpy.types.Scene, "kpop_choreo")
    kpop_choreo_addon.register()
    assert all(registered())


def test_every_class_says_what_it_does() -> None:
    for cls in registration.CLASSES:
        assert cls.__doc__
        if issubclass(cls, bpy.types.Operator):
            assert cls.bl_description
            assert cls.bl_idname.startswith("kpop_choreo.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("analyze", "Choose a song first"),
        ("cancel", "Nothing is under way"),
        ("export_fbx", "Choose an armature"),
        ("stop_engine", "No engine of ours"),
    ],
)
def test_polls_say_why(name: str, reason: str) -> None:
    """Blender prints the reason; an operator that refuses without one would be silent."""
    with pytest.raises(RuntimeError, match=reason):
        getattr(bpy.ops.kpop_choreo, name)()


def enter(situation: str) -> None:
    """Brings Blender into a situation in which some operators may not be used."""
    if situation != "empty":
        bpy.ops.kpop_choreo.add_dancer()
        bpy.context.scene.kpop_choreo.song = "song.ogg"
    if situation == "edit mode":
        bpy.context.view_layer.objects.active = bpy.context.scene.kpop_choreo.target
        bpy.ops.object.mode_set(mode="EDIT")
    if situation == "busy":
        session.task = Task("generate", print)
    if situation == "cancelled":
        session.task = Task("generate", print)
        session.task.cancel.set()


@pytest.mark.parametrize("situation", ["empty", "dancer", "edit mode", "busy", "cancelled"])
def test_every_refusal_gives_its_reason(situation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A button that is greyed without a reason leaves the user guessing."""
    enter(situation)
    reasons: list[str] = []
    refused = 0
    for cls in registration.CLASSES:
        if not issubclass(cls, bpy.types.Operator) or "poll" not in vars(cls):
            continue
        monkeypatch.setattr(cls, "poll_message_set", reasons.append, raising=False)
        told = len(reasons)
        if not cls.poll(bpy.context):
            refused += 1
            assert len(reasons) == told + 1, cls.bl_idname
            assert reasons[-1]
    assert refused > 3
    session.task = None


def test_styles_can_be_chosen_before_and_after_the_engine_was_asked() -> None:
    from kpop_choreo_addon.styles import learn_styles

    settings = bpy.context.scene.kpop_choreo
    names = ["girl-crush", "cute", "hip-hop", "swag", "retro", "sexy", "ballad", "performance"]
    for name in ["none", *names]:
        settings.style = name
        assert settings.style == name
    settings.style = "retro"
    learn_styles(
        {"styles": [{"name": "waacking", "title": "Waacking"}, {"name": "retro", "title": "Retro"}]}
    )
    assert settings.style == "retro"
    settings.style = "waacking"
    assert settings.parameters()["style"] == "waacking"


def test_parameters_are_those_of_the_contract() -> None:
    settings = bpy.context.scene.kpop_choreo
    assert settings.parameters() == {
        "prompt": "",
        "seed": 0,
        "energy": 0.75,
        "smoothness": 0.5,
        "bounce": 0.6,
        "creativity": 0.4,
    }
    settings.use_range = True
    settings.range_start, settings.range_end = 12.5, 30.0
    assert settings.parameters()["start"] == 12.5
    assert settings.parameters()["end"] == 30.0
