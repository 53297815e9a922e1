"""The one kind of error that a user sees: what happened, and what to do about it."""

from __future__ import annotations

import errno


class ChoreoError(Exception):
    """A problem with the user's input or set-up, told in their words.

    Attributes:
        code: stable name for programs, like ``song_silent``.
        message: one sentence that says what is wrong.
        remedy: one sentence that says what to do.
        status: the HTTP status that the server answers with.
    """

    def __init__(self, code: str, message: str, remedy: str, status: int = 422) -> None:
        super().__init__(f"{message} {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy
        self.status = status

    def as_dict(self) -> dict[str, str]:
        """The JSON form of CONTRACT.md."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy}


FULL = (errno.ENOSPC, errno.EDQUOT)
NO_MEMORY = ("bad_alloc", "bad allocation", "failed to allocate memory", "out of memory")
"""How libraries say it that have no MemoryError."""


def told(error: BaseException, otherwise: str) -> ChoreoError:
    """What to say of any error at all; ``otherwise`` is the sentence for a fault of our own."""
    if isinstance(error, ChoreoError):
        return error
    words = str(error).lower()
    if isinstance(error, MemoryError) or any(phrase in words for phrase in NO_MEMORY):
        return ChoreoError(
            "out_of_memory",
            "The engine ran out of memory.",
            "Close other programs, or choose a shorter range of the song.",
            503,
        )
    if isinstance(error, OSError) and error.errno in FULL:
        return ChoreoError(
            "disk_full",
            "The disk with the engine's temporary files is full.",
            "Free some space, then try again.",
            507,
        )
    return ChoreoError(
        "internal",
        otherwise,
        "Try again; if it happens twice, report it with the engine's log.",
        500,
    )
