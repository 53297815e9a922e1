"""The token that every call carries: from the environment or stdin, never from the command line."""

from __future__ import annotations

import contextlib
import os
import sys

from engine.errors import ChoreoError

TOKEN_VARIABLE = "KPOP_CHOREO_TOKEN"
SHORTEST, LONGEST = 16, 256
SHORTEST_ABROAD = 32
"""Where others than this machine can try."""


def read_token(short: bool) -> str:
    """The token; what the environment held is taken out of it.

    Args:
        short: whether a short one will do, because only this machine can reach the engine.

    Raises:
        ChoreoError: ``token_missing``.
    """
    token = os.environ.pop(TOKEN_VARIABLE, "")
    if not token and sys.stdin is not None:
        with contextlib.suppress(OSError, ValueError):  # closed, or no text: no token
            token = sys.stdin.readline(LONGEST + 2).strip()
    least = SHORTEST if short else SHORTEST_ABROAD
    if not (least <= len(token) <= LONGEST and token.isascii() and token.isprintable()):
        raise ChoreoError(
            "token_missing",
            "The engine was started without a usable token.",
            f"Write {least} to {LONGEST} ASCII characters to its stdin, or set {TOKEN_VARIABLE}.",
        )
    return token
