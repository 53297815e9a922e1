"""Wishes for parts of a song: "big jumps in the chorus, body rolls in the verse"."""

from __future__ import annotations

import re

LABELS = {
    "chorus": ("chorus", "choruses", "drop", "drops", "hook", "refrain"),
    "verse": ("verse", "verses"),
    "pre-chorus": ("pre-chorus", "pre chorus", "prechorus", "build", "buildup", "build-up"),
    "post-chorus": ("post-chorus", "post chorus", "postchorus"),
    "dance break": ("dance break", "dance breaks", "dance-break"),
    "bridge": ("bridge", "break", "breakdown"),
    "intro": ("intro", "opening"),
    "outro": ("outro", "ending"),
}
"""Labels of sections, and the words for them."""
STANDS_FOR = {"pre-chorus": "verse", "post-chorus": "chorus", "dance break": "chorus"}
"""Sections of which most prompts do not speak by their own name: whose wishes hold there."""
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
    named = {name.lower() for name in WHERE.findall(words)}
    if not named:
        return words
    if not named & set(LABELS.get(label, ())):
        label = STANDS_FOR.get(label, label)
    kept = []
    for clause in JOINED.split(words):
        found = WHERE.findall(clause)
        if not found or any(name.lower() in LABELS.get(label, ()) for name in found):
            kept.append(" ".join(WHERE.sub(" ", clause).split()))
    return ", ".join(part for part in kept if part)
