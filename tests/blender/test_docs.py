"""What docs/ say is there: the tutorial is followed, and every name on every page is looked up."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from kpop_choreo_addon import registration, translations
from kpop_choreo_addon.scene.takes import takes_of
from kpop_choreo_addon.session import session
from kpop_choreo_addon.translations import ko
from tests.blender import test_end_to_end as real
from tests.blender.helpers import drawn, in_the_newest
from tests.followed import section
from tests.gui.page import Doing, read_page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PANEL_PAGES = ("addon", "directing", "scene", "scripts", "export", "rigs", "start")
"""Pages whose words in italics are those of the panel."""
BLENDERS = {
    *("Preferences", "Get Extensions", "Install from Disk", "Interface", "Language", "Translate"),
    *("Add-ons", "Allow Online Access", "Playback", "Sync to Audio", "Edit", "Assign Shortcut"),
    *("File", "Save As", "3D View Generic", "Cancel the Dance"),
}
"""What Blender itself calls things."""
PROSE = {"sure", "likely", "unsure", "chosen by hand"}
"""Words in italics that are shown with others around them."""
LEAST = 12
"""Letters of a sentence by which it is known whatever its values are."""
PREFIXES = {"Song": "range_", "Edit": "edit_", "Pins": "pin_"}
_ITALICS = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def operators() -> dict[str, Any]:
    """Our operators by their names after ``kpop_choreo.``."""
    return {
        cls.bl_idname.partition(".")[2]: getattr(bpy.ops.kpop_choreo, cls.bl_idname[12:])
        for cls in registration.CLASSES
        if issubclass(cls, bpy.types.Operator)
    }


def arguments(name: str) -> set[str]:
    found = {p.identifier for p in operators()[name].get_rna_type().properties}
    return found | {"EXEC_DEFAULT"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_python_on_a_page_calls_what_there_is(path: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    for text in (t for t in _PYTHON.findall(page(path)) if "kpop_choreo" in t):
        for node in ast.walk(ast.parse(text)):
            said = ast.unparse(node)
            call = re.fullmatch(r"(?:bpy\.)?ops(?:\.kpop_choreo)?\.(\w+)\(.*\)", said, re.DOTALL)
            if isinstance(node, ast.Call) and call:
                given = {str(keyword.arg) for keyword in node.keywords}
                assert call[1] in operators(), said
                assert given <= arguments(call[1]), said
            setting = re.fullmatch(r".*scene\.kpop_choreo\.(\w+)", said)
            if isinstance(node, ast.Attribute) and setting:
                assert hasattr(settings, setting[1]), said


def rows(text: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of every table: its first heading, and the cells."""
    head = ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            head = ""
        elif not head:
            head = cells[0] or "-"
        elif not set(line) <= set("|- "):
            yield head, cells


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_tables_of_operators_and_properties_name_what_there_is(path: Path) -> None:
    settings = bpy.context.scene.kpop_choreo
    for head, cells in rows(page(path)):
        names = re.findall(r"`(?:kpop_choreo\.)?([a-z_]+)(?:\(([^`]*)\))?`", cells[0])
        if head == "operator":
            taken: set[str] = set()
            for name, given in names:
                assert name in operators(), f"{path.name}: {name}"
                words = re.findall(r"(?:^|, )([a-z_]+)", given)
                assert set(words) <= arguments(name), f"{path.name}: {name}({given})"
                taken |= arguments(name)
            if len(cells) > 1 and names:
                for told in cells[1].split(";"):  # values stand behind a colon
                    words = re.findall(r"(?<!\()`([a-z_]+)`(?!\))", told.split(":")[0])
                    assert set(words) <= taken, f"{path.name}: {cells}"
        elif head == "property":
            for name, _ in names:
                assert hasattr(settings, name), f"{path.name}: {name}"
        elif head == "argument":
            for name, _ in names:
                assert name in arguments("generate"), f"{path.name}: {name}"


