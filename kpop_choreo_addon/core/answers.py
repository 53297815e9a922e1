"""What a server answers, taken with care: bounded in size and time, and of the kinds promised."""

from __future__ import annotations

import http.client
import json
import math
import time
from typing import Any

SLOWEST = 16 * 1024
"""Bytes a second at which an answer must come in the long run."""
LARGEST_JSON = 32 * 1024 * 1024
LARGEST_FILE = 256 * 1024 * 1024
LONGEST_WORDS = 600
"""Characters of a sentence that a server may show to the user."""
MOST_ROWS = 200_000
FURTHEST = 1e9

SECTION = {"start": float, "end": float, "label": str, "group": float, "confidence": float}
LOUDNESS = {"integrated": float, "momentary": [float], "short_term": [float], "hop": float}
SPAN = {"start": float, "end": float}
STRIKES = {"times": [float], "strengths": [float]}
ANALYSIS = {
    "duration": float,
    "tempo": float,
    "beats": [float],
    "downbeats": [float],
    "beats_per_bar": float,
    "energy": {"mean": float, "curve": [float], "hop": float},
    "key": str,
    "sections": [SECTION],
    "confidence": dict.fromkeys(("tempo", "beats", "downbeats", "key", "sections"), float),
    "hits": {"attack": [float], "level": [float]},
    "loudness": LOUDNESS,
    "events": {"loudness": [float], "breaks": [SPAN], "drops": [float], "silences": [SPAN]},
    "drums": dict.fromkeys(("kick", "snare", "hats"), STRIKES),
    "peaks": {"values": [float], "hop": float},
    "correction": {},
    "song_sha256": str,
}
"""CONTRACT.md's SongAnalysis: kinds of what may be there."""
NEEDED = ("duration", "tempo", "beats", "downbeats", "sections")


class TooMuch(Exception):
    """An answer is larger than any honest one."""


def read_bounded(answer: http.client.HTTPResponse, most: int, seconds: float) -> bytes:
    """The whole body of an answer.

    Args:
        most: bytes.
        seconds: how long it may take besides what its size explains.

    Raises:
        TooMuch, TimeoutError, http.client.HTTPException, OSError.
    """
    blocks, taken, began = [], 0, time.monotonic()
    while block := answer.read1(65536):
        blocks.append(block)
        taken += len(block)
        if taken > most:
            raise TooMuch
        if time.monotonic() - began > seconds + taken / SLOWEST:
            raise TimeoutError
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(blocks)


def read_table(body: bytes) -> dict[str, Any]:
    """A JSON object; ValueError for all else, also for what is nested without end."""
    try:
        table = json.loads(body)
    except RecursionError as error:
        raise ValueError from error
    if not isinstance(table, dict):
        raise ValueError
    return table


def fits(value: Any, kind: Any) -> bool:
    """Whether ``value`` is of a kind: ``float``, ``str``, ``[kind]`` or ``{name: kind}``.

    Further names may be there, as CONTRACT.md allows.
    """
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and math.isfinite(value) and abs(value) < FURTHEST
    if kind is str:
        return isinstance(value, str) and len(value) <= LONGEST_WORDS
    if isinstance(kind, list):
        rows = isinstance(value, list) and len(value) <= MOST_ROWS
        return rows and all(fits(row, kind[0]) for row in value)
    return isinstance(value, dict) and all(
        name in value and fits(value[name], inner) for name, inner in kind.items()
    )


def is_analysis(table: dict[str, Any]) -> bool:
    """Whether it is a SongAnalysis that nothing here can stumble over."""
    there = {name: kind for name, kind in ANALYSIS.items() if name in table}
    return fits(table, there) and all(name in there for name in NEEDED)


def is_models(table: dict[str, Any]) -> bool:
    """Whether it is an answer of ``/api/models`` from which styles can be read."""
    return fits(table, {"styles": [{"name": str, "title": str, "prompt": str}]})


def number(value: Any, least: float, most: float, otherwise: float) -> float:
    """A finite number within limits; ``otherwise`` for anything else."""
    return min(max(float(value), least), most) if fits(value, float) else otherwise


def words(value: Any, otherwise: str) -> str:
    """A sentence of bearable length; ``otherwise`` for anything else."""
    return value[:LONGEST_WORDS] if isinstance(value, str) and value else otherwise
