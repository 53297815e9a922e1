"""The English of a prompt: spellings replaced, what is refused taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.choreography.lexicon.matching import find_english

NEGATOR = re.compile(
    r"(?<![\w-])(?:no more|no|not|without(?: any)?|never|avoid(?:ing)?|don't|dont"
    r"|(?:do|does|is|are)(?: not|n't)|instead of|rather than|except(?: for)?)(?![\w'-])"
)
KEPT = re.compile(
    r"no bounce|not only|no limits?"
    r"|(?:do not|don't|never|without|no) (?:stop\w*|pause\w*|rest\w*|hold\w* back)"
)
"""Negations that ask for something."""
SCOPE_END = re.compile(
    r"\b(?:but|yet|then|instead|just|only|with|while|plus|keep|and then|and with|and lots)\b"
)
AND = re.compile(r"\band\b")
EDGE = re.compile(
    r"^(?:[\s&+]|(?:and|or|but|then|with|also|plus)\b)+|(?:[\s&+]|\b(?:and|or|but|then|with))+$"
)
LIST_END = re.compile(r"^(?:\S+ ){0,2}\S+ (?:or|nor|and) \S+(?: \S+)?$")
FOREIGN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class English:
    """A stretch of English, read."""

    asked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    understood: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    open_negation: bool = False
    """Whether it ends in a 'no' that goes on: to Korean ('no 점프') or over a comma."""


def read_english(text: str, negated: bool = False) -> English:
    """Reads one clause. ``negated`` says that a refusal of the clause before goes on."""
    latin, unknown = _without_foreign_letters(text)
    asked, refused, dangling = _split_refused(latin, negated)
    understood: list[tuple[str, str]] = []
    kept = []
    for part in asked:
        replaced, pairs = _replace(part)
        understood += pairs
        kept.append(replaced)
    return English(
        tuple(part for part in map(trim, kept) if part),
        tuple(part for part in map(trim, refused) if part),
        tuple(understood),
        unknown,
        dangling or (bool(refused) and not asked),
    )


def goes_on(text: str) -> bool:
    """Whether a clause looks like the end of a list: 'turns or kicks' after 'no jumps'."""
    return bool(LIST_END.match(text.strip().lower())) and not NEGATOR.search(text.lower())


def trim(text: str) -> str:
    """Without joining words at its ends."""
    return EDGE.sub("", " ".join(text.split())).strip(" -&+\"'()[]<>*_~/|")


def _split_refused(text: str, negated: bool) -> tuple[list[str], list[str], bool]:
    """What is asked for, what is refused, and whether a 'no' stands at the end."""
    asked: list[str] = []
    refused: list[str] = []
    rest, under = text, negated
    while True:
        kept = KEPT.search(rest.lower())
        negator = NEGATOR.search(rest.lower())
        if not under:
            if negator is None:
                return [*asked, rest], refused, False
            if kept and kept.start() <= negator.start():
                head, rest = rest[: kept.end()], rest[kept.end() :]
                asked.append(head)
                continue
            asked.append(rest[: negator.start()])
            rest = rest[negator.end() :]
        if not rest.strip():
            return [part for part in asked if part.strip()], refused, True
        end = _scope(rest)
        refused.append(rest[:end])
        rest, under = rest[end:], False
        if not rest.strip():
            return [part for part in asked if part.strip()], refused, False


def _scope(text: str) -> int:
    """How far a refusal reaches: to 'but', to another 'no', or to an 'and' before words."""
    lower = text.lower()
    ends = [match.start() for match in (SCOPE_END.search(lower), NEGATOR.search(lower)) if match]
    joined = AND.search(lower)
    if joined and len(lower[joined.end() : min(ends, default=len(lower))].split()) > 1:
        ends.append(joined.start())
    return min(ends, default=len(text))


def _replace(text: str) -> tuple[str, list[tuple[str, str]]]:
    pairs, out, at = [], "", 0
    for begin, end, meaning in find_english(text):
        pairs.append((text[begin:end], meaning.term.english))
        out += text[at:begin] + meaning.term.english
        at = end
    return out + text[at:], pairs


def _without_foreign_letters(text: str) -> tuple[str, tuple[str, ...]]:
    """Latin letters stay; words of other scripts are told apart."""
    unknown = tuple(
        word for word in FOREIGN.findall(text) if any(ord(letter) > 0x24F for letter in word)
    )
    for word in unknown:
        text = text.replace(word, " ")
    return text, unknown
