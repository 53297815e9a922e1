"""A motion diffusion transformer of the original size, for one purpose: how long it takes.

The sizes are those of Tevet et al. (2023): 8 layers of width 512 with 4 heads and 1024 in between,
one token for each of 196 frames at 20 fps and one for noise level and text, 263 features, 50 steps,
a second row for guidance. The weights are random; nothing here says how such a model dances.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor, nn

FEATURES, WIDTH, LAYERS, HEADS, BETWEEN = 263, 512, 8, 4, 1024
FRAMES, FPS, STEPS, GUIDANCE = 196, 20.0, 50, 2.5
SECONDS = FRAMES / FPS
"""What one window holds."""
TIMED = 10


class OriginalSize(nn.Module):
    """x_t, time and a pooled sentence (512 numbers) to x0."""

    places: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.take_in = nn.Linear(FEATURES, WIDTH)
        self.text = nn.Linear(WIDTH, WIDTH)
        self.time = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, BETWEEN, activation="gelu", batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, LAYERS)
        self.give_out = nn.Linear(WIDTH, FEATURES)
        self.register_buffer("places", torch.randn(1, FRAMES + 1, WIDTH))

    def forward(self, x: Tensor, time_code: Tensor, text: Tensor) -> Tensor:
        told = self.time(time_code) + self.text(text)
        tokens = torch.cat([told[:, None], self.take_in(x)], dim=1) + self.places
        return self.give_out(self.layers(tokens)[:, 1:])

    def weights(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


def seconds_for(windows: int, seed: int = 0) -> float:
    """Seconds of computing for that many windows of 9.8 s at once, after one call to warm up.

    All steps do the same work: :data:`TIMED` of them are timed, and the rest is reckoned.
    """
    generator = torch.Generator().manual_seed(seed)
    model = OriginalSize().eval()
    text = torch.randn(2 * windows, WIDTH, generator=generator)
    text[windows:] = 0
    code = torch.randn(2 * windows, WIDTH, generator=generator)
    with torch.inference_mode():
        x = torch.randn(windows, FRAMES, FEATURES, generator=generator)
        model(torch.cat([x, x]), code, text)
        began = time.perf_counter()
        for level in np.linspace(1.0, 0.0, TIMED).tolist():
            told, untold = model(torch.cat([x, x]), code, text).chunk(2)
            x0 = untold + GUIDANCE * (told - untold)
            x = x0 + level * (x - x0) * 0.5
        return (time.perf_counter() - began) * STEPS / TIMED
