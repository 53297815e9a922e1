"""The motion diffusion transformer, in torch: for training, GPUs and the export to ONNX.

An MDM (Tevet et al., 2023, "Human Motion Diffusion Model"): a transformer that predicts the clean
motion x0 from the noised one. Ours differs: tokens are overlapping patches of frames, the music
comes in frame by frame beside the motion, the sentence is attended to token by token, noise level,
sliders and source modulate every layer (AdaLN-zero with shared weights; Peebles and Xie, 2023;
Chen et al., 2024), positions are rotary (Su et al., 2021), and a small convolutional head works on
frames again, so that neither the seams of patches nor their width limit the detail.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from engine.model.conditions import CHANNELS, SLIDERS
from engine.model.config import ModelConfig

VALID = CHANNELS.index("valid")
WHOLE_BODY = CHANNELS.index("whole_body")
HEAD_WIDTH = 192
SLOWEST_TIME, SLOWEST_TOKEN = 10000.0, 1000.0
"""Ranges of wavelengths, in tokens for positions and in thousandths for the noise level."""


class MotionDenoiser(nn.Module):
    """x_t, t and conditions to x0, all in normalised features."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width, patch = config.width, config.patch
        inputs = config.features + len(CHANNELS)
        self.patches = nn.Conv1d(inputs, width, 2 * patch, stride=patch, padding=patch // 2)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.sliders = nn.Sequential(
            nn.Linear(2 * len(SLIDERS), width), nn.SiLU(), nn.Linear(width, width)
        )
        self.source = nn.Linear(len(config.sources), width, bias=False)
        self.text = nn.Linear(config.text_width, width)
        self.no_text = nn.Parameter(torch.zeros(1, 1, width))
        self.pooled_text = nn.Linear(width, width)
        self.modulation = nn.Linear(width, 8 * width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.frames = nn.ConvTranspose1d(
            width, HEAD_WIDTH, 2 * patch, stride=patch, padding=patch // 2
        )
        self.detail = nn.Conv1d(inputs, HEAD_WIDTH, 3, padding=1)
        self.head = nn.Sequential(
            nn.GELU(approximate="tanh"),
            nn.Conv1d(HEAD_WIDTH, HEAD_WIDTH, 5, padding=2),
            nn.GELU(approximate="tanh"),
            nn.Conv1d(HEAD_WIDTH, config.features, 5, padding=2),
        )
        self._initialise()

    def forward(
        self,
        x: Float[Tensor, "B T F"],
        time: Float[Tensor, " B"],
        frames: Float[Tensor, "B T C"],
        sliders: Float[Tensor, "B S"],
        source: Float[Tensor, "B N"],
        text: Float[Tensor, "B L W"],
        text_mask: Float[Tensor, "B L"],
    ) -> Float[Tensor, "B T F"]:
        """Predicts x0. T must be a multiple of ``config.patch``; time is 0 (clean) to 1 (noise)."""
        valid = frames[..., VALID : VALID + 1]
        inputs = torch.cat([x * valid, frames], dim=-1).transpose(1, 2)
        tokens = self.patches(inputs).transpose(1, 2)
        # A token counts when its middle does; windows end on whole patches.
        token_mask = valid[:, :: self.config.patch, 0]
        words, word_mask = self._words(text, text_mask)
        told = self._told(time, sliders, source, words, word_mask).to(tokens.dtype)
        modulation = self.modulation(F.silu(told)).unsqueeze(1)
        rotary = rotary_angles(tokens, self.config.width // self.config.heads)
        for block in self.blocks:
            tokens = block(tokens, modulation, rotary, token_mask, words, word_mask)
        hidden = self.frames(tokens.transpose(1, 2)) + self.detail(inputs)
        return self.head(hidden).transpose(1, 2) * valid

    def _words(self, text: Tensor, text_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Sentence tokens in the model's width, led by the learnt token for 'nothing said'."""
        nothing = self.no_text.expand(text.shape[0], -1, -1)
        words = torch.cat([nothing, self.text(text).to(nothing.dtype)], dim=1)
        return words, F.pad(text_mask, (1, 0), value=1.0)

    def _told(
        self, time: Tensor, sliders: Tensor, source: Tensor, words: Tensor, word_mask: Tensor
    ) -> Tensor:
        """One vector a window: noise level, sliders, source and the sentence as a whole."""
        weight = word_mask.unsqueeze(-1)
        pooled = (words * weight).sum(1) / weight.sum(1)
        told = self.time(time_embedding(time, self.config.width)) + self.sliders(sliders)
        return told + self.source(source) + self.pooled_text(pooled)

    def _initialise(self) -> None:
        for layer in (self.modulation, self.head[-1]):
            for value in layer.parameters():
                nn.init.zeros_(value)
        nn.init.normal_(self.no_text, std=0.02)


class Block(nn.Module):
    """Self-attention over time, attention to the sentence, and a two-layer perceptron."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.text_out = nn.Linear(width, width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.shift = nn.Parameter(torch.zeros(8 * width))
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        tokens: Tensor,
        modulation: Tensor,
        rotary: tuple[Tensor, Tensor],
        token_mask: Tensor,
        words: Tensor,
        word_mask: Tensor,
    ) -> Tensor:
        parts = (modulation + self.shift).chunk(8, dim=-1)
        shift1, scale1, gate1, gate2, shift3, scale3, gate3, scale2 = parts
        query, key, value = self.qkv(modulate(tokens, shift1, scale1)).chunk(3, dim=-1)
        query, key = rotate(self._split(query), rotary), rotate(self._split(key), rotary)
        attended = attend(query, key, self._split(value), token_mask)
        tokens = tokens + gate1 * self.dropout(self.out(self._join(attended)))

        query = self._split(self.query(modulate(tokens, torch.zeros_like(scale2), scale2)))
        key, value = self.key_value(words).chunk(2, dim=-1)
        attended = attend(query, self._split(key), self._split(value), word_mask)
        tokens = tokens + (1 + gate2) * self.dropout(self.text_out(self._join(attended)))

        hidden = F.gelu(self.up(modulate(tokens, shift3, scale3)), approximate="tanh")
        return tokens + gate3 * self.dropout(self.down(hidden))

    def _split(self, values: Tensor) -> Tensor:
        """[B, N, width] to [B, heads, N, width / heads]."""
        batch, count, width = values.shape
        return values.reshape(batch, count, self.heads, width // self.heads).transpose(1, 2)

    def _join(self, values: Tensor) -> Tensor:
        batch, heads, count, width = values.shape
        return values.transpose(1, 2).reshape(batch, count, heads * width)


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Float[Tensor, "B N"]) -> Tensor:
    """Softmax attention; keys whose ``mask`` is 0 are not seen."""
    scores = (query @ key.transpose(-1, -2)) / math.sqrt(query.shape[-1])
    scores = scores + (mask - 1.0)[:, None, None, :].to(scores.dtype) * 1e4
    return torch.softmax(scores, dim=-1).to(value.dtype) @ value


def modulate(tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """Layer norm without own weights, then scale and shift."""
    return F.layer_norm(tokens, tokens.shape[-1:]) * (1 + scale) + shift


def frequencies(width: int, slowest: float) -> Float[Tensor, " half"]:
    """Geometric series from 1 towards ``1 / slowest``: the constants of both position codes."""
    return torch.exp(torch.arange(width // 2) * (-math.log(slowest) * 2 / width))


def time_embedding(time: Float[Tensor, " B"], width: int) -> Float[Tensor, "B W"]:
    """Sines and cosines of ``1000 t`` (Vaswani et al., 2017)."""
    angles = 1000.0 * time[:, None].float() * frequencies(width, SLOWEST_TIME).to(time.device)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def rotary_angles(tokens: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine ``[N, width / 2]`` for token numbers 0..N-1."""
    numbers = torch.arange(tokens.shape[1], device=tokens.device, dtype=torch.float32)
    angles = numbers[:, None] * frequencies(width, SLOWEST_TOKEN).to(tokens.device)
    return angles.cos().to(tokens.dtype), angles.sin().to(tokens.dtype)


def rotate(values: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions: each pair of channels turns with its token's number."""
    cosine, sine = rotary
    first, second = values.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
