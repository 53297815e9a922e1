"""Korean and English dance words, turned into the English that the model knows.

``terms.toml`` is the lexicon, ``forms.json`` its verbs and adjectives inflected by
``python -m engine.training.lexicon``.
"""

from engine.choreography.lexicon.translate import Translation, describe_words, to_english

__all__ = ["Translation", "describe_words", "to_english"]
