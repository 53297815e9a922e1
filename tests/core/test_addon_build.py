"""What goes into the zips, for which Blenders and systems, and that Blender takes the manifest."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("packaging")
ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))

import build_extension  # noqa: E402
import zip_targets  # noqa: E402
import zip_wheels  # noqa: E402

TARGETS = [
    zip_targets.find_target(system, python, False)
    for system in zip_targets.SYSTEMS
    for python in ("3.11", "3.13", "3.14")
]
LOCK = """# a comment
av==18.1.0 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via kpop-choreo
av==19.0.2 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
tzdata==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:dd
uvloop==1.0 ; platform_machine == 'arm64' and platform_system == 'Darwin' \\
    --hash=sha256:ff
idna==3.20 \\
    --hash=sha256:ee
"""


@pytest.mark.parametrize(
    ("system", "python", "expected"),
    [
        ("linux-x64", "3.11", ["av==18.1.0 --hash=sha256:aa --hash=sha256:bb"]),
        (
            "windows-x64",
            "3.13",
            ["av==19.0.2 --hash=sha256:cc", "tzdata==1.0 --hash=sha256:dd"],
        ),
        ("macos-arm64", "3.14", ["av==19.0.2 --hash=sha256:cc", "uvloop==1.0 --hash=sha256:ff"]),
    ],
)
def test_pins_of_another_system(
    tmp_path: Path, system: str, python: str, expected: list[str]
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(LOCK)
    pins = zip_wheels.read_pins(lock, zip_targets.find_target(system, python, False))
    assert [pin.line for pin in pins.values()] == [*expected, "idna==3.20 --hash=sha256:ee"]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_wheel_is_pinned_with_hashes(target: zip_targets.Target) -> None:
    pins = zip_wheels.read_pins(ROOT / "requirements" / "engine.txt", target)
    for name in zip_wheels.WHEELS:
        assert pins[name].hashes, name
    assert "numpy" not in zip_wheels.WHEELS, "Blender brings its own"


def test_all_zips_ship_the_versions_that_are_tested() -> None:
    """The tests run on Python 3.11; Python 3.14, which no zip of a release is for, may differ."""
    lock = ROOT / "requirements" / "engine.txt"
    versions = [
        {name: zip_wheels.read_pins(lock, target)[name].version for name in zip_wheels.WHEELS}
        for target in TARGETS
        if target.release is not None
    ]
    assert all(other == versions[0] for other in versions)


def test_a_wheel_is_taken_from_the_cache_only_if_it_fits_and_is_whole(tmp_path: Path) -> None:
    linux, mac = (
        zip_targets.find_target(name, "3.11", False) for name in ("linux-x64", "macos-arm64")
    )
    old = tmp_path / "thing_a-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    new = tmp_path / "thing_a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    for path in (old, new, tmp_path / "thing_a-1.0-cp311-cp311-manylinux_2_34_x86_64.whl"):
        path.write_bytes(path.name.encode())
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()]
    pin = zip_wheels.Pin("thing-a", "1.0", tuple(digests))
    assert zip_wheels.find_wheel(pin, linux, tmp_path) == new
    assert zip_wheels.find_wheel(pin, mac, tmp_path) is None
    new.write_bytes(b"cut off")
    assert zip_wheels.find_wheel(pin, linux, tmp_path) == old


@pytest.mark.parametrize(
    ("wheel", "system", "fits"),
    [
        ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "linux-x64", True),
        ("a-1-cp311-cp311-manylinux_2_34_x86_64.whl", "linux-x64", False),
        ("a-1-cp310-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", "linux-x64", True),
        ("a-1-cp313-cp313-manylinux_2_28_x86_64.whl", "linux-x64", False),
        ("a-1-py3-none-any.whl", "windows-x64", True),
        ("a-1-cp311-abi3-win_arm64.whl", "windows-x64", False),
        ("a-1-cp311-cp311-macosx_14_0_arm64.whl", "macos-arm64", True),
        ("a-1-cp311-cp311-macosx_15_0_arm64.whl", "macos-arm64", False),
        ("a-1-cp311-cp311-macosx_10_9_universal2.whl", "macos-arm64", True),
        ("a-1-cp311-cp311-macosx_11_0_x86_64.whl", "macos-arm64", False),
    ],
)
def test_wheels_against_the_oldest_system(wheel: str, system: str, fits: bool) -> None:
    target = zip_targets.find_target(system, "3.11", False)
    told = list(zip_wheels.misfits([wheel], target))
    expected = f"{wheel} does not run with Python 3.11 on {target.system.needs}."
    assert told == ([] if fits else [expected])


@pytest.mark.parametrize(
    ("python", "any_blender", "first", "end", "name"),
    [
        ("3.11", False, "4.2.0", "5.1.0", "linux-x64-blender-4.2-to-5.0"),
        ("3.13", False, "5.1.0", None, "linux-x64-blender-5.1-up"),
        ("3.13", True, "4.2.0", None, "linux-x64-py313"),
        ("3.14", False, "4.2.0", None, "linux-x64-py314"),
    ],
)
def test_the_manifest_names_the_blenders(
    python: str, any_blender: bool, first: str, end: str | None, name: str
) -> None:
    target = zip_targets.find_target("linux-x64", python, any_blender)
    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    manifest = tomllib.loads(build_extension.fill_manifest(text, target, ["a-1-py3-none-any.whl"]))
    assert manifest["blender_version_min"] == first
    assert manifest.get("blender_version_max") == end
    assert manifest["platforms"] == ["linux-x64"]
    assert manifest["wheels"] == ["./wheels/a-1-py3-none-any.whl"]
    assert target.name == name


def test_manifest() -> None:
    from engine import __version__

    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["id"] == "kpop_choreo"
    assert manifest["version"] == __version__
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert len(manifest["tagline"]) <= 64
    for reason in manifest["permissions"].values():
        assert len(reason) <= 64
        assert not reason.endswith(".")
