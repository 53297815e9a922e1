"""Korean: what is kept, picked up and warned about."""

from __future__ import annotations

WORDS: dict[str, str] = {}

SENTENCES: dict[str, str] = {}
