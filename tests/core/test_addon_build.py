"""Which wheels go into the zip, and a manifest that Blender takes."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    pytest.importorskip("packaging")
    spec = importlib.util.spec_from_file_location(
        "build_extension", ROOT / "tools" / "build_extension.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


LOCK = """# a comment
av==18.1.0 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via kpop-choreo
av==19.0.2 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:dd
idna==3.20 \\
    --hash=sha256:ee
"""


@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("3.11", "av==18.1.0 --hash=sha256:aa --hash=sha256:bb"),
        ("3.13", "av==19.0.2 --hash=sha256:cc"),
        ("3.14", "av==19.0.2 --hash=sha256:cc"),
    ],
)
def test_pins_of_another_python(tool: ModuleType, tmp_path: Path, python: str, line: str) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(LOCK)
    pins = {pin.name: pin.line for pin in tool.read_pins(lock, python)}
    assert pins == {"av": line, "idna": "idna==3.20 --hash=sha256:ee"}


@pytest.mark.parametrize("python", ["3.11", "3.13", "3.14"])
def test_every_wheel_is_pinned_with_hashes(tool: ModuleType, python: str) -> None:
    pins = {p.name: p.line for p in tool.read_pins(ROOT / "requirements" / "engine.txt", python)}
    for name in tool.WHEELS:
        assert "--hash=sha256:" in pins[name], name
    assert "numpy" not in tool.WHEELS, "Blender brings its own"


def test_manifest(tool: ModuleType) -> None:
    from engine import __version__

    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    assert text.count(tool.FILL_IN) == 1
    manifest = tomllib.loads(text)
    assert manifest["id"] == "kpop_choreo"
    assert manifest["version"] == __version__
    assert manifest["blender_version_min"] == "4.2.0"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert len(manifest["tagline"]) <= 64
    for reason in manifest["permissions"].values():
        assert len(reason) <= 64
        assert not reason.endswith(".")
