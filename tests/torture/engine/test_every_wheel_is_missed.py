"""Every wheel of a real zip, left out, makes the check of its imports fail: half a minute."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "tools"))

from zip_contents import read_zip  # noqa: E402
from zip_imports import check_contents  # noqa: E402
from zip_targets import find_target  # noqa: E402

ZIPS = sorted((ROOT / "dist").glob("kpop_choreo-*-linux-x64-blender-4.2-to-5.0.zip"))


@pytest.mark.skipif(not ZIPS, reason="no zip in dist/: run 'make zip-here'")
def test_every_wheel_is_missed() -> None:
    contents, target = read_zip(ZIPS[-1]), find_target("linux-x64", "3.11", False)
    assert check_contents(contents, target) == []
    for wheel in contents.metadata:
        told = check_contents(contents.without(wheel), target)
        assert any(wheel.replace("-", "_") in line or wheel in line for line in told), wheel
