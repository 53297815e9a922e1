"""Wishes for parts of a song: "big jumps in the chorus, body rolls in the verse"."""

from __future__ import annotations

import re

LABELS = {
    "chorus": ("chorus", "choruses", "drop", "drops", "hook", "refrain"),
    "verse": ("verse", "verses"),
    "bridge": ("bridge", "break", "breakdown"),
    "intro": ("intro", "opening"),
    "outro": ("outro", "ending"),
}
"""Labels of sections, and the words for them."""
_NAMES = "|".join(sorted((w for words in LABELS.values() for w in words), key=len, reverse=True))
WHERE = re.compile(
    rf"\b(?:in|on|at|during|for)\s+(?:the\s+|each\s+|every\s+)?(?P<name>{_NAMES})\b", re.IGNORECASE
)
JOINED = re.compile(r",|;|\b(?:and|then|but|while)\b(?=.*\b(?:in|on|at|during|for)\b)")
"""What may part a wish for one section from a wish for another."""


def words_in(words: str, label: str) -> str:
    """The clauses of a prompt that hold in a section, without the words that say where.

    A clause that names no section holds everywhere.
    """
    if not WHERE.search(words):
        return words
    kept = []
    for clause in JOINED.split(words):
        found = WHERE.findall(clause)
        if not found or any(name.lower() in LABELS.get(label, ()) for name in found):
            kept.append(" ".join(WHERE.sub(" ", clause).split()))
    return ", ".join(part for part in kept if part)