def shown() -> tuple[set[str], list[str]]:
    """The add-on's words and sentences, and patterns of the sentences that hold values."""
    words, patterns = set(BLENDERS), []
    for file in Path(registration.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", None) for part in node.values]
                parts = [part if isinstance(part, str) else ".+" for part in parts]
                if len("".join(parts)) > LEAST + 2 * parts.count(".+"):
                    patterns.append("".join(p if p == ".+" else re.escape(p) for p in parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    return words, patterns


def test_words_in_italics_are_those_of_the_panel() -> None:
    (words, patterns), lost = shown(), []
    sentence = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    for name in PANEL_PAGES:
        for said in _ITALICS.findall(_CODE.sub("", page(DOCS / f"{name}.md"))):
            parts = re.split(r" > |: ", said) if said not in words | {f"{said}."} else []
            for part in parts:
                plain = part.strip(" .")
                if {part, plain, f"{plain}.", f"{said}."} & (words | PROSE):
                    continue
                if plain[-1:].isalpha() and not (
                    sentence.match(said) or sentence.match(f"{said}.")
                ):
                    lost.append(f"{name}.md: {part}")
    assert not lost


def test_a_language_is_added_as_contributing_says(monkeypatch: pytest.MonkeyPatch) -> None:
    text = re.findall(r"^```python\n(\"\"\"French.*?)^```$", section("A language"), re.M | re.S)
    french = types.ModuleType("fr")
    exec(text[0], vars(french))
    there = page(Path(translations.__file__))
    for line in re.findall(r"(?:after|instead of) `([^`]+)`:", section("A language")):
        assert f"{line}\n" in there
    assert french.WORDS.keys() <= ko.WORDS.keys()
    assert french.SENTENCES.keys() <= ko.SENTENCES.keys()
    monkeypatch.setitem(translations.LANGUAGES, "fr_FR", french)
    translations.unregister()
    translations.register()  # Blender refuses a table that it cannot read


class Follower:
    """Does what the page says, by the operators and properties behind the buttons."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = bpy.context.scene.kpop_choreo

    def do(self, doing: Doing) -> None:
        getattr(self, f"_{doing.kind}")(doing)
        assert session.error is None

    def _preferences(self, _: Doing) -> None:
        """Blender's own, and tests/blender/test_zip.py installs the zip."""

    _install = _preferences

    def _tab(self, doing: Doing) -> None:
        for cls in registration.CLASSES:
            if issubclass(cls, bpy.types.Panel):
                assert cls.bl_category == doing.name

    def _owner(self, doing: Doing) -> tuple[Any, str]:
        """What holds the property of that name, and the property."""
        owner = self.settings
        if doing.panel == "Sections":
            owner = self.settings.directions[self.settings.direction_index]
        prefix = PREFIXES.get(doing.panel, "")
        named = [p.identifier for p in owner.bl_rna.properties if p.name == doing.name]
        named = [name for name in named if name.startswith(prefix)] or named
        assert named, f"there is no {doing.name}"
        return owner, named[0]

    def _write(self, doing: Doing) -> None:
        owner, name = self._owner(doing)
        value = str(ROOT / "assets" / doing.value) if name == "song" else doing.value
        setattr(owner, name, value)

    def _set(self, doing: Doing) -> None:
        owner, name = self._owner(doing)
        setattr(owner, name, type(getattr(owner, name))(doing.value))

    def _tick(self, doing: Doing) -> None:
        owner, name = self._owner(doing)
        setattr(owner, name, True)

    def _choose(self, doing: Doing) -> None:
        from kpop_choreo_addon.styles import BUILT_IN

        owner, name = self._owner(doing)
        setattr(owner, name, {title: key for key, title, _ in BUILT_IN}[doing.value])

    def _press(self, doing: Doing) -> None:
        if doing.name in "◀▶":
            bpy.ops.kpop_choreo.step_take(by=-1 if doing.name == "◀" else 1)
        elif ":" in doing.name:
            index = self._section(doing.name)
            bpy.ops.kpop_choreo.direct_section(index=index)
        else:
            labels = {
                cls.bl_label: cls.bl_idname[12:]
                for cls in registration.CLASSES
                if issubclass(cls, bpy.types.Operator)
            }
            button = getattr(bpy.ops.kpop_choreo, labels[doing.name])
            if labels[doing.name] != "play_song":  # it needs a screen
                assert button.poll()
                assert button() == {"FINISHED"}

    def _section(self, text: str) -> int:
        """The section whose row reads so."""
        from kpop_choreo_addon.song_panel import KPOPCHOREO_PT_sections

        times = [word for word in drawn(KPOPCHOREO_PT_sections) if re.match(r"\d+:\d\d  ", word)]
        assert text in times
        return times.index(text)

    def _ghost(self, _: Doing) -> None:
        take = takes_of(self.settings.target).takes[0]
        bpy.ops.kpop_choreo.ghost_take(take=take.uid)

    def _open(self, doing: Doing) -> None:
        assert any(
            cls.bl_label == doing.name and "DEFAULT_CLOSED" in getattr(cls, "bl_options", ())
            for cls in registration.CLASSES
            if issubclass(cls, bpy.types.Panel)
        )

    def _frame(self, doing: Doing) -> None:
        bpy.context.scene.frame_set(int(doing.value))

    def _turn(self, doing: Doing) -> None:
        from mathutils import Matrix

        bone = self.settings.target.pose.bones[doing.name]
        bone.matrix_basis = bone.matrix_basis @ Matrix.Rotation(1.0, 4, "X")

    def _save(self, doing: Doing) -> None:
        bpy.ops.wm.save_as_mainfile(filepath=str(self.folder / doing.value))

    def _export(self, doing: Doing) -> None:
        from kpop_choreo_addon.core.export_presets import PRESETS

        key = {preset.title: preset.key for preset in PRESETS}[doing.value]
        path = self.folder / "dance.fbx"
        assert bpy.ops.kpop_choreo.export_fbx(filepath=str(path), preset=key) == {"FINISHED"}
        assert path.is_file()
        assert {file.suffix for file in self.folder.glob("dance.*")} >= {".ogg", ".json", ".blend"}


@in_the_newest
@pytest.mark.skipif(not real.PYTHON.is_file(), reason="no engine environment")
def test_the_tutorial_is_followed_word_for_word(tmp_path: Path) -> None:
    from kpop_choreo_addon.preferences import get_preferences

    chosen = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", str(real.PYTHON)
    chosen.device, chosen.model = "CPU", "debug"
    follower, pictures = Follower(tmp_path), []
    for chapter in read_page(DOCS / "start.md"):
        for step in chapter.steps:
            if isinstance(step, Doing):
                follower.do(step)
            else:
                pictures.append(DOCS / step.path)
    names = [take.name for take in takes_of(follower.settings.target).takes]
    assert len(names) == 5
    assert not [path for path in pictures if not path.is_file()]
