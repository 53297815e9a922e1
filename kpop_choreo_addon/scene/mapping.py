"""The bones that the user chose: edited on an armature object, kept as presets."""

from __future__ import annotations

import bpy

from ..core.chosen_bones import WORDS, Chosen, listed
from ..core.errors import ChoreoError
from ..core.files import FULL, unwritten
from ..core.humanoid import required
from ..core.mapping_edit import as_preset, filled, mirrored, of_preset
from ..core.rig_presets import remove_preset, save_preset
from ..ids import rigs_folder
from .recognition import (
    chosen_bones,
    property_of,
    read_rig,
    recognise,
    recognise_unchosen,
    user_presets,
)


def write_chosen(obj: bpy.types.Object, chosen: Chosen) -> None:
    """Puts ``chosen`` on ``obj`` in place of what was chosen before."""
    for row, bone in chosen.rows().items():
        if getattr(obj, property_of(row)) != bone:
            setattr(obj, property_of(row), bone)


def fill_in(obj: bpy.types.Object) -> int:
    """Fills rows that are empty or gone from what is recognised; how many.

    Raises:
        ChoreoError: ``nothing_found`` when there is nothing more to fill in.
    """
    before = chosen_bones(obj)
    after = filled(read_rig(obj), before, recognise_unchosen(obj))
    if after == before:
        raise ChoreoError(
            "nothing_found",
            f"No more bones of {obj.name} were recognised.",
            "Choose those of one side yourself, and press Mirror.",
        )
    write_chosen(obj, after)
    rows = before.rows()
    return sum(bool(bone) and bone != rows[row] for row, bone in after.rows().items())


def mirror(obj: bpy.types.Object, side: str) -> tuple[str, ...]:
    """Chooses for the other side the bones across those of ``side``; sentences about the rest.

    Raises:
        ChoreoError: ``nothing_found`` when no bone of ``side`` is chosen.
    """
    before = chosen_bones(obj)
    if not any(joint.startswith(f"{side}_") for joint in before.bones):
        raise ChoreoError(
            "nothing_found", f"No bone of the {side} side is chosen.", "Choose some first."
        )
    done = mirrored(read_rig(obj), before, side)
    write_chosen(obj, done.chosen)
    alone = [WORDS[joint] for joint in done.alone]
    return (f"No bone lies across {listed(alone)}.",) if alone else ()


def save_chosen(obj: bpy.types.Object, title: str) -> str:
    """Keeps what the bones of ``obj`` are in the user's folder; the name of the file.

    Raises:
        ChoreoError: ``rig_preset`` without a title or when the file cannot be written, and those
            of :func:`.required` when the bones make no body.
    """
    if not title.strip():
        raise ChoreoError("rig_preset", "The preset has no name.", "Type one.")
    match = required(obj.name, recognise(obj))
    try:
        return save_preset(rigs_folder(), as_preset(title.strip(), match)).name
    except OSError as error:
        raise _unwritable(error) from error


def load_chosen(obj: bpy.types.Object, title: str) -> tuple[str, ...]:
    """Chooses the bones of a preset; sentences about those that ``obj`` lacks.

    Raises:
        ChoreoError: ``rig_preset`` when there is none of that title, or none of its bones.
    """
    preset = next((p for p in user_presets() if p.title == title), None)
    if preset is None:
        raise _unknown(title)
    known, wanted = obj.data.bones, of_preset(preset)
    there = {joint: bone for joint, bone in wanted.bones.items() if bone in known}
    if not there:
        raise ChoreoError(
            "rig_preset",
            f"{obj.name} has no bone of the preset {title}.",
            "Choose another preset or another armature.",
        )
    write_chosen(obj, Chosen(there, wanted.root if wanted.root in known else ""))
    lacking = [bone for bone in wanted.bones.values() if bone not in known]
    return (f"{obj.name} lacks {listed(lacking)} of the preset.",) if lacking else ()


def remove_kept(title: str) -> None:
    """Deletes a preset from the user's folder.

    Raises:
        ChoreoError: ``rig_preset`` when there is none of that title or it cannot be deleted.
    """
    try:
        found = remove_preset(rigs_folder(), title)
    except OSError as error:
        raise _unwritable(error) from error
    if not found:
        raise _unknown(title)


def _unknown(title: str) -> ChoreoError:
    names = [preset.title for preset in user_presets()]
    there = f"There are {listed(names)}." if names else "None is saved yet."
    return ChoreoError("rig_preset", f"No preset is called {title!r}.", there)


def _unwritable(error: OSError) -> ChoreoError:
    if error.errno in FULL:
        return unwritten(error, rigs_folder())
    return ChoreoError(
        "rig_preset",
        f"The folder of presets cannot be changed: {error.strerror or error}.",
        f"Make {rigs_folder()} writable.",
    )
