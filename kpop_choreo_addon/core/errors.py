"""What goes wrong, in the user's words: a stable code, one sentence, one remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class ChoreoError(Exception):
    """A problem with the input, the rig or the set-up.

    Attributes:
        code: stable name for programs, like ``no_matching_bones``.
        message: one sentence that says what is wrong.
        remedy: one sentence that says what to do.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


class EngineError(ChoreoError):
    """A problem that the engine reports, or a problem in reaching it.

    Attributes:
        log: the last lines of a local engine's log, or nothing.
    """

    def __init__(self, code: str, message: str, remedy: str, log: str = "") -> None:
        super().__init__(code, message, remedy)
        self.log = log


class Cancelled(Exception):
    """The user cancelled; nothing is wrong."""


def song_unreadable(song: Path, error: OSError) -> EngineError:
    """The error of a song that is there and cannot be read."""
    return EngineError(
        "song_unreadable",
        f"The song {song.name} cannot be read: {error.strerror or error}.",
        "Choose another file under Song.",
    )


def song_changed(names: Sequence[str]) -> EngineError:
    """The error of files that became shorter or longer while they were sent."""
    return EngineError(
        "song_changed",
        f"The file {', '.join(names)} changed while it was sent.",
        "Wait until it is whole, then try again.",
    )
