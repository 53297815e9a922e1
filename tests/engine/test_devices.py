"""What is computed on: found, named, refused with a reason, and kept within its memory."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from engine.cli import main
from engine.errors import ChoreoError
from engine.jobs import JobQueue
from engine.model.backends import debug_model, load_motion_model
from engine.model.devices import CPU, CUDA, MPS, ROCM, Device, choose_device
from engine.server import ServerSettings, _device


class OutOfMemory(RuntimeError):
    pass


def fake_torch(failure: str = "", cuda: str = "13.0", hip: str = "", mps: bool = False):
    """A torch with a GPU; ``failure`` is what its first sum says."""

    def ones(count: int, device: str) -> np.ndarray:
        if failure:
            raise (OutOfMemory if "memory" in failure else RuntimeError)(failure)
        return np.ones(count)

    properties = SimpleNamespace(name="Test 9000", total_memory=8 << 30)
    return SimpleNamespace(
        ones=ones,
        OutOfMemoryError=OutOfMemory,
        version=SimpleNamespace(cuda=cuda, hip=hip),
        backends=SimpleNamespace(mps=SimpleNamespace(is_built=lambda: mps)),
        cuda=SimpleNamespace(get_device_properties=lambda number: properties),
    )


@pytest.mark.parametrize(
    ("torch", "asked", "expected"),
    [
        (fake_torch(), "auto", Device(CUDA, "Test 9000", 8 << 30)),
        (fake_torch(), "cuda", Device(CUDA, "Test 9000", 8 << 30)),
        (fake_torch(cuda="", hip="7.2"), "auto", Device(ROCM, "Test 9000", 8 << 30)),
        (fake_torch(), "cpu", Device(CPU)),
        (fake_torch(cuda=""), "auto", Device(CPU)),
    ],
)
def test_a_gpu_is_named_by_its_maker(monkeypatch, torch, asked, expected):
    monkeypatch.setitem(sys.modules, "torch", torch)
    found = choose_device(asked)
    assert found == expected
    assert found.torch_name in (CPU, CUDA)


def test_an_apple_gpu_is_taken(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", fake_torch(cuda="", mps=True))
    assert choose_device("auto").kind == choose_device("mps").kind == MPS


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        ("The NVIDIA driver on your system is too old (found version 11040).", "driver_old", "old"),
        ("CUDA error: no kernel image is available for execution", "gpu_old", "not built for"),
        ("Found no NVIDIA driver on your system.", "device_missing", "driver"),
        ("CUDA out of memory. Tried to allocate 2 MiB", "out_of_memory", "memory"),
        ("something new\nand more", "device_missing", "something new"),
    ],
)
def test_why_not_is_said_and_auto_takes_the_processor(monkeypatch, failure, code, words):
    monkeypatch.setitem(sys.modules, "torch", fake_torch(failure))
    with pytest.raises(ChoreoError, match=words) as error:
        choose_device("cuda")
    assert error.value.code == code
    found = choose_device("auto")
    assert found.kind == CPU
    assert found.note == error.value.message


def test_without_torch_a_gpu_is_refused_and_auto_says_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ChoreoError, match="no PyTorch"):
        choose_device("mps")
    assert choose_device("auto") == Device(CPU)


def test_the_command_tries_the_device_and_prints_json(capsys):
    assert main(["device", "--device", "cpu"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["device"] == "cpu"
    assert told["difference"] == 0.0
    pytest.importorskip("torch")
    assert main(["device", "--device", "cpu", "--backend", "torch"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["backend"] == "torch"
    assert told["difference"] < 1e-4


def test_the_command_says_why_not_as_json(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["device", "--device", "cuda"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "device_missing"


def test_health_says_what_is_used_once_it_is_known():
    settings = ServerSettings("t" * 16, "debug", "auto")
    queue = JobQueue(lambda: pytest.fail("nothing is danced"))
    assert _device(settings, queue)["device"] == "auto"
    queue._engine = SimpleNamespace(model=debug_model())
    assert _device(settings, queue) == {"device": "cpu", "device_name": "", "device_note": ""}


def test_a_gpu_short_of_memory_takes_fewer_windows_at_once():
    torch = pytest.importorskip("torch")
    from tests.engine.test_model import condition

    denoiser = load_motion_model(device="cpu", backend="torch").denoiser
    told = condition(6, 40)
    told = type(told)(*(torch.from_numpy(value) for value in vars(told).values()))
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(6, 40, 207)).astype(np.float32))
    expected = denoiser(x, 0.5, told)
    real, rows = denoiser.module, []

    def small(x, *more):
        rows.append(len(x))
        if len(x) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(x, *more)

    denoiser.module = small
    np.testing.assert_allclose(denoiser(x, 0.5, told), expected, atol=1e-5)
    assert rows == [6, 3, 2, 1, 3, 2, 1]
    assert denoiser.rows_at_once == 2

    def none_at_all(x, *more):
        raise torch.OutOfMemoryError("CUDA out of memory")

    denoiser.module = none_at_all
    with pytest.raises(ChoreoError) as error:
        denoiser(x, 0.5, told)
    assert error.value.code == "out_of_memory"
    assert "Processor" in error.value.remedy
