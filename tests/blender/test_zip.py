"""The built zip in a fresh Blender: no network, no other Python, a dance with its own engine.

The zip is the one that KPOP_CHOREO_ZIP names, or the newest in dist/ for this system and Blender.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.blender.helpers import write_drums

ROOT = Path(__file__).parents[2]
SYSTEM = {"linux": "linux-x64", "win32": "windows-x64", "darwin": "macos-arm64"}[sys.platform]
BLENDERS = {(3, 11): "blender-4.2-to-5.0", (3, 13): "blender-5.1-up"}


def built_zip() -> Path | None:
    if "KPOP_CHOREO_ZIP" in os.environ:
        return Path(os.environ["KPOP_CHOREO_ZIP"])
    which = BLENDERS.get(sys.version_info[:2])
    found = (ROOT / "dist").glob(f"kpop_choreo-*-{SYSTEM}-{which}.zip")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


ZIP = built_zip()
pytestmark = pytest.mark.skipif(ZIP is None, reason="no zip in dist/: run 'make zip'")


def test_layout_and_size() -> None:
    with zipfile.ZipFile(ZIP) as stored:
        names = stored.namelist()
    assert ZIP.stat().st_size < 200e6
    for name in (
        "blender_manifest.toml",
        "__init__.py",
        "core/clip.py",
        "engine/__main__.py",
        "core/bone_maps/mixamo.json",
        "LICENSE",
        "CREDITS.md",
    ):
        assert name in names
    assert any(name.startswith("wheels/onnxruntime-") for name in names)
    assert any(name.startswith("models/") and name.endswith(".safetensors") for name in names)
    assert not any("numpy" in name or "__pycache__" in name for name in names)
    assert not any(name.startswith("engine/training") for name in names)


def without_network(command: list[str]) -> list[str]:
    """``command`` in a network of its own where this user may make one."""
    probe = ["unshare", "--net", "sh", "-c", "ip link set lo up"]
    if shutil.which("unshare") and subprocess.run(probe, capture_output=True).returncode == 0:
        return ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command]
    return command


def test_installed_without_network_it_dances(tmp_path: Path) -> None:
    song = write_drums(tmp_path / "drums.wav", 8.0)
    script = Path(__file__).with_name("installed.py")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "KPOP"))}
    environment["BLENDER_USER_RESOURCES"] = str(tmp_path / "blender")
    done = subprocess.run(
        without_network([sys.executable, "-s", str(script), str(ZIP), str(song)]),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    found = json.loads(lines[0].removeprefix("FOUND "))
    assert not found["online"]
    assert found["problem"] == found["error"] == ""
    assert found["generate"] == ["FINISHED"]
    assert found["frames"][0] == 1.0
    assert found["frames"][1] == pytest.approx(1 + 8 * 24, abs=6)
    assert sum(".1" in name for name in found["markers"]) >= 3
    assert found["python"] == found["executable"]
    assert found["paths"][0].endswith("extensions/user_default/kpop_choreo")
    assert str(tmp_path) in found["takes"]
    assert "kpop_choreo/takes" in found["takes"]
    assert found["stopped"]
