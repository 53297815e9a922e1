"""Judges the lexicon's matcher on labelled prompts, and against a morphological analyser."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.choreography.lexicon.matching import find_items
from engine.choreography.lexicon.table import SILENT, Term, read_terms
from engine.choreography.lexicon.translate import CLAUSE, to_english

Morpheme = tuple[str, str]


@dataclass(frozen=True)
class Score:
    """Counts over a file of labelled prompts."""

    wanted: int
    found: int
    false: int
    refusals: int
    refused: int
    disobeyed: int
    """Refused things that are asked for all the same."""

    def __str__(self) -> str:
        return (
            f"recall {self.found}/{self.wanted} = {self.found / max(1, self.wanted):.3f}, "
            f"false matches {self.false}, refusals understood {self.refused}/{self.refusals}, "
            f"refused things asked for {self.disobeyed}"
        )


@dataclass(frozen=True)
class Labelled:
    """One prompt with what a reader understands; each wish in one or more wordings."""

    text: str
    asked: tuple[frozenset[str], ...]
    refused: tuple[frozenset[str], ...]


def read_labelled(path: Path) -> list[Labelled]:
    """The prompts of a file such as ``tests/engine/korean_prompts.toml``."""

    def wishes(row: dict[str, list[str]], name: str) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(wish.split("|")) for wish in row.get(name, []))

    with path.open("rb") as file:
        rows = tomllib.load(file)["prompts"]
    return [
        Labelled(text, wishes(row, "asked"), wishes(row, "refused")) for text, row in rows.items()
    ]


def score(prompts: list[Labelled], tell: Callable[[str], None] = lambda line: None) -> Score:
    """How the matcher reads labelled prompts; ``tell`` hears of every mistake."""
    wanted = found = false = refusals = refused = disobeyed = 0
    for prompt in prompts:
        read = to_english(prompt.text)
        english = [said for _, said in read.understood]
        plain = [part for part in read.english.split(", ") if part]
        asked = {*english, *plain, read.english} if read.english else set()
        missed = [wish for wish in prompt.asked if not wish & asked]
        allowed = frozenset().union(
            *prompt.asked, *(w.split(", ") for o in prompt.asked for w in o)
        )
        extra = [part for part in plain if part not in allowed]
        wanted += len(prompt.asked)
        found += len(prompt.asked) - len(missed)
        false += len(extra)
        refusals += len(prompt.refused)
        refused += sum(bool(wish & set(read.refused)) for wish in prompt.refused)
        disobeyed += sum(bool(wish & asked) for wish in prompt.refused)
        if missed or extra:
            lacking = [" or ".join(sorted(wish)) for wish in missed]
            tell(f"{prompt.text}\n  missed {lacking}, false {extra}, unknown {read.unknown}")
    return Score(wanted, found, false, refusals, refused, disobeyed)


def judge(kiwi: Any, path: Path) -> None:
    """Prints the score, and which entries only the matcher or only the analyser finds."""
    prompts = read_labelled(path)
    print(f"{len(prompts)} prompts: {score(prompts, print)}")
    both = only_table = only_analyser = 0
    entries = _analysed_entries(kiwi)
    for prompt in prompts:
        here = {
            item.meaning.term.english
            for clause in CLAUSE.split(prompt.text)
            for item in find_items(clause)
            if item.meaning and not item.silent
        }
        there = _find_analysed(kiwi, prompt.text, entries)
        both += len(here & there)
        only_table += len(here - there)
        only_analyser += len(there - here)
        if here ^ there:
            print(f"{prompt.text}\n  only table {here - there}, only analyser {there - here}")
    print(
        f"terms found by table and analyser {both}, by the table only {only_table}, "
        f"by the analyser only {only_analyser}"
    )


def _content(kiwi: Any, text: str) -> list[Morpheme]:
    """Morphemes that carry meaning: without particles, endings and light suffixes."""
    tokens = [
        (token.form, token.tag.removesuffix("-I").removesuffix("-R"))
        for token in kiwi.tokenize(text)
    ]
    return [token for token in tokens if not token[1].startswith(("J", "E", "S", "XS", "VCP"))]


def _analysed_entries(kiwi: Any) -> dict[tuple[Morpheme, ...], Term]:
    """Entries of the lexicon as the analyser reads them."""
    return {
        tuple(_content(kiwi, entry)): term
        for term in reversed(read_terms())
        if term.topic != "english"
        for words in term.entries.values()
        for entry in words
    }


def _find_analysed(kiwi: Any, text: str, entries: dict[tuple[Morpheme, ...], Term]) -> set[str]:
    """English of the entries in a text, by longest match over its morphemes."""
    content = _content(kiwi, text)
    longest = max(map(len, entries))
    found: set[str] = set()
    at = 0
    while at < len(content):
        for length in range(longest, 0, -1):
            term = entries.get(tuple(content[at : at + length]))
            if term:
                if term.topic not in SILENT:
                    found.add(term.english)
                at += length - 1
                break
        at += 1
    return found
