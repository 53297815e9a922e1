"""Every string of the add-on that a user may see, from its source and from what Blender knows."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import bpy

from kpop_choreo_addon import registration
from kpop_choreo_addon.core.chosen_bones import ROWS, part_of
from kpop_choreo_addon.core.correction import LABELS
from kpop_choreo_addon.core.credits import read_works
from kpop_choreo_addon.core.dance_job import STAGES
from kpop_choreo_addon.core.doctor_findings import CHECKS
from kpop_choreo_addon.core.style_presets import BUILT_IN
from kpop_choreo_addon.styles import BUILT_IN as STYLES

ADDON = Path(registration.__file__).parent
SPEAKING = {"said", "hinted", "wrapped", "poll_message_set", "report"}
"""Functions that show what they are given."""
SHOWN = {"text", "placeholder"}
"""Arguments that are shown."""
RIGS = ("K-Pop Choreo dancer", "Rigify meta-rig", "Unity humanoid", "Unreal Mannequin")
"""Titles of tables of bones that are not only names."""
FILES = (
    *(f"core/{name}.py" for name in ("bvh", "multipart", "fbx_take", "fbx_tree", "glb")),
    *("core/doctor_report.py", "doctoring.py"),
)
"""Their strings belong to file formats, or to the report that is sent to us."""
COMMAND_LINE = ("translations/", "batch/", "core/batch_")
"""What the command line says stays English; translations are no source."""
TECHNICAL = {
    "%3.0f%% %s",
    "3D View Generic",
    "%d %s",
    "{0} {1}",
    "{0} {1} {2}",
    "{0}: {1}",
    "{0} BPM",
    "{0}, {1} BPM",
    "Bearer {0}",
    "Base Color",
    "Dancer Body",
    "Dancer Mesh",
    "Dancer Outfit",
    "FBX format",
    "HTTP {0}",
    "[Errno {0}]",
    "it is no file",
    "K-Pop Choreo",
    "K-Pop Choreo Doctor",
    "a wrong token, as a test",
    "body roll, sharp arms",
    "{0}\nproxies: {1}",
    "Object Transforms",
    "the pelvis has its bone",
    "every stream of the engine is piped",
    "glTF 2.0 format",
    "kpop_choreo export",
    "finger heart",
    "{0} clicks",
    "{0}, {1} GB",
    "NVIDIA Corporation",
    "{0}, | and ",
    "Own Markers",
    "Markers that were set by K-Pop Choreo, as JSON",
    "Marker Source",
    "Song and place of the markers by K-Pop Choreo, as JSON",
    *(preset.prompt for preset in BUILT_IN),
}
"""Names of files, data-blocks, headers, keys and hidden properties, and what is put into fields."""
COMPOSED: dict[str, tuple[str, ...]] = {
    "{0} {1} not chosen.": ("{0} is not chosen.", "{0} are not chosen."),
    " Choose as Hips the bone that carries legs and spine.": (
        "{0} does not hang from {1}. Choose as Hips the bone that carries legs and spine.",
    ),
    "twist bone": ("1 twist bone", "{0} twist bones"),
    "like {0}": ("Take {0}, like {1}",),
}
"""Pieces of the source by the sentences that are made of them."""
PIECES = (
    *("1 finger", "{0} fingers", "1 eye", "{0} eyes", "root {0}", "jaw {0}", "{0} ({1})"),
    *("sure", "likely", "unsure", "calm", "medium", "high", "{0} major", "{0} minor"),
    *("Tempo", "Bar", "Key", "Energy", "Length", "{0} ({1}%)", "{0} ({1} s)"),
    "mirrored",
    *("later", "earlier", "fast", "slow", "left", "right"),
    *("Edit", "Sculpt", "Weight Paint", "Vertex Paint", "Texture Paint", "Particle Edit"),
)
"""What is put together from single words, or becomes the value of another sentence."""


@cache
def of_source() -> dict[str, str]:
    """Every sentence in the source as a template, and where it is."""
    found: dict[str, str] = {}
    for path in sorted(ADDON.rglob("*.py")):
        name = path.relative_to(ADDON).as_posix()
        if not name.startswith(COMMAND_LINE) and name not in FILES:
            for text, line in _of_tree(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(text, f"{name}:{line}")
    for piece, sentences in COMPOSED.items():
        place = found.pop(piece)
        found |= dict.fromkeys(sentences, place)
    return {text: place for text, place in found.items() if text not in TECHNICAL}


def of_values() -> dict[str, str]:
    """Words that are shown by themselves, or as a part of a sentence."""
    parts = {part_of(row) for row in ROWS}
    words = {word.removeprefix(f"{part.split()[0]} ") for word in ROWS.values() for part in parts}
    tables = {
        "dance_job.STAGES": STAGES.values(),
        "doctor_findings.CHECKS": CHECKS.values(),
        "correction.LABELS": [*LABELS, *(label.capitalize() for label in LABELS)],
        "chosen_bones.ROWS": {*words, *parts, *ROWS.values()} - {"Trunk"},
        "styles.BUILT_IN": [text for style in STYLES for text in style[1:]],
        "style_presets.BUILT_IN": [preset.title for preset in BUILT_IN],
        "shown_strings.PIECES": PIECES,
        "styles.style_items": ["None"],
        "core/bone_maps": RIGS,
        "core/credits.toml": {word for work in read_works() for word in (work.part, work.terms)}
        - {work.licence for work in read_works()},
    }
    return {text: place for place, texts in tables.items() for text in texts}


def of_classes() -> dict[str, str]:
    """Every name and tooltip of what is registered, and whose it is."""
    found: dict[str, str] = {}
    for cls in registration.CLASSES:
        for text in (getattr(cls, "bl_label", ""), getattr(cls, "bl_description", "")):
            found.setdefault(text, cls.__name__)
        for prop in properties_of(cls):
            for text in (prop.name, prop.description):
                found.setdefault(text, f"{cls.__name__}.{prop.identifier}")
            for item in prop.enum_items_static if prop.type == "ENUM" else ():
                found.setdefault(item.name, f"{cls.__name__}.{prop.identifier}")
                found.setdefault(item.description, f"{cls.__name__}.{prop.identifier}")
    for prop in bpy.types.Object.bl_rna.properties:
        if prop.identifier.startswith("kpop_choreo"):
            found |= {prop.name: prop.identifier, prop.description: prop.identifier}
    found.pop("", None)
    return found


def properties_of(cls: Any) -> Iterator[Any]:
    """The properties that ``cls`` brings, without Blender's own and hidden ones."""
    rna = cls.bl_rna
    if issubclass(cls, bpy.types.Operator):
        rna = getattr(bpy.ops.kpop_choreo, cls.bl_idname.split(".")[1]).get_rna_type()
    own = {
        name
        for base in cls.__mro__
        if base.__module__.startswith("kpop_choreo_addon") and "Sidebar" not in base.__name__
        for name in inspect.get_annotations(base)
    }
    return (p for p in rna.properties if p.identifier in own and not p.is_hidden)


