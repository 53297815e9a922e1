"""What a zip lacks is told in a sentence: on its own system, though built on another."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("packaging")
ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))

import zip_imports  # noqa: E402
from zip_contents import Contents, read_parts  # noqa: E402
from zip_targets import Target, find_target  # noqa: E402

LINUX = find_target("linux-x64", "3.11", False)
WINDOWS = find_target("windows-x64", "3.13", False)
ENGINE = "import torch, librosa, madmom, PIL\nfrom engine import training\n"
"""Asks for all that is optional, so that nothing on that list is out of date."""


def wheel(name: str, files: dict[str, str], requires: tuple[str, ...] = ()) -> dict[str, bytes]:
    """A wheel of version 1."""
    stored = io.BytesIO()
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
    told += "".join(f"Requires-Dist: {line}\n" for line in requires)
    with zipfile.ZipFile(stored, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{name}-1.dist-info/METADATA", told)
    return {f"{name}-1-py3-none-any.whl": stored.getvalue()}


def contents(engine: str, *wheels: dict[str, bytes], addon: str = "") -> Contents:
    """A zip whose engine is one module, and its wheels."""
    ours = {
        "__init__.py": addon.encode(),
        "engine/__init__.py": b"",
        "engine/__main__.py": (ENGINE + engine).encode(),
    }
    return read_parts(ours, {name: data for each in wheels for name, data in each.items()})


def problems(target: Target, engine: str, *wheels: dict[str, bytes], addon: str = "") -> list[str]:
    return zip_imports.check_contents(contents(engine, *wheels, addon=addon), target)


def test_each_wheel_that_is_left_out_is_missed() -> None:
    whole = contents(
        "def work():\n    from outer.parts import turn",
        wheel("outer", {"outer/__init__.py": "", "outer/parts.py": "from . import deep"})
        | wheel("inner", {"inner.cpython-311-x86_64-linux-gnu.so": ""}),
        wheel("lazy", {"lazy.py": ""}),
    )
    whole.sources["outer.deep"] = b"import inner\ndef later():\n    import nowhere"
    whole.owners["outer.deep"] = "outer"
    whole.sources["engine.__main__"] += b"\nimport lazy"
    assert zip_imports.check_contents(whole, LINUX) == []
    for name, asker in (
        ("outer", "engine.__main__ imports outer.parts"),
        ("inner", "outer.deep (of outer) imports inner"),
        ("lazy", "engine.__main__ imports lazy"),
    ):
        told = zip_imports.check_contents(whole.without(name), LINUX)
        expected = f"{asker}, which is neither in the zip nor in Python 3.11 on linux-x64."
        assert expected in told, name


@pytest.mark.parametrize(
    ("source", "linux", "windows"),
    [
        ("if sys.platform == 'win32':\n    import winext", 0, 1),
        ("if os.name != 'nt':\n    import unixext\nelse:\n    import msvcrt", 1, 0),
        ("if sys.version_info >= (3, 13):\n    import newer", 0, 1),
        ("if TYPE_CHECKING:\n    import stubs", 0, 0),
        ("try:\n    import fast\nexcept ImportError:\n    import json", 0, 0),
        ("try:\n    import fast\nexcept ImportError:\n    import slow", 1, 1),
        ("try:\n    import fast\nexcept Exception:\n    pass", 1, 1),
        ("import fcntl", 0, 1),
        ("import msvcrt", 1, 0),
        ("import cgi", 0, 1),
        ("import numpy.linalg", 0, 0),
        ("import bpy", 1, 1),
    ],
)
def test_imports_by_system_and_python(source: str, linux: int, windows: int) -> None:
    found = [len(problems(target, source)) for target in (LINUX, WINDOWS)]
    assert found == [linux, windows]


def test_a_wheel_that_nothing_needs_is_told() -> None:
    told = problems(LINUX, "", wheel("old", {"old.py": ""}))
    assert told == ["old is in the zip and nothing in it imports or requires it."]


def test_requirements_of_wheels_are_compared_with_the_zip() -> None:
    needs = ("other>=2", "absent; python_version < '3.13'", "numpy<1.25", "extra; extra == 'x'")
    told = problems(
        LINUX, "import a, other", wheel("a", {"a.py": ""}, needs), wheel("other", {"other.py": ""})
    )
    assert told == [
        "a requires other>=2, and other 1 is there.",
        "a requires absent, which is not in the zip.",
        "a requires numpy<1.25, and numpy 1.26.4 is there.",
    ]


def test_the_addon_may_not_use_the_wheels() -> None:
    scipy = wheel("scipy", {"scipy/__init__.py": ""})
    assert problems(LINUX, "import scipy", scipy, addon="import bpy, numpy") == []
    (told,) = problems(LINUX, "import scipy", scipy, addon="import scipy")
    assert told.startswith("kpop_choreo imports scipy, which is neither")


def test_a_file_for_a_newer_python_is_followed_too() -> None:
    newer = "type Words = list[str]\nfrom nowhere import (\n    one,\n)\nfrom . import __init__\n"
    told = problems(LINUX, "import outer", wheel("outer", {"outer/__init__.py": newer}))
    assert any("nowhere" in sentence for sentence in told)
