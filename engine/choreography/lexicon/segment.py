"""Cuts a Korean word into terms of the lexicon and particles: longest match, no analyser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.choreography.lexicon.table import (
    ADVERBIAL,
    GAP,
    INFLECTED,
    NOMINAL,
    Meaning,
    Node,
    korean_trie,
)

HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
PARTICLES = (
    *("은", "는", "이", "가", "을", "를", "의", "에", "에서", "에서는", "에게"),
    *("께", "한테", "로", "으로", "로서", "으로서", "로써", "으로써", "와", "과", "랑"),
    *("이랑", "도", "만", "까지", "부터", "마저", "조차", "밖에", "나", "이나", "든"),
    *("이든", "든지", "이든지", "라도", "이라도", "처럼", "같이", "보다", "만큼", "대로", "마다"),
    *("씩", "들", "인", "이고", "이며", "이면", "이란", "라는", "이라는", "이라", "이야"),
    *("야", "이에요", "예요", "이요", "요", "입니다", "인데", "여야", "이지만", "적", "적인"),
    *("적으로", "풍", "풍의", "풍으로", "식", "식의", "식으로", "쯤", "라서", "이라서", "이니까"),
    *("니까", "엔", "론", "으론", "에선", "까진", "부턴", "에다", "에다가", "이랄까"),
)
"""What may follow a noun; several may follow each other."""
AFTER_VERB = ("도", "만", "는", "은", "요", "들")
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
class Piece:
    """A term with its particles, as places in the text."""

    begin: int
    end: int
    stop: int
    """Where the particles end."""
    meaning: Meaning | None
    """None for particles that hang on a foreign word."""
    particles: tuple[str, ...]


def segment(
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
    found = walk(korean_trie(), text, at)
    for end, meaning in sorted(found, key=lambda m: (-m[0], m[1].kind in INFLECTED)):
        if end == at or (joined and GAP in text[at:end]):
            continue
        for stop, particles in _tails(text, end, meaning):
            alone = before == 0 and ends_here(text, stop)
            # 해, 줘 may follow a term in its word; 이, 더 stand alone.
            follows = alone or (before > 0 and meaning.kind in INFLECTED)
            if end - at == 1 and meaning.term.silent and not follows:
                continue
            piece = Piece(at, end, stop, meaning, particles)
            if ends_here(text, stop):
                return [piece]
            rest = segment(text, stop, before + 1, dead=dead)
            if rest is not None:
                return [piece, *rest]
    dead.add(at)
    return None


def segment_after_foreign(text: str, at: int) -> list[Piece] | None:
    """Korean that hangs on a foreign word: particles (turn을) or terms (jump하고)."""
    for stop, particles in _chains(text, at, PARTICLES):
        if particles and ends_here(text, stop):
            return [Piece(at, at, stop, None, particles)]
    return segment(text, at, before=1, joined=True)


def ends_here(text: str, at: int) -> bool:
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


def walk(node: Node, text: str, at: int) -> Iterator[tuple[int, Meaning]]:
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
        yield from walk(node.edges[letter], text, at + 1)
    if GAP in node.edges:
        for stop in _gaps(text, at):
            yield from walk(node.edges[GAP], text, stop)


def _gaps(text: str, at: int) -> Iterator[int]:
    """Where a term of several words may go on: here, or after a particle, or after spaces."""
    for particle in ("", *INSIDE):
        if text.startswith(particle, at):
            stop = at + len(particle)
            yield stop
            spaces = len(text[stop:]) - len(text[stop:].lstrip(" -"))
            if spaces:
                yield stop + spaces
