"""From a prompt in Korean, English or both to English clauses that the model knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from engine.choreography.lexicon.english import goes_on, read_english
from engine.choreography.lexicon.matching import Item, find_items
from engine.choreography.lexicon.phrases import Reader
from engine.choreography.lexicon.segment import HANGUL
from engine.request import GenerateRequest

CLAUSE = re.compile(
    '[,.;:!?\\n\\r\\t\u3001\u3002\uff0c\uff01\uff1f\u00b7\u2026/|()\\[\\]\u201c\u201d"]+'
)
LAUGHTER = re.compile("[\u3131-\u3163]+")
"""Lone letters as in ㅋㅋ and ㅠㅠ say nothing about a dance."""
LONGEST = 2000
"""Characters that are read of a prompt."""


@dataclass(frozen=True)
class Translation:
    """A prompt, read."""

    english: str
    """Clauses with commas between them; empty where nothing is asked for."""
    understood: tuple[tuple[str, str], ...]
    """What the prompt says, and the English for it."""
    unknown: tuple[str, ...]
    """Words in other letters than Latin ones that are not understood."""
    refused: tuple[str, ...] = ()
    """What the prompt asks not to see. The model cannot be told 'no', so it is left out."""

    @property
    def warning(self) -> str:
        """A sentence for the user where a prompt has words and none of them is understood."""
        if self.english or not self.unknown:
            return ""
        words = ", ".join(self.unknown[:5])
        return (
            f"None of these words is understood: {words}. "
            "The dance follows the style and the music; try other words or English."
        )


def to_english(prompt: str) -> Translation:
    """Translates dance terms, keeps English, and leaves out what is refused or not understood.

    Any text is accepted. Composed and decomposed Hangul, and terms with or without their spaces,
    mean the same.
    """
    return _translated(prompt[:LONGEST])


@lru_cache(maxsize=256)
def _translated(prompt: str) -> Translation:
    text = unicodedata.normalize("NFKC", LAUGHTER.sub(" ", prompt))
    text = text.replace("\u2019", "'")
    asked: list[str] = []
    understood: list[tuple[str, str]] = []
    unknown: list[str] = []
    refused: list[str] = []
    carry = False
    for clause in CLAUSE.split(text):
        if not clause.strip():
            continue
        if not HANGUL.search(clause):
            read = read_english(clause, negated=carry and goes_on(clause))
            asked += read.asked
            refused += read.refused
            understood += read.understood
            unknown += read.unknown
            carry = bool(read.refused) and read.open_negation
            continue
        carry = False
        items = find_items(clause)
        for said in Reader(items).read():
            if said.refused:
                refused.append(said.english)
                continue
            asked.append(said.english)
            if said.korean:
                understood.append((said.text, said.english))
        for item in items:
            _read_the_rest(item, understood, unknown, refused)
    return Translation(
        ", ".join(dict.fromkeys(asked)),
        tuple(dict.fromkeys(understood)),
        tuple(dict.fromkeys(unknown)),
        tuple(dict.fromkeys(refused)),
    )


def _read_the_rest(
    item: Item, understood: list[tuple[str, str]], unknown: list[str], refused: list[str]
) -> None:
    """What an item tells beside what it asks for."""
    if item.english:
        read = read_english(item.text)
        understood += read.understood
        unknown += read.unknown
        refused += read.refused
    elif item.meaning is None:
        unknown.append(item.text)
    elif item.meaning.term.topic == "sections":
        understood.append((item.text, item.meaning.term.english))


def describe_words(request: GenerateRequest, unclear: Sequence[str] = ()) -> dict[str, Any]:
    """What was understood of a request's prompts, for a clip's ``meta``.

    Args:
        unclear: what no move of the vocabulary means (``Plan.unclear``).
    """
    prompts = [request.prompt, *(part.prompt for part in request.section_prompts)]
    read = {prompt: to_english(prompt) for prompt in prompts if prompt.strip()}
    warnings = [words.warning for words in read.values() if words.warning]
    warnings += [
        f"No move of the vocabulary means '{words}'. The moves nearest in meaning and style are"
        " danced instead; try other words, or edit the plan."
        for words in unclear
    ]
    return {
        "prompts": [{"prompt": prompt, **asdict(words)} for prompt, words in read.items()],
        "warnings": warnings,
    }
