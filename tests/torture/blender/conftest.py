"""The long tests inside Blender share the fixtures of the short ones."""

import tempfile
from pathlib import Path

import pytest

from kpop_choreo_addon.core import engine_process
from tests.blender.conftest import *  # noqa: F403
from tests.blender.conftest import pytest_sessionfinish, pytest_unconfigure  # noqa: F401


@pytest.fixture
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files and a cache in which nothing else is."""
    for name in ("temp", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setattr(engine_process, "NICE", 0)  # a busy machine would let it wait for minutes
    monkeypatch.setenv("KPOP_CHOREO_CACHE", str(tmp_path / "cache"))
