"""The denoiser on torch: for GPUs, and to hold ONNX Runtime against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from engine.model.conditions import Condition
from engine.model.config import ModelConfig
from engine.model.denoiser import MotionDenoiser


@dataclass(frozen=True, eq=False)
class TorchDenoiser:
    """Half precision (bf16) on CUDA, float32 on the CPU."""

    config: ModelConfig
    module: MotionDenoiser
    device: str
    rows_at_once: int = 384

    @classmethod
    def from_weights(
        cls, config: ModelConfig, weights: dict[str, Float[np.ndarray, " ..."]], device: str
    ) -> TorchDenoiser:
        """Builds the module and loads the weights strictly."""
        module = MotionDenoiser(config)
        module.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()}, strict=True)
        module.eval().to(device)
        return cls(config, module, device)

    def array(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(self.device)

    @torch.inference_mode()
    def __call__(self, x: torch.Tensor, t: float, condition: Condition) -> torch.Tensor:
        time = torch.full((x.shape[0],), t, device=x.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device != "cpu"):
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
