"""Korean: the song on the timeline and the directions of its sections."""

from __future__ import annotations

WORDS: dict[str, str] = {}

SENTENCES: dict[str, str] = {}
