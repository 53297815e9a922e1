"""Vectors of the vocabulary's captions: a table that ships, so that no song waits for them.

``python -m engine.choreography.captions`` makes the table anew after moves were added. Without it,
or for a caption that it lacks, the encoder is asked; that takes about 10 ms a caption, once.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.model.text import TEXT_WIDTH, TextEncoder, TextTokens
from engine.vocabulary.move import load_moves

EncodeText = Callable[[list[str]], TextTokens]
TABLE = Path(__file__).parent / "captions.npz"
SAYINGS = Path(__file__).parent / "lexicon" / "sayings.toml"
"""More ways to ask for moves. The planner reads them; no model is trained on them."""
AT_ONCE = 32
"""Captions of about one length that are encoded together."""
_FRESH: dict[str, Float[np.ndarray, " 384"]] = {}
"""Captions that the table lacks, since the engine started."""


def caption_vectors(captions: Sequence[str], encode_text: EncodeText) -> Float[np.ndarray, "N 384"]:
    """A unit vector for each caption.

    The table and what was asked before serve the installed encoder only.
    """
    if not isinstance(encode_text, TextEncoder):
        return pool(encode_text(list(captions)))
    table = _table()
    lacking = [c for c in dict.fromkeys(captions) if c not in _FRESH and _key(c) not in table]
    _FRESH.update(zip(lacking, _encode(lacking, encode_text), strict=True))
    rows = [_FRESH[c] if c in _FRESH else table[_key(c)] for c in captions]
    return np.array(rows).reshape(-1, TEXT_WIDTH)


@lru_cache(maxsize=1)
def sayings() -> dict[str, tuple[str, ...]]:
    """Sentences of :data:`SAYINGS` by the name of their move."""
    rows = tomllib.loads(SAYINGS.read_text(encoding="utf-8"))
    return {name: tuple(said) for name, said in rows.items()}


def pool(tokens: TextTokens) -> Float[np.ndarray, "N 384"]:
    """Unit vectors: the means of the tokens."""
    total = (tokens.tokens * tokens.mask[..., None]).sum(axis=1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)


def write_table(path: Path = TABLE) -> int:
    """Encodes all captions and sayings into ``path`` (8 bits a number); returns how many."""
    said = {text for name in load_moves() for text in sayings().get(name, ())}
    captions = sorted(said | {c for move in load_moves().values() for c in move.captions})
    vectors = _encode(captions, TextEncoder.default())
    scale = np.abs(vectors).max(axis=1, keepdims=True) / 127.0
    keys = np.array([_key(c) for c in captions])
    np.savez_compressed(path, keys=keys, vectors=np.rint(vectors / scale).astype(np.int8))
    _table.cache_clear()
    return len(captions)


@lru_cache(maxsize=1)
def _table() -> dict[str, Float[np.ndarray, " 384"]]:
    if not TABLE.is_file():
        return {}
    with np.load(TABLE, allow_pickle=False) as stored:
        vectors = stored["vectors"].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return dict(zip(stored["keys"].tolist(), vectors, strict=True))


def _encode(captions: list[str], encode_text: EncodeText) -> Float[np.ndarray, "N 384"]:
    """Captions of similar length together, because short ones are padded to the longest."""
    order = sorted(range(len(captions)), key=lambda n: len(captions[n]))
    result = np.zeros((len(captions), TEXT_WIDTH), np.float32)
    for first in range(0, len(order), AT_ONCE):
        rows = order[first : first + AT_ONCE]
        result[rows] = pool(encode_text([captions[n] for n in rows]))
    return result


@lru_cache(maxsize=8192)
def _key(caption: str) -> str:
    return hashlib.sha256(caption.encode()).hexdigest()[:16]


if __name__ == "__main__":
    print(f"{write_table()} captions in {TABLE}")