def _of_tree(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Strings with more than a word, and single words that are shown."""
    skipped = set(_skipped(tree))
    shown = {id(leaf) for leaf in _shown(tree)}
    for node in ast.walk(tree):
        text = _template(node)
        if not text or id(node) in skipped:
            continue
        sentence = " " in text.strip() and re.search("[A-Za-z]{2}", text)
        word = id(node) in shown and re.search("[a-z]{2}", text)
        if sentence or word:
            yield _joined(text), node.lineno  # type: ignore[attr-defined]


def _template(node: ast.AST) -> str:
    """A string with numbered places for its values."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    pieces, places = [], 0
    for value in node.values:
        if isinstance(value, ast.Constant):
            pieces.append(str(value.value))
        else:
            pieces.append(f"{{{places}}}")
            places += 1
    return "".join(pieces)


def _joined(text: str) -> str:
    """The template of a string that is put behind another: ``, without {0}``."""
    if not re.match(r", |: | \(", text):
        return text
    return "{0}" + re.sub(r"\{(\d+)\}", lambda place: f"{{{int(place[1]) + 1}}}", text)


def _skipped(tree: ast.AST) -> Iterator[int]:
    """Docstrings, what is logged, and the pieces of formatted strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield from (id(value) for value in node.values)
            specs = (v.format_spec for v in node.values if isinstance(v, ast.FormattedValue))
            yield from (id(spec) for spec in specs if spec is not None)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            yield from (id(argument) for argument in node.args)


def _shown(tree: ast.AST) -> Iterator[ast.AST]:
    """What is given to functions and arguments that show it, also by choice."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = list(node.args) if name in SPEAKING else []
            given += [word.value for word in node.keywords if word.arg in SHOWN]
            for value in given:
                choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                yield from (choice for choice in choices if _template(choice))
