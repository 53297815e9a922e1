"""The sentence encoder: all-MiniLM-L6-v2 (Apache-2.0), its tokens and not its pooled vector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnxruntime
from jaxtyping import Float
from tokenizers import Tokenizer

from engine.model.names import TEXT_MODEL
from engine.model.weights import (
    GRAPH,
    WEIGHTS,
    ModelFolder,
    load_weights,
    open_model,
    start_session,
)

MAX_TOKENS = 48
"""Word pieces that are read of a prompt; the rest is cut."""


@dataclass(frozen=True, eq=False)
class TextTokens:
    """B sentences of up to L word pieces."""

    tokens: Float[np.ndarray, "B L 384"]
    mask: Float[np.ndarray, "B L"]
    """1 for a token, 0 for padding; all 0 for an empty sentence."""


@dataclass(frozen=True)
class TextEncoder:
    """Loads once, on first use; then answers in milliseconds."""

    folder: ModelFolder

    @classmethod
    def default(cls) -> TextEncoder:
        """The installed all-MiniLM-L6-v2 (ChoreoError ``model_unknown`` if there is none)."""
        return cls(open_model(TEXT_MODEL))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self.folder.checked("tokenizer.json")))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return tokenizer

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        weights = load_weights(self.folder.checked(WEIGHTS))
        return start_session(self.folder.checked(GRAPH), weights)

    def __call__(self, sentences: list[str]) -> TextTokens:
        """Encodes sentences; an empty one gets no tokens at all."""
        encoded = self._tokenizer.encode_batch([s.strip() for s in sentences])
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.float32)
        (tokens,) = self._session.run(None, {"ids": ids, "mask": mask})
        said = np.array([bool(s.strip()) for s in sentences], dtype=np.float32)
        return TextTokens(tokens, mask * said[:, None])
