"""The GPU engine in Blender: one operator installs it, a real child tries it, and it is used."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import pytest

from kpop_choreo_addon import engine_choice, gpu_engine, ids
from kpop_choreo_addon.core.gpu_builds import Build, this_python
from kpop_choreo_addon.preferences import get_preferences
from kpop_choreo_addon.session import session
from tests.core.wheel_server import Served, make_wheel, serving

TORCH = "torch-1.0-py3-none-any.whl"
WORKS = b"""import json, torch
print(json.dumps(dict(device="cuda", device_name=torch.NAME, memory=8 << 30)))
"""
FAILS = b"""import json
told = dict(code="driver_old", message="The driver is too old.", remedy="Update the driver.")
print(json.dumps(dict(error=told)))
"""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    """A server with a torch, and an engine whose command ``device`` imports it."""
    engine = tmp_path / "root" / "engine"
    engine.mkdir(parents=True)
    (engine / "__init__.py").touch()
    (engine / "__main__.py").write_bytes(WORKS)
    monkeypatch.setattr(gpu_engine, "bundled_paths", lambda: (engine.parent,))
    monkeypatch.setattr(ids, "_place", lambda name: tmp_path / "user" / name)
    files = {TORCH: make_wheel("torch", {"torch/__init__.py": b"NAME = 'Test GPU'\n"})}
    gpu_engine.look_again()
    with serving(files) as server:
        build = replace(server.build(TORCH, key="CUDA"), python=this_python())
        monkeypatch.setattr(gpu_engine, "offered", lambda: {"CUDA": build})
        yield server
    gpu_engine.look_again()


def install(served: Served, build: str = "CUDA") -> set[str]:
    return bpy.ops.kpop_choreo.install_gpu_engine(build=build, mirror=served.url)


def test_it_is_installed_used_and_removed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_choice, "bundled_paths", gpu_engine.bundled_paths)
    chosen = get_preferences()
    chosen.engine, chosen.device = "GPU", "AUTO"
    (root,) = gpu_engine.bundled_paths()
    assert engine_choice.engine_source().command.paths == (root,)
    assert install(served) == {"FINISHED"}
    found = gpu_engine.installed()
    assert found is not None
    assert found.title == "Test GPU, 8 GB"
    command = engine_choice.engine_source().command
    assert command.paths == (root, ids.gpu_folder() / found.id)
    assert command.device == "auto"
    assert bpy.ops.kpop_choreo.verify_gpu_engine() == {"FINISHED"}
    assert bpy.ops.kpop_choreo.remove_gpu_engine() == {"FINISHED"}
    assert gpu_engine.installed() is None
    assert not [path for path in ids.gpu_folder().iterdir() if path.is_dir()]
    assert engine_choice.engine_source().command.paths == (root,)
    with pytest.raises(RuntimeError, match="No GPU engine is installed"):
        bpy.ops.kpop_choreo.verify_gpu_engine()


def test_blender_that_may_not_go_online_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not bpy.app.online_access
    monkeypatch.setattr(gpu_engine, "bundled_paths", lambda: (Path(),))
    wheel = replace(Served({TORCH: b"x"}, "https://files.pythonhosted.org").wheel(TORCH))
    build = Build("CUDA", "1.0", this_python(), (wheel,))
    monkeypatch.setattr(gpu_engine, "offered", lambda: {"CUDA": build})
    with pytest.raises(RuntimeError, match=r"not allowed to use the internet.*Allow Online Access"):
        bpy.ops.kpop_choreo.install_gpu_engine(build="CUDA")
    assert session.gpu_error.code == "offline"


def test_a_gpu_that_cannot_be_used_is_told_and_the_bundled_engine_dances(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_choice, "bundled_paths", gpu_engine.bundled_paths)
    (root,) = gpu_engine.bundled_paths()
    (root / "engine" / "__main__.py").write_bytes(FAILS)
    with pytest.raises(RuntimeError, match=r"driver is too old\. Update the driver"):
        install(served)
    get_preferences().engine = "GPU"
    assert engine_choice.engine_source().command.paths == (root,)
    assert gpu_engine.installed().problem.code == "driver_old"
    (root / "engine" / "__main__.py").write_bytes(b"import nothing_of_that_name")
    with pytest.raises(RuntimeError, match=r"cannot be started here \(ModuleNotFoundError"):
        bpy.ops.kpop_choreo.verify_gpu_engine()
    (root / "engine" / "__main__.py").write_bytes(WORKS)
    assert bpy.ops.kpop_choreo.verify_gpu_engine() == {"FINISHED"}
    assert len(engine_choice.engine_source().command.paths) == 2


def test_a_build_that_is_not_for_this_computer_is_refused(served: Served) -> None:
    with pytest.raises(RuntimeError, match="no such GPU engine"):
        install(served, "MPS")


def test_blender_that_closes_leaves_what_can_be_gone_on_with(served: Served) -> None:
    served.slowly = threading.Event()
    task = gpu_engine.install_task("CUDA", served.url)
    gpu_engine.begin(task)
    with pytest.raises(RuntimeError, match="under way"):
        install(served)
    while not served.asked:
        time.sleep(0.01)
    threading.Timer(0.2, served.slowly.set).start()
    session.shut_down()
    assert session.gpu is None
    task.wait(5.0)
    assert not task.running
    assert gpu_engine.installed() is None
    served.slowly = None
    assert install(served) == {"FINISHED"}
