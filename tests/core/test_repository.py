"""Blender installs from our repository what is for it, and updates it when we publish anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("packaging")
ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))

from build_extension import fill_manifest, find_tool  # noqa: E402
from make_repository import publish  # noqa: E402
from zip_targets import RELEASES, SYSTEMS, find_target  # noqa: E402

BLENDER = ROOT / ".venv-bpy-5.0" / "bin" / "python"
pytestmark = pytest.mark.skipif(not BLENDER.exists(), reason="no Blender 5.0: run 'make demo'")
SOURCE = "def register():\n    pass\n\n\ndef unregister():\n    pass\n"
NAMES = ("linux-x64", "windows-x64")


def small_zips(folder: Path, version: str) -> list[Path]:
    """Zips with our manifests and nothing in them."""
    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    text = text.replace('version = "0.1.0"', f'version = "{version}"')
    zips = []
    for target in (find_target(name, python, False) for name in NAMES for python in RELEASES):
        staged = folder / version / target.name
        staged.mkdir(parents=True)
        (staged / "__init__.py").write_text(SOURCE)
        (staged / "blender_manifest.toml").write_text(fill_manifest(text, target, []))
        zips.append(folder / f"kpop_choreo-{version}-{target.name}.zip")
        build = ["build", "--source-dir", str(staged), "--output-filepath", str(zips[-1])]
        tool = [sys.executable, str(find_tool())]
        subprocess.run([*tool, *build], check=True, stdout=subprocess.DEVNULL)
    return zips


def in_blender(address: str, user: Path) -> dict[str, Any]:
    """What Blender 5.0 has of it after it was told the address."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "KPOP"))}
    environment["BLENDER_USER_RESOURCES"] = str(user)
    script = Path(__file__).with_name("from_repository.py")
    command = [str(BLENDER), "-s", str(script), address]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(lines[0].removeprefix("FOUND "))


def test_blender_installs_and_updates_from_it(tmp_path: Path) -> None:
    out = tmp_path / "repository"
    index = publish(small_zips(tmp_path, "0.1.0"), out, find_tool())
    assert {(e["platforms"][0], e.get("blender_version_max")) for e in index} == {
        (name, end) for name in NAMES for end in ("5.1.0", None)
    }
    address = (out / "index.json").as_uri()
    first = in_blender(address, tmp_path / "user")
    system = next(s.name for s in SYSTEMS.values() if s.sys_platform == sys.platform)
    assert first == {
        "version": "0.1.0",
        "platforms": [system],
        "blender_version_max": "5.1.0",
        "done": [["FINISHED"], ["FINISHED"]],
    }
    publish(small_zips(tmp_path, "0.2.0"), out, find_tool())
    assert len(list(out.glob("*.zip"))) == len(index)
    assert in_blender(address, tmp_path / "user") == first | {"version": "0.2.0"}
