"""Finds the lexicon's terms in one clause: longest match, with particles, without an analyser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.choreography.lexicon.table import (
    ADVERBIAL,
    GAP,
    INFLECTED,
    NOMINAL,
    Meaning,
    Node,
    english_trie,
    korean_trie,
)

HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
WORD = re.compile(r"\S+")
PARTICLES = (
    *("은", "는", "이", "가", "을", "를", "의", "에", "에서", "에서는", "에게", "께", "한테"),
    *(
        "로",
        "으로",
        "로서",
        "으로서",
        "로써",
        "으로써",
        "와",
        "과",
        "랑",
        "이랑",
        "도",
        "만",
        "까지",
    ),
    *(
        "부터",
        "마저",
        "조차",
        "밖에",
        "나",
        "이나",
        "든",
        "이든",
        "든지",
        "이든지",
        "라도",
        "이라도",
    ),
    *(
        "처럼",
        "같이",
        "보다",
        "만큼",
        "대로",
        "마다",
        "씩",
        "들",
        "인",
        "이고",
        "이며",
        "이면",
        "이란",
    ),
    *(
        "라는",
        "이라는",
        "이라",
        "이야",
        "야",
        "이에요",
        "예요",
        "이요",
        "요",
        "입니다",
        "인데",
        "여야",
    ),
    *(
        "이지만",
        "적",
        "적인",
        "적으로",
        "풍",
        "풍의",
        "풍으로",
        "식",
        "식의",
        "식으로",
        "쯤",
        "님",
        "라서",
    ),
    *(
        "이라서",
        "이니까",
        "니까",
        "엔",
        "론",
        "으론",
        "에선",
        "까진",
        "부턴",
        "에다",
        "에다가",
        "이랄까",
    ),
)
"""What may follow a noun; several may follow each other."""
AFTER_VERB = ("도", "만", "는", "은", "요", "들")
COORDINATING = ("나", "이나", "와", "과", "랑", "이랑", "도", "든", "이든", "든지", "이든지")
INSIDE = (
    "을",
    "를",
    "은",
    "는",
    "이",
    "가",
    "도",
    "에",
    "에다",
    "에다가",
    "의",
    "로",
    "으로",
    "만",
)
"""Particles that may stand where an entry has a space."""
MOST_PARTICLES = 3
MOST_PIECES = 8
"""Terms in one word without spaces."""


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
        if korean and not hangs:
            found = _segment(lower, at)
        elif korean and korean.start() == at:
            found = _segment_after_foreign(lower, at)
        if found is None and (korean is None or korean.start() > at):
            stop = korean.start() if korean else at + length
            foreign += clause[at:stop]
            at = stop
            continue
        if foreign.strip():
            items.append(Item(foreign.strip(), english=True))
        foreign = ""
        if found is None:
            stop = next(n for n in range(at + 1, len(clause) + 1) if _ends_here(clause, n))
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


@dataclass(frozen=True)
class Piece:
    """A term with its particles, as places in the text."""

    begin: int
    end: int
    stop: int
    """Where the particles end."""
    meaning: Meaning | None
    """None for particles that hang on a foreign word."""
    particles: tuple[str, ...]


def _segment(
    text: str, at: int, before: int = 0, joined: bool = False, dead: set[int] | None = None
) -> list[Piece] | None:
    """Terms and particles that fill the word at ``at`` up to its end; None where they cannot.

    ``before`` pieces of the word have been read, ``dead`` are places that lead nowhere. A term of
    several words may go on into the following words, but not where it is ``joined`` to a foreign
    word (sharp한 팔 is not 한 팔).
    """
    dead = set() if dead is None else dead
    if before >= MOST_PIECES or at in dead:
        return None
    found = _walk(korean_trie(), text, at)
    for end, meaning in sorted(found, key=lambda m: (-m[0], m[1].kind in INFLECTED)):
        if end == at or (joined and GAP in text[at:end]):
            continue
        for stop, particles in _tails(text, end, meaning):
            alone = before == 0 and _ends_here(text, stop)
            # 해, 줘 may follow a term in its word; 이, 더 stand alone.
            follows = alone or (before > 0 and meaning.kind in INFLECTED)
            if end - at == 1 and meaning.term.silent and not follows:
                continue
            piece = Piece(at, end, stop, meaning, particles)
            if _ends_here(text, stop):
                return [piece]
            rest = _segment(text, stop, before + 1, dead=dead)
            if rest is not None:
                return [piece, *rest]
    dead.add(at)
    return None


def _segment_after_foreign(text: str, at: int) -> list[Piece] | None:
    """Korean that hangs on a foreign word: particles (turn을) or terms (jump하고)."""
    for stop, particles in _chains(text, at, PARTICLES):
        if particles and _ends_here(text, stop):
            return [Piece(at, at, stop, None, particles)]
    return _segment(text, at, before=1, joined=True)


def _ends_here(text: str, at: int) -> bool:
    return at >= len(text) or not HANGUL.match(text[at])


def _tails(text: str, at: int, meaning: Meaning) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Ends of the particles that may follow a term, the longest first."""
    nominal = meaning.kind not in INFLECTED or meaning.form in (NOMINAL, ADVERBIAL)
    yield from _chains(text, at, PARTICLES if nominal else AFTER_VERB)


def _chains(text: str, at: int, allowed: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    found: list[tuple[int, tuple[str, ...]]] = [(at, ())]
    for stop, chain in found:
        if len(chain) < MOST_PARTICLES:
            found += [
                (stop + len(particle), (*chain, particle))
                for particle in allowed
                if text.startswith(particle, stop)
            ]
    yield from sorted(found, key=lambda tail: (-tail[0], len(tail[1])))


def _walk(node: Node, text: str, at: int) -> Iterator[tuple[int, Meaning]]:
    """Every surface of the trie that begins where ``node`` was entered, with its end."""
    if node.meaning:
        yield at, node.meaning
    for stem in node.stems:
        ending: Node | None = stem.endings
        stop = at
        while ending is not None:
            if ending.use:
                yield stop, stem.meanings[ending.use]
            ending = ending.edges.get(text[stop : stop + 1])
            stop += 1
    letter = text[at : at + 1]
    if letter and letter != GAP and letter in node.edges:
        yield from _walk(node.edges[letter], text, at + 1)
    if GAP in node.edges:
        for stop in _gaps(text, at):
            yield from _walk(node.edges[GAP], text, stop)


def _gaps(text: str, at: int) -> Iterator[int]:
    """Where a term of several words may go on: here, or after a particle, or after spaces."""
    for particle in ("", *INSIDE):
        if text.startswith(particle, at):
            stop = at + len(particle)
            yield stop
            spaces = len(text[stop:]) - len(text[stop:].lstrip(" -"))
            if spaces:
                yield stop + spaces


def find_english(text: str) -> Iterator[tuple[int, int, Meaning]]:
    """Begin, end and meaning of English spellings of the lexicon, without overlap."""
    at = 0
    lower = _lower(text)
    while at < len(lower):
        best: tuple[int, Meaning] | None = None
        if at == 0 or not lower[at - 1].isalnum():
            for end, meaning in _walk(english_trie(), lower, at):
                if not lower[end : end + 1].isalnum() and (best is None or end > best[0]):
                    best = (end, meaning)
        if best:
            yield at, best[0], best[1]
        at = best[0] if best else at + 1
