"""all-MiniLM-L6-v2 as a torch module, only to write its ONNX graph; run time needs no torch.

The architecture is BERT (Devlin et al., 2019) with 6 layers of width 384 and 12 heads; module names
follow the names of the weights in the published ``model.safetensors``.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

WIDTH, HEADS, LAYERS, VOCABULARY, POSITIONS = 384, 12, 6, 30522, 512


class MiniLM(nn.Module):
    """Word-piece numbers to one vector for each."""

    embeddings: Any
    encoder: Any

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(VOCABULARY, WIDTH),
                "position_embeddings": nn.Embedding(POSITIONS, WIDTH),
                "token_type_embeddings": nn.Embedding(2, WIDTH),
                "LayerNorm": nn.LayerNorm(WIDTH, eps=1e-12),
            }
        )
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer() for _ in range(LAYERS))})

    def forward(
        self, ids: Int[Tensor, "B L"], mask: Float[Tensor, "B L"]
    ) -> Float[Tensor, "B L 384"]:
        """The last hidden states."""
        table = self.embeddings
        numbers = torch.arange(ids.shape[1], device=ids.device)
        tokens = table["word_embeddings"](ids) + table["position_embeddings"](numbers)
        tokens = tokens + table["token_type_embeddings"](ids * 0)
        tokens = table["LayerNorm"](tokens)
        bias = (mask - 1.0)[:, None, None, :] * 1e4
        for layer in self.encoder["layer"]:
            tokens = layer(tokens, bias)
        return tokens


class Layer(nn.Module):
    """Post-norm self-attention and perceptron."""

    attention: Any
    intermediate: Any
    output: Any

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict(
                    {name: nn.Linear(WIDTH, WIDTH) for name in ("query", "key", "value")}
                ),
                "output": nn.ModuleDict(
                    {
                        "dense": nn.Linear(WIDTH, WIDTH),
                        "LayerNorm": nn.LayerNorm(WIDTH, eps=1e-12),
                    }
                ),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(WIDTH, 4 * WIDTH)})
        self.output = nn.ModuleDict(
            {
                "dense": nn.Linear(4 * WIDTH, WIDTH),
                "LayerNorm": nn.LayerNorm(WIDTH, eps=1e-12),
            }
        )

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        query, key, value = (
            self.attention["self"][name](tokens).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        scores = query @ key.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + bias
        mixed = (torch.softmax(scores, dim=-1) @ value).transpose(1, 2).flatten(2)
        attention = self.attention["output"]
        tokens = attention["LayerNorm"](attention["dense"](mixed) + tokens)
        hidden = nn.functional.gelu(self.intermediate["dense"](tokens))
        return self.output["LayerNorm"](self.output["dense"](hidden) + tokens)
