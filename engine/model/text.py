"""The sentence encoder: all-MiniLM-L6-v2 (Apache-2.0), its tokens and not its pooled vector."""

from __future__ import annotations

import re
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

TEXT_WIDTH = 384
MAX_TOKENS = 48
"""Word pieces that are read of a prompt; the rest is cut."""
MAX_CLAUSES = 12
CLAUSE_END = re.compile("[,.;:!?\\n\u3001\u3002\uff0c\uff01\uff1f]+")
"""Western and East Asian punctuation."""


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
        """Encodes sentences clause by clause; an empty one gets no tokens at all.

        Clauses are read apart and laid one after another, so that "salsa, arms up" means what
        "salsa" and "arms up" mean, and so that training can put descriptions together freely.
        """
        clauses = [split_clauses(sentence) for sentence in sentences]
        apart = sorted({clause for parts in clauses for clause in parts})
        encoded = dict(zip(apart, self._encode(apart), strict=True)) if apart else {}
        rows = [join_clauses([encoded[clause] for clause in parts]) for parts in clauses]
        return pad_rows(rows)

    def _encode(self, clauses: list[str]) -> list[Float[np.ndarray, "L 384"]]:
        encoded = self._tokenizer.encode_batch(clauses)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.float32)
        (tokens,) = self._session.run(None, {"ids": ids, "mask": mask})
        return [row[kept > 0] for row, kept in zip(tokens, mask, strict=True)]


def split_clauses(sentence: str) -> list[str]:
    """The clauses of a prompt, without repetitions, at most :data:`MAX_CLAUSES`."""
    parts = (part.strip().lower() for part in CLAUSE_END.split(sentence))
    return list(dict.fromkeys(part for part in parts if part))[:MAX_CLAUSES]


def join_clauses(clauses: list[Float[np.ndarray, "_ 384"]]) -> Float[np.ndarray, "L 384"]:
    """Tokens of several clauses as one row of at most :data:`MAX_TOKENS`."""
    return np.concatenate([np.zeros((0, TEXT_WIDTH), np.float32), *clauses])[:MAX_TOKENS]


def pad_rows(rows: list[Float[np.ndarray, "_ 384"]]) -> TextTokens:
    """Rows of different lengths as one array with a mask; at least one column wide."""
    longest = max([1, *(len(row) for row in rows)])
    tokens = np.zeros((len(rows), longest, TEXT_WIDTH), np.float32)
    mask = np.zeros((len(rows), longest), np.float32)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = row
        mask[number, : len(row)] = 1.0
    return TextTokens(tokens, mask)
