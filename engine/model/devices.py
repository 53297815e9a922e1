"""What the denoiser computes on: found, named, and where it cannot be used, why."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Any

from engine.errors import ChoreoError

CPU, CUDA, ROCM, MPS = "cpu", "cuda", "rocm", "mps"
DEVICES = ("auto", CPU, CUDA, MPS)
"""What may be asked for; an AMD GPU is torch's ``cuda``."""
INSTEAD = "Choose the device 'cpu', or install the GPU engine in the add-on's preferences."
OUT_OF_MEMORY = ChoreoError(
    "out_of_memory",
    "The GPU ran out of memory.",
    "Close other programs that use it, or choose Processor under Device in the add-on's "
    "preferences.",
    503,
)
REASONS = {
    "too old": (
        "driver_old",
        "The driver of the GPU is too old for this PyTorch.",
        "Update the driver, then try again.",
    ),
    "no kernel image": (
        "gpu_old",
        "This PyTorch was not built for a GPU like this one.",
        "Choose Processor under Device in the add-on's preferences.",
    ),
    "no nvidia driver": (
        "device_missing",
        "No driver of an NVIDIA GPU was found.",
        "Install the driver of the GPU, or choose Processor under Device in the add-on's "
        "preferences.",
    ),
}
"""By what torch's own message has in it: code, sentence and remedy."""


@dataclass(frozen=True)
class Device:
    """What is computed on."""

    kind: str
    """:data:`CPU`, :data:`CUDA`, :data:`ROCM` or :data:`MPS`."""
    name: str = ""
    """As its maker calls it."""
    memory: int = 0
    """Bytes; 0 where it is not known."""
    note: str = ""
    """Why no GPU is used although there is a torch for one."""

    @property
    def torch_name(self) -> str:
        """As torch calls it."""
        return CUDA if self.kind == ROCM else self.kind


PROCESSOR = Device(CPU)


def choose_device(asked: str) -> Device:
    """The device for ``asked``, one of :data:`DEVICES`; it has computed something already.

    Raises:
        ChoreoError: ``device_missing``, ``driver_old``, ``gpu_old`` or ``out_of_memory`` when a GPU
            was asked for by name.
    """
    if asked == CPU:
        return PROCESSOR
    try:
        import torch
    except ImportError:
        if asked == "auto":
            return PROCESSOR
        raise ChoreoError("device_missing", "This engine has no PyTorch.", INSTEAD, 503) from None
    except OSError as error:  # a library of the GPU's is missing or damaged
        broken = ChoreoError(
            "device_missing",
            f"PyTorch cannot be loaded ({error}).",
            "Press Verify in the add-on's preferences, or install the GPU engine again.",
            503,
        )
        if asked == "auto":
            return Device(CPU, note=broken.message)
        raise broken from error
    kinds = [asked] if asked != "auto" else _built_for(torch)
    problem = None
    for kind in kinds:
        problem = _problem(torch, kind)
        if problem is None:
            return _named(torch, kind)
    if asked != "auto":
        assert problem is not None, "only what has a problem is not returned"
        raise problem
    return Device(CPU, note=problem.message if problem else "")


def _built_for(torch: Any) -> list[str]:
    """The GPUs that this torch may know."""
    kinds = [CUDA] if torch.version.cuda or torch.version.hip else []
    return [*kinds, MPS] if torch.backends.mps.is_built() else kinds


def _problem(torch: Any, kind: str) -> ChoreoError | None:
    """Why nothing can be computed on ``kind``; None when it can."""
    if kind not in _built_for(torch):
        wanted = "CUDA or ROCm" if kind == CUDA else "Apple GPUs"
        return ChoreoError(
            "device_missing", f"This PyTorch was built without {wanted}.", INSTEAD, 503
        )
    if kind == MPS:
        os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    try:
        one = torch.ones(8, device=kind)
        if float((one + one).sum().item()) == 16.0:
            return None
        told = "it adds up wrongly"
    except (RuntimeError, AssertionError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            return OUT_OF_MEMORY
        told = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    for words, (code, message, remedy) in REASONS.items():
        if words in told.lower():
            return ChoreoError(code, message, remedy, 503)
    return ChoreoError("device_missing", f"The GPU cannot be used: {told}.", INSTEAD, 503)


def _named(torch: Any, kind: str) -> Device:
    if kind == MPS:
        return Device(MPS, f"Apple GPU ({platform.machine()})")
    found = torch.cuda.get_device_properties(0)
    return Device(ROCM if torch.version.hip else CUDA, str(found.name), int(found.total_memory))
