"""The items of one clause: terms of the lexicon, English, and words that are not understood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.choreography.lexicon.segment import (
    HANGUL,
    ends_here,
    segment,
    segment_after_foreign,
    walk,
)
from engine.choreography.lexicon.table import Meaning, english_trie

WORD = re.compile(r"\S+")
COORDINATING = ("나", "이나", "와", "과", "랑", "이랑", "도", "든", "이든", "든지", "이든지")


@dataclass(frozen=True)
class Item:
    """A stretch of a clause: a term, English, or a word that is not understood."""

    text: str
    meaning: Meaning | None = None
    particles: tuple[str, ...] = ()
    english: bool = False

    @property
    def coordinates(self) -> bool:
        """Whether it is listed together with what follows: 점프나, 턴과."""
        return bool(self.particles) and self.particles[-1] in COORDINATING

    @property
    def silent(self) -> bool:
        """Whether it is a filler, a section of the song or a negation."""
        return self.meaning is not None and self.meaning.term.silent

    def is_negation(self) -> bool:
        return self.meaning is not None and self.meaning.term.topic == "negation"

    def does(self, *uses: str) -> bool:
        """Whether it is an inflected form with one of these uses."""
        return self.meaning is not None and self.meaning.form in uses


def find_items(clause: str) -> list[Item]:
    """The items of a clause (NFC, without punctuation that ends clauses), in order."""
    items: list[Item] = []
    foreign = ""
    at = 0
    lower = _lower(clause)
    while at < len(clause):
        word = WORD.match(clause, at)
        length = word.end() - at if word else 1
        korean = HANGUL.search(clause, at, at + length)
        hangs = bool(foreign) and not foreign[-1].isspace()
        found = None
        if HANGUL.search(clause, at) and not hangs:
            found = segment(lower, at)
            if found and not HANGUL.search(clause, at, found[-1].stop):
                found = None
        elif korean and korean.start() == at:
            found = segment_after_foreign(lower, at)
        if found is None and (korean is None or korean.start() > at):
            stop = korean.start() if korean else at + length
            foreign += clause[at:stop]
            at = stop
            continue
        if foreign.strip():
            items.append(Item(foreign.strip(), english=True))
        foreign = ""
        if found is None:
            stop = next(n for n in range(at + 1, len(clause) + 1) if ends_here(clause, n))
            items.append(Item(clause[at:stop]))
            at = stop
            continue
        for piece in found:
            if piece.meaning is None and items:
                items[-1] = replace(items[-1], particles=piece.particles)
            else:
                text = clause[piece.begin : piece.end]
                items.append(Item(text, piece.meaning, piece.particles))
            at = piece.stop
    if foreign.strip():
        items.append(Item(foreign.strip(), english=True))
    return items


def _lower(text: str) -> str:
    """Lower case where that keeps places (it does not for a few letters)."""
    return text.lower() if len(text.lower()) == len(text) else text


def find_english(text: str) -> Iterator[tuple[int, int, Meaning]]:
    """Begin, end and meaning of English spellings of the lexicon, without overlap."""
    at = 0
    lower = _lower(text)
    while at < len(lower):
        best: tuple[int, Meaning] | None = None
        if at == 0 or not lower[at - 1].isalnum():
            for end, meaning in walk(english_trie(), lower, at):
                if not lower[end : end + 1].isalnum() and (best is None or end > best[0]):
                    best = (end, meaning)
        if best:
            yield at, best[0], best[1]
        at = best[0] if best else at + 1
