"""Whether a device dances as the processor does: one window of the shipped model on both."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from engine.errors import ChoreoError
from engine.model.backends import MotionModel, load_motion_model
from engine.model.conditions import CHANNELS, SLIDERS, Condition
from engine.model.config import SOURCES

FRAMES, ROWS = 120, 2
FURTHEST = 0.05
"""Mean difference, in standard deviations of a feature, that half precision explains."""


def check_device(name: str, device: str, backend: str = "auto") -> dict[str, Any]:
    """What is computed on, how far it is from ONNX Runtime on the processor, and how fast.

    Raises:
        ChoreoError: what :func:`load_motion_model` raises, or ``device_wrong``.
    """
    model = load_motion_model(name, device, backend)
    expected, _ = _run(load_motion_model(name, "cpu"))
    _run(model)  # the first time a GPU compiles and fills its memory
    found, seconds = _run(model)
    difference = float(np.abs(found - expected).mean())
    if not np.isfinite(found).all() or difference > FURTHEST:
        raise ChoreoError(
            "device_wrong",
            f"{model.device.name or 'The device'} does not dance as the processor does.",
            "Update its driver, or choose Processor under Device in the add-on's preferences.",
            503,
        )
    return {
        "device": model.device.kind,
        "device_name": model.device.name,
        "device_note": model.device.note,
        "memory": model.device.memory,
        "backend": model.backend,
        "difference": round(difference, 6),
        "milliseconds": round(1000.0 * seconds, 2),
    }


def _run(model: MotionModel) -> tuple[np.ndarray, float]:
    """x0 ``[2, 120, F]`` of one fixed question, and the seconds that it took."""
    rng, denoiser = np.random.default_rng(0), model.denoiser
    array = denoiser.array
    told = Condition(
        frames=array(rng.uniform(-1.0, 1.0, (ROWS, FRAMES, len(CHANNELS)))),
        sliders=array(np.full((ROWS, 2 * len(SLIDERS)), 0.5)),
        source=array(np.eye(len(SOURCES))[np.ones(ROWS, int)]),
        text=array(rng.normal(size=(ROWS, 6, denoiser.config.text_width))),
        text_mask=array(np.ones((ROWS, 6))),
    )
    x = array(rng.normal(size=(ROWS, FRAMES, denoiser.config.features)))
    began = time.perf_counter()
    x0 = denoiser(x, 0.5, told)
    rows = x0.cpu().numpy() if hasattr(x0, "cpu") else x0
    return np.asarray(rows), time.perf_counter() - began
