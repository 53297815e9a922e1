"""The denoiser on torch: for GPUs, and to hold ONNX Runtime against."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from engine.model.conditions import Condition
from engine.model.config import ModelConfig
from engine.model.denoiser import MotionDenoiser
from engine.model.devices import CUDA, OUT_OF_MEMORY

log = logging.getLogger(__name__)


@dataclass(eq=False)
class TorchDenoiser:
    """Half precision (bf16) on GPUs that have it, else float32."""

    config: ModelConfig
    module: MotionDenoiser
    device: str
    half: bool = False
    rows_at_once: int = 384
    """Halved each time the GPU runs out of memory."""

    @classmethod
    def from_weights(
        cls, config: ModelConfig, weights: dict[str, Float[np.ndarray, " ..."]], device: str
    ) -> TorchDenoiser:
        """Builds the module and loads the weights strictly (ChoreoError ``out_of_memory``)."""
        module = MotionDenoiser(config)
        module.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()}, strict=True)
        half = device == CUDA and torch.cuda.is_bf16_supported(including_emulation=False)
        try:
            return cls(config, module.eval().to(device), device, half)
        except torch.OutOfMemoryError as error:
            raise OUT_OF_MEMORY from error

    def array(self, values: np.ndarray) -> torch.Tensor:
        try:
            return torch.from_numpy(values.astype(np.float32)).to(self.device)
        except torch.OutOfMemoryError as error:
            raise OUT_OF_MEMORY from error

    def __call__(self, x: torch.Tensor, t: float, condition: Condition) -> torch.Tensor:
        """x0, in fewer windows at a time where the memory does not hold all (``out_of_memory``)."""
        try:
            return self._predict(x, t, condition)
        except torch.OutOfMemoryError as error:
            rows = x.shape[0]
            if rows == 1:
                raise OUT_OF_MEMORY from error
        if self.device == CUDA:
            torch.cuda.empty_cache()
        middle = (rows + 1) // 2
        self.rows_at_once = min(self.rows_at_once, middle)
        log.warning("the GPU is short of memory: %d windows at a time from now on", middle)
        parts = (slice(0, middle), slice(middle, rows))
        return torch.cat([self(x[part], t, condition.take(part)) for part in parts])

    @torch.inference_mode()
    def _predict(self, x: torch.Tensor, t: float, condition: Condition) -> torch.Tensor:
        time = torch.full((x.shape[0],), t, device=x.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
            x0 = self.module(
                x,
                time,
                condition.frames,
                condition.sliders,
                condition.source,
                condition.text,
                condition.text_mask,
            )
        return x0.float()
