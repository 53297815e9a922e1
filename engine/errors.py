"""The one kind of error that a user sees: what happened, and what to do about it."""

from __future__ import annotations


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
