"""The add-on's languages, through Blender's own mechanism.

Blender translates what classes and properties are called. Sentences that are made while the
add-on runs go through :func:`said` where they are shown.
"""

from __future__ import annotations

import bpy

from ..core.chosen_bones import ROWS, hint_of
from ..core.errors import ChoreoError
from ..core.sentences import Sentences
from ..ids import ADDON_ID
from . import ko

CONTEXT = "K-Pop Choreo"
"""Of sentences, and of words that mean something else elsewhere in Blender."""
_SHARED = ("*", "Operator", CONTEXT)
"""Blender looks for the names of buttons in the second, for all else in the first."""
LANGUAGES = {"ko_KR": ko}
"""Modules with ``WORDS`` and ``SENTENCES`` by Blender's name of the language."""
_sentences = Sentences((*ko.WORDS, *ko.SENTENCES))


def register() -> None:
    """Makes the dictionaries known to Blender."""
    tables = {name: _catalogue(own.WORDS, own.SENTENCES) for name, own in LANGUAGES.items()}
    bpy.app.translations.register(ADDON_ID, tables)


def unregister() -> None:
    """Takes them back; does nothing when they were not registered."""
    bpy.app.translations.unregister(ADDON_ID)


def said(text: str) -> str:
    """A sentence or a word in the language of Blender's interface."""
    return _sentences.say(text, _interface)


def hinted(text: str) -> str:
    """The same for tooltips."""
    return _sentences.say(text, _tooltip)


def told(error: ChoreoError) -> str:
    """What is wrong and what to do, in the language of Blender's interface."""
    return f"{said(error.message)} {said(error.remedy)}"


def _interface(text: str) -> str:
    return bpy.app.translations.pgettext_iface(text, CONTEXT)


def _tooltip(text: str) -> str:
    return bpy.app.translations.pgettext_tip(text, CONTEXT)


def _catalogue(words: dict[str, str], sentences: dict[str, str]) -> dict[tuple[str, str], str]:
    """As Blender wants it: context and English to translation."""
    known = words | sentences
    hints = (hint_of(row) for row in ROWS)  # made of a template when the add-on is switched on
    names = words | {
        hint: _sentences.say(hint, lambda text: known.get(text, text)) for hint in hints
    }
    table = {
        (context, text): translated for text, translated in names.items() for context in _SHARED
    }
    return table | {(CONTEXT, text): translated for text, translated in sentences.items()}
