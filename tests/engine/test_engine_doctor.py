"""The Doctor: every link broken on purpose, in a real process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import doctor, doctor_machine, doctor_setup
from engine.doctor import CHECKS, examine
from engine.findings import Asked, Finding, good
from engine.model.names import DEBUG_MODEL, DEFAULT_MODEL, TEXT_MODEL

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from zip_wheels import WHEELS  # noqa: E402

ASKED = Asked(DEBUG_MODEL, "cpu")


def run(*skip: str, model: str = DEBUG_MODEL, paths: tuple[Path, ...] = (), **environment: str):
    """Findings, exit code and log of ``python -m engine doctor --json`` without some checks."""
    line = [sys.executable, "-s", "-m", "engine", "doctor", "--json", "--device", "cpu"]
    line += ["--model", model, *(("--skip", *skip) if skip else ())]
    places = os.pathsep.join(map(str, (*paths, ROOT)))
    done = subprocess.run(
        line,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": places, **environment},
    )
    events = [json.loads(row) for row in done.stdout.splitlines()]
    found = [e for e in events if e["event"] == "finding"]
    return found, done.returncode, done.stderr


def only(*names: str) -> tuple[str, ...]:
    return tuple(name for name in CHECKS if name not in names)


def without(folder: Path, *modules: str) -> Path:
    """A folder that makes Python start without some packages."""
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class Gone:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {modules!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Gone())\n"
    )
    return folder


def codes(found: list[dict[str, str]]) -> dict[str, str]:
    return {row["code"]: row["level"] for row in found if row["code"]}


def test_all_is_well_from_python_to_a_dance():
    found, code, _ = run()
    assert [row for row in found if row["level"] != "ok"] == []
    assert code == 0
    assert list(dict.fromkeys(row["check"] for row in found)) == list(CHECKS)
    assert "A dance of 4.5 s was made" in found[-1]["message"]


def test_it_runs_without_packages_and_names_them(tmp_path):
    lacking = without(tmp_path, "onnxruntime", "scipy", "numpy")
    found, code, _ = run(*only("packages", "weights", "codecs", "port"), paths=(lacking,))
    told = {row["code"]: row for row in found}
    assert code == 1
    assert told["package_missing"]["message"] == "Packages are missing: numpy, scipy, onnxruntime."
    assert [(row["check"], row["level"]) for row in found if not row["code"]] == [
        ("weights", "ok"),
        ("port", "ok"),
    ]
    assert (told["not_tested"]["check"], told["not_tested"]["level"]) == ("codecs", "skipped")


def test_what_hangs_on_a_missing_package_is_not_tested(tmp_path):
    found, _, _ = run(*only("device", "dance"), paths=(without(tmp_path, "onnxruntime"),))
    assert [(row["check"], row["code"]) for row in found] == [
        ("device", "not_tested"),
        ("dance", "not_tested"),
    ]
    assert "onnxruntime" in found[0]["message"]


def test_a_package_that_does_not_fit_is_told_from_one_that_is_broken(tmp_path, monkeypatch):
    (tmp_path / "tokenizers").mkdir()
    (tmp_path / "tokenizers" / "__init__.py").write_text("from .tokenizers import nothing\n")
    (tmp_path / "tokenizers-9.9.dist-info").mkdir()
    (tmp_path / "tokenizers-9.9.dist-info" / "METADATA").write_text("Name: tokenizers\n")
    wheel = tmp_path / "tokenizers-9.9.dist-info" / "WHEEL"
    wheel.write_text("Wheel-Version: 1.0\nTag: cp399-cp399-manylinux_2_28_x86_64\n")
    found, code, _ = run(*only("packages"), paths=(tmp_path,))
    assert (codes(found), code) == ({"package_other_python": "problem"}, 1)
    assert "tokenizers was made for Python 3.99" in found[0]["message"]
    monkeypatch.syspath_prepend(str(tmp_path))
    wheel.write_text("Tag: cp39-abi3-manylinux_2_28_x86_64\n")
    found = doctor_setup._broken("tokenizers", ImportError("no such luck"))
    assert (found.code, found.level) == ("package_broken", "problem")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    copied = tmp_path / "models"
    shutil.copytree(ROOT / "models", copied)
    return copied


def flip(path: Path) -> None:
    """One other bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_one_wrong_bit_in_the_weights_is_found(models):
    flip(models / DEFAULT_MODEL / "weights.safetensors")
    (models / TEXT_MODEL / "tokenizer.json").unlink()
    found, code, _ = run(*only("weights"), model=DEFAULT_MODEL, KPOP_CHOREO_MODELS=str(models))
    assert codes(found) == {"model_damaged": "problem", "model_missing": "problem"}
    assert code == 1
    assert found[-1]["message"] == "These weights are whole: beatnet."


