"""Puts the items of a clause together: body parts to their verbs, refusals to what they refuse."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.choreography.lexicon.english import read_english
from engine.choreography.lexicon.matching import Item
from engine.choreography.lexicon.table import (
    ADNOMINAL,
    ADVERBIAL,
    NEGATABLE,
    NOMINAL,
    Term,
    read_terms,
)

LEGS = {"legs", "leg", "knees", "feet", "hips"}
WHERE = {"directions", "sides"}
PLACES = {"overhead", "floor"}
TOOLS = {"hands", "fingers", "fists", "arm", "feet"}
"""Parts that do what the verb says: 손으로 하트를 그리고."""
INSTRUMENT = {("로",), ("으로",)}
OBJECT = {("을",), ("를",), ("에",)}
PATH = {("에서",), ("까지",), ("부터",)}
"""Particles of where a movement runs: 가슴에서 골반까지 웨이브."""
AT = {("에",), ("에서",), ("에다",), ("에다가",)}
"""Particles of where something is done: 골반에 손을 올리고, 가슴 앞에서."""
SECTIONS = frozenset(term.english for term in read_terms() if term.topic == "sections")
GENERIC = {"스텝", "포즈", "자세"}
"""Words that a foreign name stands before: running man 스텝."""
NEXT = "not next"
"""The line of negations that stand before what they refuse: 안, 못, 노."""


@dataclass
class Said:
    """One thing that a clause asks for, or refuses."""

    text: str
    english: str
    items: set[int]
    refused: bool = False
    replaced: bool = False
    """Whether a verb has taken this body part."""
    korean: bool = True


@dataclass
class Reader:
    """Reads the items of a clause from left to right."""

    items: list[Item]
    said: list[Said] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    """Body parts that no verb has taken yet."""
    taken: list[int] = field(default_factory=list)
    """Body parts of the last verb: 팔을 올리고 흔들면서."""

    def read(self) -> list[Said]:
        """All that is said, refusals marked."""
        for number, item in enumerate(self.items):
            if item.english:
                for part in read_english(item.text).asked:
                    if part.lower() not in SECTIONS:
                        self._say(part, {number}, korean=False)
            elif item.is_negation():
                self.pending = []
            elif item.meaning and not item.silent:
                self._term(number, item.meaning.term)
        self._refuse()
        return [said for said in self.said if not said.replaced or said.refused]

    def _term(self, number: int, term: Term) -> None:
        item = self.items[number]
        if self._is_place_word(number, term) or self._is_repetition(number):
            return
        if term.part and item.meaning and item.meaning.kind == "noun":
            if not any(number in said.items for said in self.said):
                self._say(term.english, {number})
                self.pending.append(number)
            return
        parts = self._parts_for(number, term)
        for english, part in parts:
            self._say(english, {number, part})
            self._taken_by_verb(part)
        verb = item.meaning is not None and item.meaning.kind == "verb"
        if parts:
            self.taken = [part for _, part in parts]
            if not verb:
                self.pending = [other for other in self.pending if other not in self.taken]
        elif term.alone:
            self._say(term.english, {number})
        for other in list(self.pending):
            if (parts and verb) or self._is_absorbed(other, verb):
                self._taken_by_verb(other)
                self.pending.remove(other)
        if verb and not item.does(ADNOMINAL, NOMINAL):
            self.pending = []
        if item.meaning and item.meaning.kind == "noun" and term.topic not in WHERE:
            self.taken = []

    def _is_absorbed(self, part: int, verb: bool) -> bool:
        """Whether a term takes a body part even where it says nothing special about it."""
        particle = self.items[part].particles[-1:]
        return (
            particle in PATH
            or (particle in OBJECT and verb)
            or (particle in INSTRUMENT and self._part(part) in TOOLS)
        )

    def _is_place_word(self, number: int, term: Term) -> bool:
        """Whether it only says where or when: 얼굴 옆에, 가슴 앞에서, 튕긴 뒤."""
        before = self.items[number - 1] if number else None
        if before is None or term.topic != "directions":
            return False
        beside = bool(self._part(number - 1)) and not before.particles
        if beside and self.items[number].particles[-1:] in AT:
            self._taken_by_verb(number - 1)
        return beside or before.does(ADNOMINAL)

    def _is_repetition(self, number: int) -> bool:
        """크게 크게, 천천히 천천히."""
        return number > 0 and self.items[number - 1].meaning == self.items[number].meaning

    def _parts_for(self, number: int, term: Term) -> list[tuple[str, int]]:
        """English of this term with the body parts that belong to it."""
        if not term.with_part:
            return []
        names = {self._part(part) for part in self.pending}
        for part in reversed(self.pending):
            runs = self.items[part].particles[-1:] in PATH and self._part(part) not in PLACES
            if runs or (self._part(part) in PLACES and names & LEGS):
                continue
            at = f"at {self._part(part)}"
            if at in term.with_part and self.items[part].particles[-1:] in AT:
                return [(term.with_part[at], part)]
            if self._part(part) in term.with_part:
                group = [part]
                while group[0] - 1 in self.pending and self.items[group[0] - 1].coordinates:
                    group.insert(0, group[0] - 1)
                return [
                    (term.with_part[self._part(one)], one)
                    for one in group
                    if self._part(one) in term.with_part
                ]
        if self.items[number].does(ADNOMINAL):
            following = number + 1
            if following < len(self.items) and self._part(following) in term.with_part:
                self._say(self.items[following].meaning.term.english, {following})  # type: ignore[union-attr]
                return [(term.with_part[self._part(following)], following)]
        meaning = self.items[number].meaning
        return [
            (term.with_part[self._part(part)], part)
            for part in (self.taken if meaning and meaning.kind == "verb" else ())
            if self._part(part) in term.with_part
        ]

    def _part(self, number: int) -> str:
        meaning = self.items[number].meaning
        return meaning.term.part if meaning and meaning.kind == "noun" else ""

    def _taken_by_verb(self, part: int) -> None:
        meaning = self.items[part].meaning
        for said in self.said:
            if said.items == {part} and meaning and not meaning.term.always:
                said.replaced = True

    def _say(self, english: str, items: set[int], korean: bool = True) -> None:
        text = " ".join(self.items[number].text for number in sorted(items))
        self.said.append(Said(text, english, items, korean=korean))

    def _refuse(self) -> None:
        for number, item in enumerate(self.items):
            if item.english and read_english(item.text).open_negation:
                self._refuse_next(number)
            elif item.is_negation() and item.meaning:
                if item.meaning.term.english == NEXT:
                    self._refuse_next(number)
                else:
                    self._refuse_before(number)

    def _refuse_next(self, number: int) -> None:
        """안 뛰고, 노 점프, no 점프; but 점프 안 하고 and 뛰면 안 돼 refuse what is before."""
        following = number + 1
        if following >= len(self.items):
            return
        if self.items[following].silent:
            self._refuse_before(number)
            return
        self._mark(following)

    def _refuse_before(self, number: int) -> None:
        """점프 없이, 점프는 하지 말고, 팔을 올리지 말고: back over fillers to what is refused."""
        target = number - 1
        while target >= 0 and self.items[target].silent and not self._is_break(target):
            target -= 1
        if target < 0 or self.items[target].silent:
            return
        self._mark(target)
        before = target - 1
        while before >= 0 and self._belongs(before, target):
            self._mark(before)
            target, before = before, before - 1

    def _is_break(self, number: int) -> bool:
        """An earlier refusal, as in 점프 없이 하지 말고."""
        return self.items[number].is_negation()

    def _belongs(self, before: int, target: int) -> bool:
        """Whether a refusal of ``target`` reaches what stands before it."""
        first, second = self.items[before], self.items[target]
        if first.english and second.text in GENERIC:
            return True
        if first.silent or first.english:
            return first.coordinates or (not first.is_negation() and first.does(ADNOMINAL))
        verb = second.does(NEGATABLE)
        # 점프 같은 큰 동작: what is likened belongs too.
        if first.coordinates or (second.silent and second.does(ADNOMINAL)):
            return True
        if first.does(ADNOMINAL) and not verb:
            return True
        if verb and first.meaning and first.meaning.term.topic in WHERE:
            return True
        if verb and (first.does(ADVERBIAL) or (first.meaning and first.meaning.kind == "adverb")):
            return True
        return bool(self._part(before)) and not first.particles and not verb

    def _mark(self, number: int) -> None:
        for said in self.said:
            if number in said.items:
                said.refused = True
                for part in said.items - {number}:
                    for other in self.said:
                        if other.items == {part}:
                            other.refused = True
