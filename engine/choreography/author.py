"""Goes through the eights of a song and writes a phrase for each: what is new, what comes back."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from engine.audio.analysis import SongAnalysis
from engine.choreography.accents import Moments
from engine.choreography.choreographer import (
    BUILD_LIFT,
    LIFT,
    PATTERNS,
    Choreographer,
    Spot,
    move_accents,
)
from engine.choreography.phrases import EIGHT, Phrase, PlacedMove
from engine.choreography.repertoire import Asked, EncodeText, ask
from engine.choreography.styles import find_style
from engine.vocabulary.move import Move

BUILD_EIGHTS = 4
"""The longest pre-chorus; of a longer verse before a chorus the last half of this builds."""
VARIED = 0.5
"""Variation of an eight that returns in a verse with another second half."""
HELD = 2
"""Counts for which the pose at the end is held."""
STYLE_DECIDES = 0.6
"""How much of the choice of moves is the style's energy instead of the song's."""
SYNCOPED, MOST_SYNCOPES = 0.5, 2
"""Liveliness from which strokes between the counts are danced, and how many in an eight."""
CALM = frozenset(
    ("slow", "slowly", "soft", "softly", "gentle", "calm", "tender", "lyrical", "smooth", "flowing")
)
CALMER = 0.25
"""How much less lively the moves for such words are."""
ROUND = 4
"""Eights in a pattern."""


@dataclass(frozen=True)
class Eight:
    """Where a phrase stands in the song."""

    start: float
    """Seconds of the song."""
    end: float
    first_count: int
    counts: int
    """Whole counts that it has, 1 to 8."""
    section: int
    nth: int
    """Which eight of its section, from 0."""
    of: int
    """How many eights the section has."""
    prompt: str
    style: str
    energy: float
    """0..1: the slider, moved by the song."""
    creativity: float = 0.4
    """0..1: the slider."""
    like: int | None = None
    """The section whose choreography is danced here, because somebody said so."""

    @property
    def danced(self) -> int:
        """The section whose music and words decide what is danced."""
        return self.section if self.like is None else self.like


class Author:
    """Writes phrases in the order of the song; the same seed writes the same ones."""

    def __init__(
        self,
        analysis: SongAnalysis,
        moments: Moments,
        moves: dict[str, Move],
        encode_text: EncodeText | None,
        seed: int,
    ) -> None:
        self.phrases: list[Phrase] = []
        self._sections = analysis.sections
        self._moments = moments
        self._moves = moves
        self._encode_text = encode_text
        self._seed = seed
        self._choreographer = Choreographer(
            list(moves.values()), 0.0, np.random.default_rng(seed), Counter()
        )
        self._patterns: dict[tuple[int, str], str] = {}
        """For music and kind of section."""
        self._dances: dict[tuple[int, str, str, int], tuple[int, int]] = {}
        """For music, kind and words: the section and phrase in which an eight was danced first."""
        self._letters: dict[tuple[int, str, str, str], int] = {}
        """For the same: the phrase in which a letter was danced first."""
        self._signature: dict[str, int] = {}
        """For words: the phrase in which their chorus began first."""
        self._returned: Counter[tuple[int, str, int]] = Counter()
        """How often an eight of a verse came back."""
        self._shown: dict[int, tuple[int, dict[int, int]]] = {}
        """For the section that others are the same as: the section of these that came first, and
        the phrases of its whole eights."""
        self._section = -1
        self._asked: dict[tuple[str, str], Asked] = {}

    def add(self, eight: Eight) -> None:
        """Writes the next phrase."""
        kind = self._kind(eight, eight.danced)
        self._choreographer.creativity = eight.creativity
        if eight.section != self._section:
            self._section = eight.section
            self._choreographer.rng = np.random.default_rng((self._seed, eight.section))
        if (self._group(eight), kind) not in self._patterns:
            self._patterns[self._group(eight), kind] = self._choreographer.pattern(kind)
        phrase = self._come_back(eight, kind) or self._write(eight, kind)
        lift = LIFT.get(kind, 0.0)
        if kind == "pre-chorus":
            lift = BUILD_LIFT[0] + (BUILD_LIFT[1] - BUILD_LIFT[0]) * _part(eight)
        accents, freeze = self._music(eight, move_accents(phrase.moves, self._moves))
        self._remember(eight)
        self.phrases.append(
            replace(
                phrase,
                section=self._kind(eight, eight.section),
                energy=round(lift, 3),
                accents=accents,
                freeze=freeze,
            )
        )

    @property
    def unclear(self) -> tuple[str, ...]:
        """What was asked for and no move of the vocabulary means."""
        said = [words for asked in self._asked.values() for words in asked.unclear]
        return tuple(dict.fromkeys(said))

    def close(self, eights: list[Eight]) -> None:
        """Ends in a pose where the music does, and holds it until everything has faded away."""
        final = len(self.phrases) - 1
        if final and self._moments.last < eights[final].first_count:
            final -= 1
            self.phrases[-1] = replace(
                self._still(self.phrases[-1]), freeze=tuple(range(1, EIGHT + 1))
            )
        phrase, eight = self._still(self.phrases[final]), eights[final]
        first = eight.first_count % EIGHT + 1
        music = self._moments.last - eight.first_count + first
        hit = min(max(first, music), max(first, first + eight.counts - 1 - HELD))
        source = self.phrases[final]
        asked = self._ask(phrase.prompt, phrase.style)
        moves = self._choreographer.end(source.moves, asked, hit, first)
        new_from = moves[-1].first if len(moves) and moves[-1] not in source.moves else hit
        self.phrases[final] = replace(
            phrase,
            moves=moves,
            repeats=source.repeats,
            mirrored=source.mirrored,
            variation=(EIGHT + 1 - new_from) / EIGHT if source.repeats is not None else 0.0,
            accents=(*(c for c in move_accents(moves, self._moves) if c < hit), float(hit)),
            freeze=tuple(range(hit + 1, EIGHT + 1)),
        )

    def _still(self, phrase: Phrase) -> Phrase:
        """The phrase without anything in it, as part of an ending."""
        return replace(
            phrase,
            moves=(),
            repeats=None,
            mirrored=False,
            variation=0.0,
            accents=(),
            ending=True,
        )

    def _remember(self, eight: Eight) -> None:
        """Keeps the number of the phrase that is about to be added, for sections like this one."""
        if eight.like is not None and eight.counts == EIGHT:
            section, numbers = self._shown.setdefault(eight.like, (eight.section, {}))
            if section == eight.section:
                numbers[eight.nth] = len(self.phrases)

    def _same(self, eight: Eight) -> int | None:
        """The phrase that is danced again because this section is to be the same as another."""
        if eight.like is None or eight.like not in self._shown:
            return None
        section, numbers = self._shown[eight.like]
        if section == eight.section:
            return None
        whole = sorted(numbers)
        return numbers.get(eight.nth, numbers[whole[eight.nth % len(whole)]])

    def _kind(self, eight: Eight, section: int) -> str:
        """The section's label; ``pre-chorus`` too where a verse itself leads into a chorus."""
        label = self._sections[section].label
        following = self._sections[section + 1 : section + 2]
        leads = bool(following) and following[0].label == "chorus" and label == "verse"
        building = BUILD_EIGHTS if eight.of <= BUILD_EIGHTS else BUILD_EIGHTS // 2
        if leads and eight.of - eight.nth <= building:
            return "pre-chorus"
        return label if label in PATTERNS else "verse"

    def _come_back(self, eight: Eight, kind: str) -> Phrase | None:
        """The eight that was danced to this music before, or that this section's pattern repeats.

        A chorus returns unchanged, and so does what leads to it and what follows from it. A verse
        returns mirrored, and every second eight of it with another second half; the third time
        only its first eight is the old one. The first eight of an outro calls the chorus's
        signature back.
        """
        same = self._same(eight)
        if same is not None:
            return self._again(eight, kind, same)
        group = self._group(eight)
        key = (group, kind, eight.prompt, eight.nth)
        section, number = self._dances.setdefault(key, (eight.section, len(self.phrases)))
        if kind == "outro" and not eight.nth and eight.counts == EIGHT:
            signature = self._signature.get(eight.prompt)
            if signature is not None:
                return self._again(eight, kind, signature, mirrored=True)
        if kind == "chorus" and not eight.nth and eight.counts == EIGHT:
            self._signature.setdefault(eight.prompt, number)
        if section != eight.section and eight.counts == EIGHT:
            if kind in ("pre-chorus", "chorus", "post-chorus"):
                return self._again(eight, kind, number)
            times = self._returned[group, kind, eight.nth] = (
                self._returned[group, kind, eight.nth] + 1
            )
            if times == 1 and eight.nth % 2:
                return self._again(eight, kind, number, varied=True)
            if times == 1 or not eight.nth:
                return self._again(eight, kind, number, mirrored=times % 2 == 1)
            return None
        letter = self._letter(eight, kind)
        place = (group, kind, eight.prompt, letter.upper())
        if place in self._letters and not self._owes(eight, self._letters[place]):
            return self._again(eight, kind, self._letters[place], mirrored=letter.islower())
        if eight.counts == EIGHT:
            self._letters[place] = len(self.phrases)
        return None

    def _owes(self, eight: Eight, number: int) -> bool:
        """Whether the eight before is that one and had no room for all that is asked."""
        named = self._ask(eight.prompt, eight.style).named
        danced = {move.name for move in self.phrases[number].moves}
        shown = sum(bool(danced & set(wish)) for wish in named)
        return number == len(self.phrases) - 1 and shown < min(2, len(named))

    def _group(self, eight: Eight) -> int:
        return self._sections[eight.danced].group

    def _letter(self, eight: Eight, kind: str) -> str:
        """Letters are new in each round of four, but for a chorus's A: that is its signature."""
        letter = self._patterns[self._group(eight), kind][eight.nth % ROUND]
        turn = eight.nth // ROUND
        return letter if letter in "Aa" and kind == "chorus" else f"{letter}{turn}"

    def _again(
        self, eight: Eight, kind: str, number: int, mirrored: bool = False, varied: bool = False
    ) -> Phrase:
        source = self.phrases[number]
        moves = tuple(replace(m, mirrored=m.mirrored != mirrored) for m in source.moves)
        if varied:
            spot = self._spot(eight, kind)
            asked = self._ask(eight.prompt, eight.style)
            moves = self._choreographer.vary(moves, spot, asked)
        return replace(
            self._blank(eight, kind),
            moves=_within(moves, eight),
            repeats=number,
            mirrored=mirrored,
            variation=VARIED if varied else 0.0,
        )

    def _write(self, eight: Eight, kind: str) -> Phrase:
        asked = self._ask(eight.prompt, eight.style)
        moves = self._choreographer.write(self._spot(eight, kind), asked)
        return replace(self._blank(eight, kind), moves=moves)

    def _spot(self, eight: Eight, kind: str) -> Spot:
        return Spot(
            kind,
            self._letter(eight, kind),
            _part(eight),
            _liveliness(eight),
            number=len(self.phrases),
            first=eight.first_count % EIGHT + 1,
            counts=eight.counts,
        )

    def _blank(self, eight: Eight, kind: str) -> Phrase:
        return Phrase(
            eight.start, eight.end, eight.first_count, kind, eight.prompt, style=eight.style
        )

    def _music(
        self, eight: Eight, accents: tuple[float, ...]
    ) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Accents of moves and music together, and the counts to hold still."""
        numbers = range(eight.first_count, eight.first_count + eight.counts)
        freeze = {n % EIGHT + 1 for n in numbers if n in self._moments.breaks}
        hits = {float(n % EIGHT + 1) for n in numbers if n in self._moments.hits}
        hits.update(self._syncopes(eight, numbers, accents))
        into = {float(count) for count in freeze if count - 1 not in freeze}
        moving = {count for count in hits | set(accents) if int(count) not in freeze}
        return tuple(sorted(moving | into)), tuple(sorted(freeze))

    def _syncopes(self, eight: Eight, numbers: range, accents: tuple[float, ...]) -> list[float]:
        """Halves of counts that the drums strike alone, where the dance is lively; not too many."""
        if _liveliness(eight) < SYNCOPED:
            return []
        free = [
            n % EIGHT + 1.5
            for n in numbers
            if n + 0.5 in self._moments.syncopes and n % EIGHT + 1.5 not in accents
        ]
        return free[:MOST_SYNCOPES]

    def _ask(self, prompt: str, style: str) -> Asked:
        if (prompt, style) not in self._asked:
            found = find_style(style)
            said = prompt.removesuffix(found.prompt).rstrip(", ") if found else prompt
            moves = list(self._moves.values())
            self._asked[prompt, style] = ask(said, style, moves, self._encode_text)
        return self._asked[prompt, style]


def _liveliness(eight: Eight) -> float:
    """0..1: the energy for which moves are chosen; mostly the style's, where there is one.

    A ballad is not danced with jumps because its chorus is loud.
    """
    style = find_style(eight.style)
    energy = eight.energy
    if style:
        energy += STYLE_DECIDES * (style.energy - energy)
    calm = bool(CALM & set(re.findall(r"[a-z]+", eight.prompt.lower())))
    return max(0.0, energy - CALMER * calm)


def _part(eight: Eight) -> float:
    """0..1: how far the section has gone, where its last four eights are the whole way."""
    shown = min(eight.of, BUILD_EIGHTS)
    return max(0.0, 1.0 - (eight.of - 1 - eight.nth) / max(1, shown - 1)) if shown > 1 else 1.0


def _within(moves: tuple[PlacedMove, ...], eight: Eight) -> tuple[PlacedMove, ...]:
    """The moves that fall on the counts that the eight has."""
    first = eight.first_count % EIGHT + 1
    after = first + eight.counts
    kept = [m for m in moves if m.first + m.counts > first and m.first < after]
    return tuple(
        replace(
            m,
            first=max(m.first, first),
            counts=min(m.first + m.counts, after) - max(m.first, first),
        )
        for m in kept
    )
