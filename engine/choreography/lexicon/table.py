"""The lexicon's data, read once: terms, their inflected forms, and a trie to find them in text."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
TERMS = FOLDER / "terms.toml"
FORMS = FOLDER / "forms.json"
SILENT = {"sections", "filler", "negation"}
"""Topics that are understood and add nothing to the English."""
INFLECTED = ("verb", "adjective")
KINDS = ("noun", "adverb", *INFLECTED)
GAP = " "
"""The trie's edge where a space or a particle may stand."""

PLAIN, ADNOMINAL, ADVERBIAL, NOMINAL, NEGATABLE = "plain", "adnominal", "adverbial", "nominal", "ji"
"""What an inflected form does: 흔들고, 흔드는, 부드럽게, 흔들기, 흔들지."""


@dataclass(frozen=True)
class Term:
    """One meaning: a line of ``terms.toml``."""

    english: str
    topic: str
    alone: bool = True
    always: bool = False
    part: str = ""
    """The body part that its nouns name."""
    with_part: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Kind of word to spellings and dictionary forms."""

    @property
    def silent(self) -> bool:
        """Whether it is understood without adding anything to the English."""
        return self.topic in SILENT


@dataclass(frozen=True)
class Meaning:
    """What a surface form stands for."""

    term: Term
    kind: str
    """One of :data:`KINDS`."""
    form: str = ""
    """For inflected words, what the form does."""
    entry: str = ""
    """The spelling in ``terms.toml``."""


@dataclass(frozen=True)
class Stem:
    """The part of a verb or adjective that all its forms share."""

    endings: Node
    """The trie of what follows; shared by all words that inflect alike."""
    meanings: Mapping[str, Meaning]
    """By what a form does."""


@dataclass
class Node:
    """A node of the trie."""

    edges: dict[str, Node] = field(default_factory=dict)
    meaning: Meaning | None = None
    stems: list[Stem] = field(default_factory=list)
    use: str = ""
    """In a trie of endings: what the form that ends here does."""

    def at(self, surface: str) -> Node:
        """The node of a surface, made where it is missing."""
        node = self
        for letter in surface:
            node = node.edges.setdefault(letter, Node())
        return node


@dataclass(frozen=True)
class Forms:
    """Inflection as the analyser joined it, without what words have in common."""

    stems: Mapping[str, tuple[str, int]]
    """Last word of a dictionary form -> what all its forms begin with, number of its endings."""
    endings: tuple[Mapping[str, tuple[str, ...]], ...]
    """What a form does -> the ends of such forms."""


def read_terms(path: Path = TERMS) -> tuple[Term, ...]:
    """The terms of a lexicon file, in its order.

    Raises:
        ValueError: a line has a field that does not exist.
    """
    with path.open("rb") as file:
        topics: dict[str, dict[str, dict[str, Any]]] = tomllib.load(file)
    terms = []
    for topic, rows in topics.items():
        for english, row in rows.items():
            unknown = set(row) - {*KINDS, "part", "with", "alone", "always"}
            if unknown:
                raise ValueError(f"{path.name}: '{english}' has a field {sorted(unknown)[0]!r}.")
            terms.append(
                Term(
                    english,
                    topic,
                    alone=row.get("alone", True),
                    always=row.get("always", False),
                    part=row.get("part", ""),
                    with_part=row.get("with", {}),
                    entries={kind: tuple(row[kind]) for kind in KINDS if kind in row},
                )
            )
    return tuple(terms)


def dictionary_forms(terms: tuple[Term, ...]) -> dict[str, str]:
    """Every verb and adjective in -다, with its kind."""
    return {
        word: kind
        for term in terms
        for kind in INFLECTED
        for word in term.entries.get(kind, ())
        if term.topic != "english"
    }


@cache
def load_forms() -> Forms:
    """The table that ``python -m engine.training.lexicon`` has written."""
    raw = json.loads(FORMS.read_text(encoding="utf-8"))
    endings = ({use: tuple(ends.split("|")) for use, ends in row.items()} for row in raw["endings"])
    stems = {word: (stem, number) for word, (stem, number) in raw["stems"].items()}
    return Forms(stems, tuple(endings))


@cache
def korean_trie() -> Node:
    """All Korean surfaces. Content comes before filler, so it wins a surface that both have."""
    forms = load_forms()
    endings = [Node() for _ in forms.endings]
    for node, row in zip(endings, forms.endings, strict=True):
        for use, ends in row.items():
            for end in ends:
                node.at(end).use = node.at(end).use or use
    root = Node()
    terms = [term for term in read_terms() if term.topic != "english"]
    for term in sorted(terms, key=lambda term: term.topic == "filler"):
        _add_words(root, term)
        for kind in INFLECTED:
            for entry in term.entries.get(kind, ()):
                head, _, last = entry.rpartition(GAP)
                stem, number = forms.stems[last]
                node = root.at(f"{head}{GAP}{stem}" if head else stem)
                meanings = {use: Meaning(term, kind, use, entry) for use in forms.endings[number]}
                node.stems.append(Stem(endings[number], meanings))
    return root


@cache
def english_trie() -> Node:
    """English spellings that the sentence encoder does not know."""
    root = Node()
    for term in read_terms():
        if term.topic == "english":
            _add_words(root, term)
    return root


def _add_words(root: Node, term: Term) -> None:
    for kind in ("noun", "adverb"):
        for entry in term.entries.get(kind, ()):
            node = root.at(entry.lower().replace("-", GAP))
            node.meaning = node.meaning or Meaning(term, kind, entry=entry)
