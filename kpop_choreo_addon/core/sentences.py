"""Finds the template of a finished English sentence, so that it can be said in another language.

Nothing that makes sentences has to know about languages: ``"Dancer has no action."`` is found to
be ``"{0} has no action."`` with the value ``Dancer``, and a translation of that template is
filled with it. In a translation ``{0}`` stays as it is, ``{=0}`` is translated too, word by word
where it is a list, and ``{+0}`` is a list of names of which only "and 3 more" is translated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

PLACE = re.compile(r"\{[=+]?(\d+)\}")
"""A place for a value in a template or its translation."""
LIST = re.compile(", | and ")
_REMEMBERED = 1024


class Sentences:
    """Templates, the ones with most words of their own first."""

    def __init__(self, templates: Iterable[str]) -> None:
        known = tuple(templates)
        self.whole = frozenset(template for template in known if not PLACE.search(template))
        parted = sorted((t for t in known if t not in self.whole), key=_own_letters, reverse=True)
        self._patterns = tuple((template, _pattern(template)) for template in parted)
        self.find = lru_cache(maxsize=_REMEMBERED)(self._find)

    def say(self, text: str, lookup: Callable[[str], str], words: bool = True) -> str:
        """``text`` in the language of ``lookup``, which returns what it does not know.

        Args:
            words: also what has no values in it, which may be a name.
        """
        template, values = self.find(text)
        if not template or not (values or words):
            return text
        translated = lookup(template)
        if translated == template:
            return text
        return PLACE.sub(lambda place: self._value(place, values, lookup, words), translated)

    def _find(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Template and values of ``text``; an empty template where none is known."""
        if text in self.whole:
            return text, ()
        for template, pattern in self._patterns:
            if found := pattern.fullmatch(text):
                return template, found.groups()
        return "", ()

    def _value(
        self,
        place: re.Match[str],
        values: tuple[str, ...],
        lookup: Callable[[str], str],
        words: bool,
    ) -> str:
        value, mark = values[int(place[1])], place[0][1]
        if mark not in "=+":
            return value
        words = words and mark == "="
        said = self.say(value, lookup, words)
        if said != value or not words:
            return said
        return ", ".join(self.say(word, lookup) for word in LIST.split(value))


def _own_letters(template: str) -> int:
    return len(PLACE.sub("", template))


def _pattern(template: str) -> re.Pattern[str]:
    """What matches every sentence made of ``template``."""
    pieces = PLACE.split(template)
    pieces[::2] = [re.escape(piece) for piece in pieces[::2]]
    pieces[1::2] = ["(.*?)"] * len(pieces[1::2])
    return re.compile("".join(pieces), re.DOTALL)
