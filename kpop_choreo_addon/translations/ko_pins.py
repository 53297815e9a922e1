"""Korean: pins."""

from __future__ import annotations

WORDS: dict[str, str] = {}

SENTENCES: dict[str, str] = {}
