"""What the bones of an armature object are; found once for as long as nothing about it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.chosen_bones import ROWS, Chosen, chosen_of
from ..core.errors import ChoreoError
from ..core.humanoid import Match, is_known, match_rig, required
from ..core.mapping_edit import match_chosen
from ..core.rig import Rig
from ..core.rig_presets import Preset, load_presets
from ..ids import rigs_folder

_VRM = "vrm_addon_extension"
_known: dict[tuple[Any, ...], Match] = {}
_KEPT = 16


def recognise(obj: bpy.types.Object) -> Match:
    """What the bones of ``obj`` are: those that the user chose, else those that are recognised.

    Cheap enough to ask in every draw.
    """
    return _match(obj, chosen_bones(obj))


def recognise_unchosen(obj: bpy.types.Object) -> Match:
    """What the bones of ``obj`` would be if the user had chosen none."""
    return _match(obj, Chosen())


def chosen_bones(obj: bpy.types.Object) -> Chosen:
    """The bones that the user chose for ``obj``."""
    return chosen_of({row: getattr(obj, property_of(row)) for row in ROWS})


def property_of(row: str) -> str:
    """The name of the object's property that holds the bone of a joint, or of ``root``."""
    return f"kpop_choreo_bone_{row}"


def _match(obj: bpy.types.Object, chosen: Chosen) -> Match:
    folder, changed = _preset_files()
    stored = stored_humanoid(obj.data)
    rows = tuple(chosen.rows().items())
    key = (_rest_key(obj.data), folder, changed, tuple(stored.items()), rows)
    match = _known.get(key)
    if match is None:
        rig = read_rig(obj)
        match = match_rig(rig, _presets(folder, changed)[0], stored)
        if chosen and not is_known(match, chosen.bones):
            match = match_chosen(rig, chosen)
        while len(_known) >= _KEPT:
            del _known[next(iter(_known))]
        _known[key] = match
    return match


def require_recognised(obj: bpy.types.Object) -> Match:
    """What the bones of ``obj`` are, if a dance can be put on it.

    Raises:
        ChoreoError: ``no_matching_bones``, with what is nearest and what is missing;
            ``rig_controls`` for a rig whose bones follow controls; ``bone_mapping`` for bones
            that the user chose and that make no body.
    """
    return required(obj.name, recognise(obj))


def preset_problems() -> tuple[ChoreoError, ...]:
    """What is wrong with the user's own mappings of bones."""
    return _presets(*_preset_files())[1]


def user_presets() -> tuple[Preset, ...]:
    """The user's own mappings of bones."""
    return _presets(*_preset_files())[0]


def read_rig(obj: bpy.types.Object) -> Rig:
    """The rest pose of ``obj`` in its own space, parents first."""
    bones = sorted(obj.data.bones, key=lambda bone: len(bone.parent_recursive))
    number = {bone.name: n for n, bone in enumerate(bones)}
    return Rig(
        name=obj.name,
        bones=tuple(number),
        parents=np.array([number[b.parent.name] if b.parent else -1 for b in bones], dtype=int),
        rotations=np.array([b.matrix_local.to_quaternion() for b in bones]).reshape(-1, 4),
        heads=np.array([b.head_local for b in bones]).reshape(-1, 3),
        tails=np.array([b.tail_local for b in bones]).reshape(-1, 3),
        inherits_rotation=np.array([b.use_inherit_rotation for b in bones], dtype=bool),
        local_location=np.array([b.use_local_location for b in bones], dtype=bool),
        connected=np.array([b.use_connect for b in bones], dtype=bool),
        hung=tuple(_hung(obj)),
    )


def _hung(obj: bpy.types.Object) -> Iterable[tuple[str, str]]:
    """Bones that constraints now hang from another bone of ``obj``, and that bone."""
    for bone in obj.pose.bones if obj.pose else ():
        for constraint in bone.constraints:
            carrier = "" if constraint.mute else _carrier(obj, constraint)
            if carrier and constraint.influence > 0.5:
                yield bone.name, carrier
                break


def _carrier(obj: bpy.types.Object, constraint: Any) -> str:
    """The bone from which a constraint hangs another bone with all its turns."""
    if constraint.type == "CHILD_OF":
        turns = all(getattr(constraint, f"use_rotation_{axis}") for axis in "xyz")
        return str(constraint.subtarget) if turns and constraint.target == obj else ""
    targets = constraint.targets if constraint.type == "ARMATURE" else ()
    return next((str(t.subtarget) for t in targets if t.target == obj and t.weight > 0.5), "")


def stored_humanoid(data: Any) -> dict[str, str]:
    """Bone by the humanoid's name as the VRM add-on keeps it with an armature, if it does.

    While that add-on is off, Blender shows its record as a custom property or, since 5.0, as a
    system property, in which bones are named by the identifier that is on each of them.
    """
    record = getattr(data, _VRM, None) or _property(data, _VRM)
    if record is None:
        return {}
    known = {
        uuid: bone.name
        for bone in data.bones
        if (uuid := _get(_get(bone, _VRM) or _property(bone, _VRM), "uuid"))
    }
    for version in ("vrm1", "vrm0"):
        humans = _get(_get(_get(record, version), "humanoid"), "human_bones")
        found = {}
        for human, entry in _human_bones(humans):
            node = _get(entry, "node")
            bone = _get(node, "bone_name") or known.get(_get(node, "bone_uuid"), "")
            if bone:
                found[str(human)] = str(bone)
        if found:
            return found
    return {}


def _human_bones(humans: Any) -> Iterable[tuple[Any, Any]]:
    """Name and entry of each: a list in VRM 0.x, a record in 1.0."""
    if humans is None:
        return []
    if hasattr(humans, "bl_rna") and not hasattr(humans, "add"):
        names = (prop.identifier for prop in humans.bl_rna.properties)
        return [(name, getattr(humans, name)) for name in names if name not in ("name", "rna_type")]
    if isinstance(humans, Mapping) or hasattr(humans, "to_dict"):
        return list(humans.items())
    return [(_get(entry, "bone"), entry) for entry in humans]


def _get(thing: Any, key: str) -> Any:
    """An attribute or an item, whichever ``thing`` has."""
    if thing is None:
        return None
    found = getattr(thing, key, None)
    if found is None and hasattr(thing, "get"):
        found = thing.get(key)
    return found


def _property(thing: Any, key: str) -> Any:
    """A custom property, or a system property of an add-on that is off."""
    system = getattr(thing, "bl_system_properties_get", None)
    kept = system() if system is not None else None
    return thing.get(key) or (kept.get(key) if kept is not None else None)


def _rest_key(data: Any) -> tuple[Any, ...]:
    """What recognition depends on in an armature."""
    bones = data.bones
    heads = np.empty(3 * len(bones), dtype=np.float32)
    tails = np.empty(3 * len(bones), dtype=np.float32)
    bones.foreach_get("head_local", heads)
    bones.foreach_get("tail_local", tails)
    parents = tuple(bone.parent.name if bone.parent else "" for bone in bones)
    return tuple(bones.keys()), parents, heads.tobytes(), tails.tobytes()


def _preset_files() -> tuple[Path, tuple[tuple[str, int], ...]]:
    """The folder of the user's mappings, and what tells whether one has changed."""
    folder = rigs_folder()
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return folder, tuple((file.name, file.stat().st_mtime_ns) for file in files)


@lru_cache(maxsize=2)
def _presets(
    folder: Path, changed: tuple[tuple[str, int], ...]
) -> tuple[tuple[Preset, ...], tuple[ChoreoError, ...]]:
    return load_presets(folder) if changed else ((), ())