def test_a_manifest_that_breaks_off_and_a_model_that_is_not_there(models):
    (models / TEXT_MODEL / "manifest.json").write_text("{")
    found, _, _ = run(*only("weights"), model="waltz", KPOP_CHOREO_MODELS=str(models))
    assert codes(found) == {"model_unknown": "problem", "model_damaged": "problem"}


def test_ears_that_are_damaged(tmp_path, monkeypatch):
    damaged = tmp_path / "beatnet.onnx"
    shutil.copy(doctor_setup.EARS, damaged)
    flip(damaged)
    monkeypatch.setattr(doctor_setup, "EARS", damaged)
    assert [f.code for f in doctor_setup.check_weights(ASKED)] == ["ears_damaged", ""]


def test_folders_that_cannot_be_written(tmp_path):
    stone = tmp_path / "a file"
    stone.write_text("no folder")
    found, code, _ = run(
        *only("disk"), KPOP_CHOREO_CACHE=str(stone / "cache"), TMPDIR=str(tmp_path / "not there")
    )
    assert codes(found) == {"temp_ignored": "warning", "folder_unwritable": "warning"}
    assert code == 0  # it dances all the same


def test_a_disk_that_is_full(tmp_path, monkeypatch):
    for free, level in ((100, "problem"), (700, "warning"), (5000, "ok")):
        usage = shutil._ntuple_diskusage(10**12, 0, free * 2**20)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder, usage=usage: usage)
        assert doctor_machine.check_folder(tmp_path, "The folder", "problem").level == level
    monkeypatch.setattr(doctor_machine.os, "fsync", _no_room)
    assert doctor_machine.check_folder(tmp_path, "It", "problem").code == "folder_unwritable"


def _no_room(file: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("free", "level"), [(100, "problem"), (900, "warning"), (4000, "ok")])
def test_memory(monkeypatch, free, level):
    monkeypatch.setattr(doctor_machine, "free_memory", lambda: free)
    (found,) = doctor_machine.check_memory(ASKED)
    assert found.level == level


def test_memory_of_this_machine():
    free = doctor_machine.free_memory()
    assert free is None or 10 < free < 10**8


def test_a_loopback_that_is_blocked(monkeypatch):
    def refused(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(doctor_machine.socket, "create_connection", refused)
    (found,) = doctor_machine.check_port(ASKED)
    assert (found.level, found.code) == ("problem", "loopback_blocked")


def test_a_check_that_fails_does_not_end_the_others(monkeypatch):
    def broken(asked):
        raise RuntimeError("no such luck")
        yield good("")

    def hungry(asked):
        raise MemoryError
        yield good("")

    checks = {"one": broken, "two": hungry, "three": lambda asked: iter([good("Fine.")])}
    monkeypatch.setattr(doctor, "CHECKS", checks)
    events: list[dict] = []
    assert examine(ASKED, events.append) == 2
    assert [e["event"] for e in events] == ["checking", "finding"] * 3 + ["done"]
    assert [e.get("code") for e in events[1::2]] == ["check_failed", "out_of_memory", ""]


def test_for_people_it_prints_a_line_a_check(capfd):
    doctor.as_text(Finding("warning", "Low.", "Make room.", "disk_low", "/x", "disk").as_event())
    doctor.as_text({"event": "checking", "check": "disk"})
    lines = capfd.readouterr().out.splitlines()
    assert [line.strip() for line in lines] == ["warning  disk      Low.", "Make room.", "/x"]


def test_it_imports_the_standard_library_alone():
    code = "import engine.cli, engine.doctor, sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded - {"engine", "__main__"} <= sys.stdlib_module_names | {"sitecustomize"}


def test_it_imports_what_the_extension_ships():
    assert {*WHEELS, "numpy"} == set(doctor_setup.PACKAGES)
