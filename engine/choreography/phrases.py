"""A dance as a choreographer writes it down: phrases of eight counts, and what is danced in each.

Everything here is plain and readable: docs/choreography.md tells what each field means to somebody
who edits a plan. Counts within a phrase are numbered 1 to 8, 1.5 being the 'and' after 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from engine.choreography.counts import Counts
from engine.choreography.styles import find_style
from engine.errors import ChoreoError
from engine.vocabulary.layers import over
from engine.vocabulary.move import Move, find_move

EIGHT = 8


@dataclass(frozen=True)
class PlacedMove:
    """One move of the vocabulary on some counts of an eight."""

    name: str
    first: int
    """The count, 1 to 8, on which it begins."""
    counts: int
    """How many counts it takes; a shorter move is danced again until they are full."""
    mirrored: bool = False
    """It begins on the other side."""
    caption: str = ""
    """What the model is told of it; left out of an edited plan, it is the move's first one."""
    steps: str = ""
    """The move whose feet are danced under its arms, if it is not its own."""

    def dance(self) -> Move:
        """The move of the vocabulary, over the steps if there are any."""
        move = find_move(self.name)
        if not self.steps:
            return move
        steps = find_move(self.steps)
        return over(move, steps, min(max(move.counts, steps.counts), self.counts))


@dataclass(frozen=True)
class Phrase:
    """One count of eight (or what the song leaves of it)."""

    start: float
    """Seconds of the song."""
    end: float
    first_count: int
    """Number of its first count in the song; multiples of 8 begin an eight."""
    section: str
    prompt: str
    """The user's words and the style's."""
    style: str = ""
    moves: tuple[PlacedMove, ...] = ()
    """None: the words alone say what is danced."""
    repeats: int | None = None
    """The number of the phrase whose choreography comes back here."""
    mirrored: bool = False
    """It comes back with left and right exchanged."""
    variation: float = 0.0
    """The share of it, at its end, that is new: 0 is the same again, 0.5 has a new second half."""
    accents: tuple[float, ...] = ()
    """Counts that are to be hit."""
    freeze: tuple[int, ...] = ()
    """Counts through which the body holds still."""
    energy: float = 0.0
    """Added to the energy slider, -1 to 1."""
    ending: bool = False
    """The last phrase of a dance: it comes to rest in a pose."""

    @property
    def words(self) -> str:
        """What the model is told: the user's words, a caption of each move, the style's words."""
        return told(self)

    def number(self, count: float) -> float:
        """The number in the song of a count 1 to 8 of this phrase."""
        return self.first_count - self.first_count % EIGHT + count - 1


