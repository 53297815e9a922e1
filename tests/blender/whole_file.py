"""Everything that a .blend file holds, as plain values: what a test compares before and after.

All data-blocks with all their properties, as RNA knows them: f-curves with keys, NLA, markers,
strips, custom properties, modifiers, constraints, meshes. Left out is what Blender works out anew
(evaluated places), numbers of this session, and the windows themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np

Values = dict[str, Any]

WINDOWS = {"window_managers", "screens", "workspaces", "libraries"}
DERIVED = {
    "rna_type",
    "session_uid",
    "original",
    "preview",
    "is_evaluated",
    "is_updated",
    "is_updated_data",
    "tag",
    "bl_rna",
    "depsgraph",
    "runtime",
    "stereo_3d_format",
    "animation_visualization",
    # of tools; Blender itself leaves dangling pointers in them after a file was loaded
    "particle_edit",
    "brush",
    "uv_sculpt",
    "palette",
    "clone_image",
    "stencil_image",
    "canvas",
    "dicing_camera",
    # worked out by the dependency graph
    "matrix",
    "matrix_channel",
    "matrix_world",
    "matrix_parent_inverse_world",
    "head",
    "tail",
    "bound_box",
    "dimensions",
    "error_location",
    "error_rotation",
    "is_valid",
    "execution_time",
    "is_in_ik_chain",
    "bbone_segment_index",
    "frame_current_final",
    # a second view of what is walked elsewhere
    "fcurves",
    "groups",
    "strips_all",
    "sequences_all",
    "all_objects",
    "objects_recursive",
    "children_recursive",
    "edges",
    "loops",
    "polygons",
    "vertices",
    "loop_triangles",
    "loop_triangle_polygons",
    "vertex_normals",
    "polygon_normals",
    "corner_normals",
    "attributes",
    "color_attributes",
    "uv_layers",
    "uv_layer_stencil",
    "uv_layer_clone",
    "vertex_colors",
}


def whole_file() -> Values:
    """The file that is open, one entry a data-block: ``objects: Dancer`` and so on."""
    found: Values = {}
    for prop in bpy.data.bl_rna.properties:
        if prop.type != "COLLECTION" or prop.identifier in WINDOWS:
            continue
        for block in getattr(bpy.data, prop.identifier):
            found[f"{prop.identifier}: {block.name_full}"] = dict(_block(block))
    found["window: scene"] = bpy.context.scene.name
    found["window: mode"] = bpy.context.mode
    return found


def changes(before: Values, after: Values) -> list[str]:
    """What differs, one line each: data-block, path and both values."""
    lines = []
    for block in sorted(before.keys() | after.keys()):
        one, other = before.get(block), after.get(block)
        if one is None or other is None:
            lines.append(f"{block} {'is new' if one is None else 'is gone'}")
        elif not isinstance(one, dict):
            lines += [f"{block}: {one!r} -> {other!r}"] if one != other else []
        else:
            for path in sorted(one.keys() | other.keys()):
                if one.get(path) != other.get(path):
                    was, now = (repr(side.get(path))[:80] for side in (one, other))
                    lines.append(f"{block} {path}: {was} -> {now}")
    return lines


def _block(block: Any) -> Iterator[tuple[str, Any]]:
    yield from _walk(block, "", block)
    if isinstance(block, bpy.types.Mesh):
        yield from _mesh(block)
    if isinstance(block, bpy.types.Action):
        yield from _curves(block)
    if isinstance(block, bpy.types.Object) and block.type == "MESH":
        weights = [[(g.group, g.weight) for g in v.groups] for v in block.data.vertices]
        yield "weights", hash(str(weights))


def _walk(owner: Any, at: str, block: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every property of ``owner`` and of what belongs to it."""
    if hasattr(owner, "keys") and not isinstance(owner, bpy.types.bpy_prop_collection):
        try:
            for key in owner.keys():  # noqa: SIM118 - of custom properties
                value = _custom(owner[key])
                if value != "{}":  # reading makes an empty one
                    yield f'{at}["{key}"]', value
        except TypeError:  # this struct takes none
            pass
    for prop in owner.bl_rna.properties:
        name = prop.identifier
        if name in DERIVED or (name == "users" and owner.is_embedded_data):
            continue
        path = f"{at}.{name}" if at else name
        try:
            value = getattr(owner, name)
        except (AttributeError, RuntimeError, UnicodeDecodeError):
            continue
        if prop.type == "COLLECTION":
            yield path, len(value)
            for number, item in enumerate(value):
                label = getattr(item, "name", "") or ""
                yield from _pointed(item, f"{path}[{number} {label}]", block, depth)
        elif prop.type == "POINTER":
            if value is None:
                yield path, None
            else:
                yield from _pointed(value, path, block, depth)
        else:
            yield path, _plain(value)


def _pointed(value: Any, path: str, block: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """What belongs to the data-block is walked; of another one only its name is told."""
    if value is None:  # a slot without anything in it
        yield path, None
    elif isinstance(value, bpy.types.ID) and not value.is_embedded_data:
        yield path, (type(value).__name__, value.name_full)
    elif depth > 8 or not _belongs(value, path, block):
        yield path, (type(value).__name__, getattr(value, "name", ""))
    else:
        yield from _walk(value, path, block, depth + 1)


ELSEWHERE = {"parent", "bone", "child", "children", "active", "group", "custom_shape_transform"}
"""Properties that point at what has its place elsewhere in the same data-block."""


def _belongs(value: Any, path: str, block: Any) -> bool:
    if isinstance(value, bpy.types.ID):
        return True
    last = path.rsplit(".", 1)[-1].split("[")[0]
    return value.id_data == block and last not in ELSEWHERE and not last.startswith("active_")


def _plain(value: Any) -> Any:
    if isinstance(value, str | bytes | int | float | bool) or value is None:
        return repr(value) if isinstance(value, float) else value  # nan is equal to itself
    if isinstance(value, set):
        return tuple(sorted(value))
    return repr([list(v) if hasattr(v, "__len__") else v for v in value])


def _custom(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return repr(value.to_dict())
    if isinstance(value, bpy.types.ID):
        return value.name_full
    return repr(value.to_list() if hasattr(value, "to_list") else value)


def _mesh(mesh: Any) -> Iterator[tuple[str, Any]]:
    for part, name, width, kind in (
        ("vertices", "co", 3, np.float32),
        ("edges", "vertices", 2, np.int32),
        ("loops", "vertex_index", 1, np.int32),
        ("polygons", "loop_start", 1, np.int32),
        ("polygons", "material_index", 1, np.int32),
    ):
        rows = getattr(mesh, part)
        values = np.empty(width * len(rows), dtype=kind)
        rows.foreach_get(name, values)
        yield f"{part}.{name}", values.tobytes()
    yield "attributes", [(a.name, a.domain, a.data_type, len(a.data)) for a in mesh.attributes]


def _curves(action: Any) -> Iterator[tuple[str, Any]]:
    from kpop_choreo_addon.scene.actions import fcurves_of
    from tests.blender.helpers import dump_curve

    for number, curve in enumerate(fcurves_of(action)):
        yield f"curve {number} {curve.data_path}[{curve.array_index}]", dump_curve(curve)
        for rank, modifier in enumerate(curve.modifiers):
            yield from _walk(modifier, f"curve {number} modifier {rank}", action)
