"""The GPU engine: which build, fetched over a bad line, unpacked safely, whole or not there."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kpop_choreo_addon.core import gpu_fetch, gpu_install, gpu_lock
from kpop_choreo_addon.core.errors import Cancelled, ChoreoError
from kpop_choreo_addon.core.gpu_builds import (
    TABLE,
    Build,
    builds_for,
    complete,
    look_up,
    mirrored,
    require_address,
)
from kpop_choreo_addon.core.gpu_hardware import Hardware, choose_build, find_hardware
from kpop_choreo_addon.core.gpu_install import begun, install, uninstall, verify_installed
from kpop_choreo_addon.core.gpu_installed import Installed, find_installed, read_contents
from kpop_choreo_addon.core.gpu_unpack import unpack
from tests.core.wheel_server import Served, make_wheel, serving, write_files

NOISE = os.urandom(300_000)
TORCH, HELPER = "torch-1.0-py3-none-any.whl", "helper-1.0-py3-none-any.whl"
FILES = {
    TORCH: make_wheel(
        "torch",
        {
            "torch/__init__.py": b"version = 1\n",
            "torch/lib/libtorch.so": NOISE,
            "torch/include/ATen/deep.h": b"//",
            "torch-1.0.data/platlib/torch/more.py": b"more = 1\n",
            "torch-1.0.data/scripts/torchrun": b"#!python",
        },
    ),
    HELPER: make_wheel("helper", {"helper.py": b"helps = True\n"}),
}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(gpu_fetch, "_pause", lambda tries: 0.02)
    with serving(FILES) as server:
        yield server


def works(folder: Path, cancelled: gpu_install.Asked) -> Installed:
    """A check that finds a GPU."""
    found = read_contents(folder)
    assert found is not None
    assert (folder / "torch/__init__.py").read_bytes() == b"version = 1\n"
    return replace(found, device="cuda", device_name="Test GPU", memory=8 << 30, problem=None)


def put(served: Served, root: Path, build: Build | None = None, check=works) -> Installed:
    build = build or served.build(TORCH, HELPER)
    return install(build, root, check, lambda progress: None, lambda: False)


def never() -> bool:
    return False


# ---- which build


@pytest.mark.parametrize(
    ("found", "build"),
    [
        (Hardware("linux-x64", "NVIDIA", "RTX 4090", 24564, "580.95.05", 8.9), "CUDA"),
        (Hardware("linux-x64", "NVIDIA", "RTX 4090", 24564, "535.183.01", 8.9), ""),
        (Hardware("windows-x64", "NVIDIA", "RTX 4090", 24564, "551.23", 8.9), "CUDA12"),
        (Hardware("windows-x64", "NVIDIA", "GTX 1080", 8192, "581.15", 6.1), "CUDA12"),
        (Hardware("linux-x64", "NVIDIA", "GTX 1080", 8192, "580.95", 6.1), ""),
        (Hardware("windows-x64", "NVIDIA", "NVIDIA GPU"), "CUDA"),
        (Hardware("windows-x64", "NVIDIA", "GTX 680", 2048, "475.14", 3.0), ""),
        (Hardware("linux-x64", "AMD", "Radeon"), "ROCM"),
        (Hardware("macos-arm64", "Apple", "Apple GPU", driver="15.1"), "MPS"),
        (Hardware("macos-arm64", "Apple", "Apple GPU", driver="13.6"), ""),
        (Hardware("linux-x64"), ""),
    ],
)
def test_the_build_is_one_that_driver_and_gpu_run(found: Hardware, build: str) -> None:
    choice = choose_build(found)
    assert choice.build == build
    assert bool(choice.problem) == bool(choice.remedy) == (not build)


def test_an_old_driver_is_named_with_what_is_needed() -> None:
    choice = choose_build(Hardware("linux-x64", "NVIDIA", "RTX", 1, "535.183.01", 8.9))
    assert "535.183.01" in choice.problem
    assert "580" in choice.problem
    assert "driver" in choice.remedy


def test_hardware_is_read_from_nvidias_tool_and_from_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    line = "NVIDIA GeForce RTX 3060, 580.95.05, 12288, 8.6\n"
    found = find_hardware("linux-x64", tmp_path, lambda command: line)
    assert found == Hardware(
        "linux-x64", "NVIDIA", "NVIDIA GeForce RTX 3060", 12288, "580.95.05", 8.6
    )
    assert found.title == "NVIDIA GeForce RTX 3060, 12 GB"
    failed = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"
    assert find_hardware("linux-x64", tmp_path, lambda command: failed).maker == ""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / "sys/class/kfd").mkdir(parents=True)
    assert find_hardware("linux-x64", tmp_path).maker == "AMD"
    text = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 2024\n"
    write_files(tmp_path, {"proc/driver/nvidia/version": text.encode()})
    assert find_hardware("linux-x64", tmp_path).driver == "550.54.14"


def test_the_table_locks_every_file() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    for name, wheel in table["wheels"].items():
        assert name.endswith(".whl")
        assert re.fullmatch("[0-9a-f]{64}", wheel["sha256"])
        assert wheel["size"] > 0
        assert wheel["url"].endswith(f"/{name}")
        require_address(wheel["url"], "")
    for system, keys in {
        "linux-x64": {"CUDA", "ROCM", "CPU"},
        "windows-x64": {"CUDA", "CUDA12", "CPU"},
        "macos-arm64": {"MPS"},
    }.items():
        for python in ("3.11", "3.13", "3.14"):
            builds = builds_for(system, python)
            assert set(builds) == keys
            for build in builds.values():
                names = [wheel.name for wheel in build.wheels] + [build.named] * bool(build.named)
                (torch,) = [name for name in names if name.startswith("torch-")]
                assert f"cp{python.replace('.', '')}" in torch
                assert build.size > 100e6
                assert not any(name.startswith(("numpy", "triton")) for name in names)
    assert builds_for("macos-x64", "3.11") == {}


# ---- an index


INDEX = Build("ROCM", "1.0", "3.11", (), "https://download.pytorch.org/whl/x/torch/", TORCH, 5)


def test_an_index_gives_address_and_digest() -> None:
    digest = "ab" * 32
    for href in (f"/whl/x/{TORCH}", f"https://download-r2.pytorch.org/whl/x/{TORCH}"):
        page = f'<a href="other.whl#sha256={digest}">o</a><a href="{href}#sha256={digest}">x</a>'
        wheel = look_up(page, INDEX)
        assert wheel.sha256 == digest
        assert wheel.url.startswith("https://download")
        assert wheel.url.endswith(f"/whl/x/{TORCH}")


@pytest.mark.parametrize(
    ("href", "code"),
    [
        (TORCH, "gpu_digest_missing"),
        (f"{TORCH}#md5=00", "gpu_digest_missing"),
        (f"https://evil.example/{TORCH}#sha256={'ab' * 32}", "gpu_address"),
        (f"http://download.pytorch.org/{TORCH}#sha256={'ab' * 32}", "gpu_address"),
        (f"file:///tmp/{TORCH}#sha256={'ab' * 32}", "gpu_address"),
        ("torch-2.0-py3-none-any.whl", "gpu_gone"),
    ],
)
def test_a_file_without_digest_or_from_elsewhere_is_refused(href: str, code: str) -> None:
    with pytest.raises(ChoreoError) as error:
        look_up(f'<a href="{href}">x</a>', INDEX)
    assert error.value.code == code


def test_a_mirror_without_https_is_refused_but_for_this_machine() -> None:
    with pytest.raises(ChoreoError, match="https"):
        complete(mirrored(INDEX, "http://studio.example/wheels"), lambda url: "")
    require_address("http://127.0.0.1:80/x.whl", "")


# ---- fetching and installing


def test_it_installs_and_is_found(served: Served, tmp_path: Path) -> None:
    told = []
    root = tmp_path / "a folder 폴더"
    build = served.build(TORCH, HELPER)
    found = install(build, root, works, told.append, never)
    assert found.usable
    assert found.title == "Test GPU, 8 GB"
    assert find_installed(root, "3.11") == found
    assert find_installed(root, "3.13") is None
    folder = root / build.id
    assert (folder / "torch/lib/libtorch.so").read_bytes() == NOISE
    assert (folder / "torch/more.py").is_file()
    assert (folder / "helper.py").is_file()
    assert not (folder / "torch/include").exists()
    assert not list(folder.rglob("torchrun"))
    assert not list(root.rglob("*.whl*"))
    assert [p.name for p in root.iterdir() if p.is_dir()] == [build.id]
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    total = sum(wheel.size for wheel in build.wheels)
    fetched = [progress.done for progress in told if progress.stage == "fetch"]
    assert fetched[-1] == total
    assert {"Fetching: 0 of 0 MB", "Trying the GPU"} & {progress.text for progress in told}


def test_nothing_is_fetched_twice_and_a_second_install_only_tries(
    served: Served, tmp_path: Path
) -> None:
    put(served, tmp_path)
    asked = len(served.asked)
    put(served, tmp_path)
    assert len(served.asked) == asked


def test_a_broken_line_is_taken_up_where_it_broke(served: Served, tmp_path: Path) -> None:
    served.breaks_after = [1000, 50_000, 10]
    put(served, tmp_path)
    ranges = [asked for name, asked in served.asked if name == TORCH]
    assert ranges == ["", "bytes=1000-", "bytes=51000-", "bytes=51010-"]


def test_a_server_that_ignores_ranges_is_read_from_the_start(
    served: Served, tmp_path: Path
) -> None:
    served.breaks_after, served.ignores_range = [1000], True
    assert put(served, tmp_path).usable


def test_errors_that_may_pass_are_tried_again(served: Served, tmp_path: Path) -> None:
    served.fails = [503, 429]
    assert put(served, tmp_path).usable


def test_a_line_that_stays_broken_leaves_what_came(served: Served, tmp_path: Path) -> None:
    served.breaks_after = [70_000] + [0] * 20
    with pytest.raises(ChoreoError) as error:
        put(served, tmp_path)
    assert error.value.code == "gpu_unreachable"
    assert "Resume" in error.value.remedy
    assert begun(served.build(TORCH, HELPER), tmp_path) == 70_000
    assert find_installed(tmp_path, "3.11") is None
    served.breaks_after = []
    assert put(served, tmp_path).usable
    assert served.asked[-2] == (TORCH, "bytes=70000-")


def test_a_wrong_digest_is_deleted_and_said(served: Served, tmp_path: Path) -> None:
    served.spoils = True
    with pytest.raises(ChoreoError, match=r"torch.* came damaged or changed") as error:
        put(served, tmp_path)
    assert error.value.code == "gpu_wrong_file"
    assert not list(tmp_path.rglob("*.whl*"))
    served.spoils = False
    assert put(served, tmp_path).usable


def test_a_file_that_is_gone_is_not_asked_for_again(served: Served, tmp_path: Path) -> None:
    build = served.build(TORCH, HELPER)
    del served.files[TORCH]
    with pytest.raises(ChoreoError) as error:
        put(served, tmp_path, build)
    assert error.value.code == "gpu_gone"
    assert len(served.asked) == 1


def test_cancelling_keeps_what_came_and_resumes(served: Served, tmp_path: Path) -> None:
    served.slowly, build = threading.Event(), served.build(TORCH, HELPER)
    cancel, failed = threading.Event(), []

    def run() -> None:
        try:
            install(build, tmp_path, works, lambda progress: None, cancel.is_set)
        except Cancelled:
            failed.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    while not served.asked:
        time.sleep(0.01)
    cancel.set()
    served.slowly.set()
    thread.join(5.0)
    assert failed == [True]
    assert find_installed(tmp_path, "3.11") is None
    served.slowly = None
    assert put(served, tmp_path, build).usable


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 150_000_000))
    with pytest.raises(ChoreoError, match=r"needs 0\.2 GB more .* 0\.1 GB are free") as error:
        put(served, tmp_path)
    assert error.value.code == "disk_small"
    assert served.asked == []


def test_a_disk_that_fills_up_keeps_what_came(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    class Full:
        def __init__(self, stream) -> None:
            self.stream, self.room = stream, 100_000

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def write(self, data: bytes) -> int:
            if self.room < len(data):
                raise OSError(errno.ENOSPC, "No space left on device")
            self.room -= len(data)
            return self.stream.write(data)

    def opened(path: Path, mode: str = "r", *more, **options):
        stream = real(path, mode, *more, **options)
        return (
            Full(stream) if path.suffix == ".part" and "b" in mode and "r" not in mode else stream
        )

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ChoreoError) as error:
        put(served, tmp_path)
    assert error.value.code == "disk_full"
    monkeypatch.setattr(Path, "open", real)
    assert put(served, tmp_path).usable


def test_a_killed_installation_is_gone_on_with(served: Served, tmp_path: Path) -> None:
    build = served.build(TORCH, HELPER)
    del served.files[HELPER]
    with pytest.raises(ChoreoError):
        put(served, tmp_path, build)
    assert not (tmp_path / build.id).exists()
    served.files |= FILES
    assert put(served, tmp_path, build).usable
    assert [name for name, _ in served.asked].count(TORCH) == 1


# ---- wheels that are not to be trusted


@pytest.mark.parametrize(
    ("wheel", "why"),
    [
        (make_wheel("bad", {"../evil.py": b"x"}), "lies outside"),
        (make_wheel("bad", {"/tmp/evil.py": b"x"}), "lies outside"),
        (make_wheel("bad", {"a/../../evil.py": b"x"}), "lies outside"),
        (make_wheel("bad", {"C:/evil.py": b"x"}), "lies outside"),
        (make_wheel("bad", {"bad-1.0.data/platlib/../../../evil": b"x"}), "lies outside"),
        (make_wheel("bad", {"a.py": b"x"}, link="torch/lib"), "is a link"),
        (make_wheel("bad", {"a.py": b"x"}, spoiled="a.py"), "another than in its list"),
        (make_wheel("bad", {"a.py": b"x"}, unlisted="a.py"), "not in its list"),
        (b"no zip at all", "cannot be unpacked"),
    ],
)
def test_a_bad_wheel_writes_nothing_outside(tmp_path: Path, wheel: bytes, why: str) -> None:
    file, folder = tmp_path / "wheels" / "bad-1.0-py3-none-any.whl", tmp_path / "in" / "here"
    write_files(file.parent, {file.name: wheel})
    with pytest.raises(ChoreoError, match=why) as error:
        unpack(file, folder, lambda count: None, never)
    assert error.value.code == "gpu_wheel_damaged"
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and p != file]
    assert all(folder in p.parents for p in outside)
    assert not list(folder.rglob("a.py")) or why == "is a link"
    assert not Path("/tmp/evil.py").exists()


# ---- afterwards


def test_what_cannot_be_used_stays_with_its_reason_until_it_can(
    served: Served, tmp_path: Path
) -> None:
    def old_driver(folder: Path, cancelled: gpu_install.Asked) -> Installed:
        raise ChoreoError("driver_old", "The driver is too old.", "Update the driver.")

    found = put(served, tmp_path, check=old_driver)
    assert not found.usable
    assert found.problem is not None
    assert found.problem.message == "The driver is too old."
    again = find_installed(tmp_path, "3.11")
    assert again == found
    folder = tmp_path / found.id
    assert verify_installed(folder, works, lambda progress: None, never).usable
    assert find_installed(tmp_path, "3.11").usable


def test_verify_finds_a_changed_file_and_it_is_not_used_then(
    served: Served, tmp_path: Path
) -> None:
    folder = tmp_path / put(served, tmp_path).id
    (folder / "torch/lib/libtorch.so").write_bytes(NOISE[:-1])
    (folder / "helper.py").unlink()
    with pytest.raises(ChoreoError, match="2 files"):
        verify_installed(folder, works, lambda progress: None, never)
    found = find_installed(tmp_path, "3.11")
    assert found is not None
    assert not found.usable


def test_a_new_release_takes_the_place_of_the_old(served: Served, tmp_path: Path) -> None:
    old = put(served, tmp_path)
    (tmp_path / "cuda-0.9-py311.part").mkdir()
    (tmp_path / "cuda-1.0-py313").mkdir()  # another Blender's
    build = served.build(TORCH, HELPER, torch="1.1")
    assert not old.is_current({"CPU": build})
    new = put(served, tmp_path, build)
    assert new.is_current({"CPU": build})
    folders = {p.name for p in tmp_path.iterdir() if p.is_dir()}
    assert folders == {build.id, "cuda-1.0-py313"}


def test_two_at_once_the_second_says_so(served: Served, tmp_path: Path) -> None:
    with gpu_lock.locked(tmp_path / gpu_install.LOCK):
        with pytest.raises(ChoreoError) as error:
            put(served, tmp_path)
        assert error.value.code == "gpu_busy"
    assert put(served, tmp_path).usable


def test_removing_leaves_nothing(served: Served, tmp_path: Path) -> None:
    put(served, tmp_path)
    (tmp_path / "cuda-0.9-py311.part").mkdir()
    uninstall(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [gpu_install.LOCK]
    assert find_installed(tmp_path, "3.11") is None
    uninstall(tmp_path / "nothing here")
