"""Fixtures of the tests inside Blender as a module; run them in a Blender environment."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
USER_FOLDER = tempfile.mkdtemp(prefix="kpop-choreo-blender-")
os.environ["BLENDER_USER_RESOURCES"] = USER_FOLDER

import bpy  # noqa: E402

FAKE_ENGINE = ROOT / "tests" / "core" / "fake_engine"
_exit_code = 0


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    global _exit_code
    _exit_code = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Blender as a module crashes or hangs when the interpreter ends after classes were made."""
    shutil.rmtree(USER_FOLDER, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_exit_code)


@pytest.fixture(autouse=True, scope="module")
def blender() -> None:
    """Blender's own settings, with the add-on switched on."""
    _switch_on()


@pytest.fixture(autouse=True)
def addon(blender: None) -> Iterator[None]:
    """An empty scene, and the add-on as it is switched on."""
    import addon_utils

    logging.disable(logging.WARNING)
    if addon_utils.check("kpop_choreo_addon") == (True, True):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        _switch_on()
    from kpop_choreo_addon.preferences import get_preferences
    from kpop_choreo_addon.session import Session, session

    chosen = get_preferences()
    for known in chosen.bl_rna.properties:
        chosen.property_unset(known.identifier)
    fresh = Session()
    for name in vars(fresh):
        if name not in ("host", "bundled_problem"):
            setattr(session, name, getattr(fresh, name))
    # The made-up clip dances through its own body; tests of contact switch it on.
    settings = bpy.context.scene.kpop_choreo
    settings.lock_feet = settings.clear_body = False
    yield
    session.shut_down()
    logging.disable(logging.NOTSET)


def _switch_on() -> None:
    import addon_utils

    logging.disable(logging.WARNING)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert addon_utils.enable("kpop_choreo_addon", default_set=True) is not None


@pytest.fixture
def dancer() -> bpy.types.Object:
    bpy.ops.kpop_choreo.add_dancer()
    return bpy.context.scene.kpop_choreo.target


@pytest.fixture
def clip_file(tmp_path: Path) -> Path:
    from tests.core.synthetic import write_clip

    return write_clip(tmp_path / "dance.npz")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    from tests.blender.helpers import write_tone

    return write_tone(tmp_path / "song.wav", 4.0)


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch, clip_file: Path) -> None:
    """Preferences that start the stand-in engine of tests/core."""
    from kpop_choreo_addon import engine_choice
    from kpop_choreo_addon.preferences import get_preferences

    monkeypatch.setattr(engine_choice, "engine_root", lambda: FAKE_ENGINE)
    monkeypatch.setenv("FAKE_CLIP", str(clip_file))
    chosen = get_preferences()
    chosen.engine, chosen.python_path = "PYTHON", sys.executable
