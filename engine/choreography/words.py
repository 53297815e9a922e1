"""Words of a prompt: their stems, their plainer synonyms, and which of them say what to dance."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from engine.choreography.styles import STYLES

EMPTY = (
    "a an the and or of to with in on at by for from as it is are be his her their your you "
    "its my our us we she he they them me him i one two some more very much so just let "
    "make get go person dancer somebody someone dance dances dancing danced dancer's move "
    "moves moving movement movements style k-pop kpop music song doing does do like then "
    "while that this which who if"
)
"""Words that say nothing of a dance."""
MANNERS = (
    "hitting slow slowly fast quick quickly soft softly gentle gently smooth smoothly "
    "flowing sharp sharply hard strong strongly powerful powerfully power big small tiny "
    "huge light lightly heavy heavily cute sexy sassy cool fierce fiercely energetic energy "
    "calm elegant graceful playful fluid crisp clean simple low lower deep tall wide narrow "
    "high loose relaxed tight long short bright dark intense happy cheerful sad emotional "
    "confident attitude explosive dynamic stance pose posture fresh lively wild subtle "
    "dramatic romantic dreamy refined bold charismatic precise bouncy groovy funky hype "
    "chill laid back swaggy edgy catchy fun funny stylish girly manly feminine masculine "
    "lovely pretty sensual tough angry sweet innocent passionate"
)
"""Words that say how something is danced; they do not change what it is."""
GENRES = (
    "choreography choreo routine performance stage modern contemporary lyrical jazz street "
    "idol group boy girl concept vibe mood feeling feel groove music cover signature step "
    "steps chorus verse bridge intro outro section whole part band video"
)
"""Words for a kind of dance or a place in it: alone they name no move."""
PARTS = (
    "arm arms hand hands finger fingers shoulder shoulders chest hip hips waist leg legs "
    "foot feet knee knees head body torso elbow elbows footwork line lines upper lower"
)
"""Parts of the body: with a manner they ask for many moves, not for one."""
DIRECTIONS = "front behind back side sides across aside ahead forward backward left right up down"
"""Words for where to: alone between commas they are no wish."""
POINT_DANCE = re.compile(r"\bpoint (?:choreography|dance|moves?)\b")
"""What K-pop calls the moves that a song is known by: it asks for no pointing."""
POP = re.compile(r"\bpop(?= (?:music|dance|song|style|choreography|group|idol|star|routine))")
"""Here it is a kind of music and not what a chest does."""
SYNONYMS = Path(__file__).parent / "lexicon" / "synonyms.toml"
LONGEST_SYNONYM = 3
"""Words."""


def stem(word: str) -> str:
    """A rough stem: 'rolls', 'rolling' and 'rolled' become 'roll'."""
    endings = ("ing", "ed", "es", "s")
    found = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 3), "")
    word = word.removesuffix(found)
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def _words(text: str) -> list[str]:
    text = POP.sub("", POINT_DANCE.sub("signature choreography", text.lower()))
    return re.findall(r"[\w'-]+", text.replace("-", " "))


_EMPTY_WORDS = frozenset(EMPTY.split())
MANNER_STEMS = frozenset(stem(word) for word in MANNERS.split())
_HOW = MANNER_STEMS | {stem(word) for word in GENRES.split()}
_WHERE_TO = frozenset(stem(word) for word in DIRECTIONS.split())
_PARTS = frozenset(stem(word) for word in PARTS.split())


@lru_cache(maxsize=16384)
def telling(text: str) -> tuple[str, ...]:
    """The stems of the words that say something."""
    return tuple(stem(word) for word in _words(text) if word not in _EMPTY_WORDS)


def styles_in(clause: str) -> list[str]:
    """Styles that a clause speaks of, as "hip hop" in "a hip hop dance"."""
    words = set(telling(clause))
    signed = {s.name: [set(telling(sign)) for sign in s.signs] for s in STYLES.values()}
    return [name for name, signs in signed.items() if any(sign <= words for sign in signs)]


def wishes_for_something(bit: str) -> bool:
    """Whether a part of a prompt says what to dance, and not only how, where to or of what kind."""
    return any(word not in _WHERE_TO for word in deeds(bit))


def only_style(clause: str) -> bool:
    """Whether a clause says nothing but a style and a manner."""
    styles = {word for name in styles_in(clause) for word in telling(STYLES[name].prompt)}
    return bool(styles) and all(word in styles or word in _PARTS for word in deeds(clause))


def deeds(clause: str) -> list[str]:
    """The stems that say what is danced: no manner, genre, style or body part."""
    signs = {w for name in styles_in(clause) for sign in STYLES[name].signs for w in telling(sign)}
    return [w for w in telling(clause) if w not in _HOW and w not in _PARTS and w not in signs]


def manners(clause: str) -> list[str]:
    """The stems that say how."""
    return [word for word in telling(clause) if word in MANNER_STEMS]


def speaks_of_parts(clause: str) -> bool:
    """Whether it names a part of the body."""
    return any(word in _PARTS for word in telling(clause))


def plainly(text: str) -> str:
    """The text with the words of ``synonyms.toml`` replaced by those that the captions use."""
    words, table = _words(text), _synonyms()
    out: list[str] = []
    at = 0
    while at < len(words):
        for length in range(LONGEST_SYNONYM, 0, -1):
            key = tuple(stem(word) for word in words[at : at + length])
            if len(key) == length and key in table:
                out.append(table[key])
                at += length
                break
        else:
            out.append(words[at])
            at += 1
    return " ".join(out)


@lru_cache(maxsize=1)
def _synonyms() -> dict[tuple[str, ...], str]:
    rows = tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))
    return {
        tuple(stem(word) for word in said.split()): plain
        for plain, others in rows.items()
        for said in others
    }