@dataclass(frozen=True, eq=False)
class Plan:
    """The phrases in order, from ``start`` to ``end`` seconds of the song without gaps."""

    phrases: tuple[Phrase, ...]
    counts: Counts
    start: float
    end: float
    unclear: tuple[str, ...] = ()
    """What was asked for and no move means: there the moves nearest in meaning and style stand."""

    def to_dict(self) -> dict[str, Any]:
        """The readable form that goes into a clip's ``meta``; :meth:`from_dict` takes it back."""
        return {
            "start": self.start,
            "end": self.end,
            "half_time": self.counts.every == 2,
            "unclear": list(self.unclear),
            "phrases": [_phrase_dict(phrase) for phrase in self.phrases],
            "counts": {
                "first": self.counts.first,
                "every": self.counts.every,
                "times": np.round(self.counts.times, 5).tolist(),
            },
        }

    def to_json(self) -> str:
        """The same as text for an editor: a paragraph for each phrase, a line for each move."""
        data = self.to_dict()
        head = ("start", "end", "half_time", "unclear")
        lines = [f'  "{key}": {json.dumps(data[key], ensure_ascii=False)},' for key in head]
        phrases = ",\n".join(_paragraph(phrase) for phrase in data["phrases"])
        counts = json.dumps(data["counts"])
        return "\n".join(
            ["{", *lines, f'  "phrases": [\n{phrases}\n  ],', f'  "counts": {counts}\n}}']
        )

    @classmethod
    def from_dict(cls, data: Any) -> Plan:
        """Reads what :meth:`to_dict` wrote, edited or not; ``words`` and ``half_time`` are derived.

        Raises:
            ChoreoError: ``plan_invalid``, saying what is wrong with which phrase.
        """
        try:
            counts = data["counts"]
            plan = cls(
                tuple(_phrase(dict(row)) for row in data["phrases"]),
                Counts(
                    np.array(counts["times"], dtype=float),
                    int(counts["first"]),
                    int(counts["every"]),
                ),
                float(data["start"]),
                float(data["end"]),
                tuple(str(words) for words in data.get("unclear", ())),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise _wrong(f"it cannot be read ({type(error).__name__}: {error})") from error
        _check(plan)
        return plan


def told(*phrases: Phrase) -> str:
    """The words for a stretch of phrases: what was asked, then the moves, then the manner.

    The encoder drops what is said twice and cuts a long sentence, so the least telling comes last.
    """
    asked, manners = [], []
    for phrase in phrases:
        style = find_style(phrase.style)
        manner = style.prompt if style else ""
        said = phrase.prompt.removesuffix(manner).rstrip(", ") if manner else phrase.prompt
        asked.append(said)
        manners.append(manner)
    moves = [move for phrase in phrases for move in phrase.moves]
    captions = [move.caption for move in moves]
    captions += [find_move(move.steps).captions[0] for move in moves if move.steps]
    return ", ".join(part for part in dict.fromkeys((*asked, *captions, *manners)) if part)


def table(plan: Plan) -> str:
    """The plan for a reader: a line for each phrase."""
    rows = []
    for number, phrase in enumerate(plan.phrases):
        back = f"= {phrase.repeats}" if phrase.repeats is not None else ""
        back += " mirrored" if phrase.mirrored else ""
        back += " with a new end" if phrase.variation else ""
        moves = ", ".join(
            f"{m.name}{'*' if m.mirrored else ''}{f' over {m.steps}' if m.steps else ''}"
            f" {m.first}-{m.first + m.counts - 1}"
            for m in phrase.moves
        )
        marks = f"hit {' '.join(f'{c:g}' for c in phrase.accents)}" if phrase.accents else ""
        if phrase.freeze:
            marks += f"{'; ' if marks else ''}hold {phrase.freeze[0]}-{phrase.freeze[-1]}"
        rows.append(
            f"{number:3} {phrase.start:7.2f} s  {phrase.section:10} {back:22}"
            f" {moves or ('the pose' if phrase.ending else phrase.words)}  ({marks or 'no hits'})"
        )
    return "\n".join(rows)


def _phrase_dict(phrase: Phrase) -> dict[str, Any]:
    data = asdict(phrase) | {"words": phrase.words}
    return data | {name: list(data[name]) for name in ("moves", "accents", "freeze")}


def _paragraph(data: Mapping[str, Any]) -> str:
    def row(*names: str) -> str:
        return ", ".join(f'"{n}": {json.dumps(data[n], ensure_ascii=False)}' for n in names)

    moves = ",\n".join(f"       {json.dumps(m, ensure_ascii=False)}" for m in data["moves"])
    return (
        f"    {{{row('start', 'end', 'first_count', 'section')},\n"
        f"     {row('prompt', 'style')},\n"
        f"     {row('repeats', 'mirrored', 'variation', 'energy', 'ending')},\n"
        f"     {row('accents', 'freeze')},\n"
        f'     "moves": [{chr(10) + moves if moves else ""}],\n'
        f"     {row('words')}}}"
    )


def _phrase(row: dict[str, Any]) -> Phrase:
    row.pop("words", None)
    moves = tuple(
        PlacedMove(
            str(move["name"]),
            int(move["first"]),
            int(move["counts"]),
            bool(move.get("mirrored", False)),
            str(move.get("caption") or find_move(str(move["name"])).captions[0]),
            str(move.get("steps", "")),
        )
        for move in row.pop("moves", ())
    )
    given = {
        "start": float(row.pop("start")),
        "end": float(row.pop("end")),
        "first_count": int(row.pop("first_count")),
        "section": str(row.pop("section", "")),
        "prompt": str(row.pop("prompt")),
        "style": str(row.pop("style", "")),
        "repeats": row.pop("repeats", None),
        "mirrored": bool(row.pop("mirrored", False)),
        "variation": float(row.pop("variation", 0.0)),
        "accents": tuple(float(count) for count in row.pop("accents", ())),
        "freeze": tuple(int(count) for count in row.pop("freeze", ())),
        "energy": float(row.pop("energy", 0.0)),
        "ending": bool(row.pop("ending", False)),
    }
    if row:
        raise ValueError(f"'{next(iter(row))}' is not known")
    if given["repeats"] is not None:
        given["repeats"] = int(given["repeats"])
    return Phrase(moves=moves, **given)


def _check(plan: Plan) -> None:
    times = plan.counts.times
    if times.ndim != 1 or len(times) < EIGHT:
        raise _wrong(f"it needs a row of {EIGHT} counts at least")
    if not np.all(np.diff(times) > 0) or plan.counts.every not in (1, 2):
        raise _wrong("its counts do not rise")
    if not plan.phrases:
        raise _wrong("it has no phrases")
    edges = [plan.start, *(phrase.end for phrase in plan.phrases)]
    starts = [*(phrase.start for phrase in plan.phrases), plan.end]
    if not np.allclose(edges, starts, atol=1e-3) or any(b <= a for a, b in pairwise(edges)):
        raise _wrong("its phrases do not follow one another without gaps from start to end")
    for number, phrase in enumerate(plan.phrases):
        wrong = _wrong_with(phrase, number)
        if wrong:
            raise _wrong(f"phrase {number} {wrong}")


def _wrong_with(phrase: Phrase, number: int) -> str | None:
    find_style(phrase.style)
    if phrase.repeats is not None and not 0 <= phrase.repeats < number:
        return f"repeats {phrase.repeats}, which does not come before it"
    if not 0.0 <= phrase.variation <= 1.0 or not -1.0 <= phrase.energy <= 1.0:
        return "has a variation outside 0..1 or an energy outside -1..1"
    if any(not 1 <= count < EIGHT + 1 for count in (*phrase.accents, *phrase.freeze)):
        return "has accents or freezes outside counts 1 to 8"
    after = 1
    for move in phrase.moves:
        if move.first < after or move.counts < 1 or move.first + move.counts > EIGHT + 1:
            return f"has no room for '{move.name}' on count {move.first} for {move.counts} counts"
        if move.steps and not find_move(move.steps).carries:
            return f"dances over '{move.steps}', whose steps do not go under other arms"
        after = move.first + move.counts
    return None


def _wrong(what: str) -> ChoreoError:
    return ChoreoError(
        "plan_invalid",
        f"The choreography plan cannot be used: {what}.",
        "Correct it (docs/choreography.md), or leave it out to have one made.",
        400,
    )
