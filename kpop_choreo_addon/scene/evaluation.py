"""Blender's evaluated data."""

from __future__ import annotations

import bpy


def evaluated_graph() -> bpy.types.Depsgraph:
    """The dependency graph of the scene that is shown, up to date.

    ``context.evaluated_depsgraph_get()`` gives the same. But before Blender 4.5 its answer belongs
    to the scene in which anybody read ``context.layer_collection`` last (Rigify does), and Blender
    looks there when the graph is used, even when that scene went with its file.
    """
    view_layer = bpy.context.view_layer
    view_layer.update()
    return view_layer.depsgraph
