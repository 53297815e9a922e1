"""Linked characters become library overrides, on which an action can be kept."""

from __future__ import annotations

from typing import Any

import bpy

from ..core.errors import ChoreoError


def make_override(context: bpy.types.Context, obj: bpy.types.Object) -> bpy.types.Object:
    """An editable library override of the linked armature ``obj``, with all that belongs to it.

    It takes the place of the linked one in the scene. An empty that shows the character's
    collection stays as the parent of the override, so that it stands where it stood.

    Raises:
        ChoreoError: ``no_override`` when Blender makes none.
    """
    if obj.override_library is not None and obj.is_editable:
        obj.override_library.is_system_override = False
        return obj
    made = _of_instance(context, obj) or _of_object(context, obj)
    if made is None or not made.is_editable:
        raise ChoreoError(
            "no_override",
            f"Blender made no library override of {obj.name}.",
            "Make it local, or append it instead of linking it.",
        )
    if made.override_library is not None:
        made.override_library.is_system_override = False
    return made


def _of_object(context: bpy.types.Context, obj: bpy.types.Object) -> bpy.types.Object | None:
    """For what is linked as an object."""
    made: Any = obj.override_hierarchy_create(
        context.scene, context.view_layer, do_fully_editable=True
    )
    for collection in (context.scene.collection, *context.scene.collection.children_recursive):
        if made is not None and collection.is_editable and obj in set(collection.objects):
            collection.objects.unlink(obj)
            if made not in set(collection.objects):
                collection.objects.link(made)
    return made


def _of_instance(context: bpy.types.Context, obj: bpy.types.Object) -> bpy.types.Object | None:
    """For what is linked as a collection, shown by an empty."""
    empty = next((o for o in context.scene.objects if _shows(o, obj)), None)
    if empty is None or empty.instance_collection is None:
        return None
    empty.instance_collection.override_hierarchy_create(
        context.scene, context.view_layer, reference=empty, do_fully_editable=True
    )
    made = [o for o in bpy.data.objects if o.override_library is not None]
    found = next((o for o in made if o.override_library.reference == obj), None)
    if found is not None:
        empty.instance_type = "NONE"
        root = found
        while root.parent is not None:
            root = root.parent
        if root != empty:
            root.parent = empty
    return found


def _shows(empty: bpy.types.Object, obj: bpy.types.Object) -> bool:
    if empty.instance_type != "COLLECTION" or empty.instance_collection is None:
        return False
    return empty.is_editable and obj.name in empty.instance_collection.all_objects
