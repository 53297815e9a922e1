"""Takes of an armature: what is told about each, and its dance in few bytes.

Both are kept as text, because that is what an armature object, a library override among them,
keeps of an add-on's own: a list in JSON, and the dances in base 85 by take.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any

from .bars import bar_count
from .clip import Clip
from .clip_meta import fits
from .errors import ChoreoError
from .stored_lists import StoredList, read_stored
from .take_codec import pack, unpack

LONGEST_NUMBER = 9
"""Digits of a take's number; longer ones are names that happen to be of digits."""


@dataclass(frozen=True)
class Take:
    """What is told about one dance."""

    uid: str
    """The digest of its dance."""
    name: str
    seed: int = 0
    prompt: str = ""
    style: str = ""
    song: str = ""
    """Name of the song's file."""
    song_start: float = 0.0
    """Second of the song at which it starts."""
    duration: float = 0.0
    """Seconds."""
    kept: bool = False
    """Whether the user wants to keep it when others are discarded."""
    source: str = ""
    """The take that it was made from, if a part of one was danced anew."""
    steps: str = ""
    """The digest of its choreography: takes with the same one are alike."""
    size: int = 0
    """Bytes of its dance in the file."""
    bars: int = 0
    """How many bars of it there are to choose from."""

    @property
    def number(self) -> str:
        """What its name says of it for others that are like it: its number, or all of it."""
        return self.name.split(",")[0].removeprefix("Take ")


@dataclass(frozen=True)
class TakeList:
    """The takes of an armature in the order in which they were made."""

    takes: tuple[Take, ...] = ()
    active: str = ""
    """The one that dances."""

    def find(self, uid: str) -> Take | None:
        """The take of that number."""
        return next((take for take in self.takes if take.uid == uid), None)

    @property
    def current(self) -> Take | None:
        """The take that dances."""
        return self.find(self.active)

    def need(self, uid: str) -> Take:
        """The take of that number, or the active one if ``uid`` is empty.

        Raises:
            ChoreoError: ``take_missing``.
        """
        take = self.find(uid or self.active)
        if take is None:
            raise ChoreoError(
                "take_missing", "There is no such take.", "Choose one under Takes, or generate."
            )
        return take

    def with_takes(self, new: Iterable[Take], active: str) -> TakeList:
        """``new`` after the others; one that is there already stays in its place."""
        takes = self.takes + tuple(take for take in new if self.find(take.uid) is None)
        return TakeList(takes, active)

    def activated(self, uid: str) -> TakeList:
        """The list with another active take."""
        return replace(self, active=self.need(uid).uid)

    def changed(self, uid: str, **values: Any) -> TakeList:
        """One take with other ``values``."""
        self.need(uid)
        takes = tuple(replace(t, **values) if t.uid == uid else t for t in self.takes)
        return replace(self, takes=takes)

    def without(self, uids: Iterable[str]) -> TakeList:
        """The list without some takes."""
        gone = set(uids)
        takes = tuple(take for take in self.takes if take.uid not in gone)
        return TakeList(takes, "" if self.active in gone else self.active)

    def beside(self, by: int) -> Take:
        """The take ``by`` places after the active one, around the end of the list.

        Raises:
            ChoreoError: ``take_missing`` when there are none.
        """
        if not self.takes:
            return self.need("")
        uids = [take.uid for take in self.takes]
        here = uids.index(self.active) if self.active in uids else min(-by, 0)
        return self.takes[(here + by) % len(uids)]

    def kin(self, take: Take) -> Take | None:
        """The first other take with the choreography of ``take``."""
        others = (other for other in self.takes if other.uid != take.uid)
        return next((o for o in others if take.steps and o.steps == take.steps), None)

    @property
    def not_kept(self) -> tuple[Take, ...]:
        """The takes that go when all go that are not kept: the active one never does."""
        return tuple(t for t in self.takes if not t.kept and t.uid != self.active)

    @property
    def seeds(self) -> frozenset[int]:
        """The seeds that were danced."""
        return frozenset(take.seed for take in self.takes)

    def next_name(self, suffix: str = "") -> str:
        """``Take 3``: one more than the highest that there is."""
        numbers = [take.number for take in self.takes]
        counted = (int(n) for n in numbers if n.isdecimal() and len(n) <= LONGEST_NUMBER)
        highest = max(counted, default=0)
        return ", ".join(part for part in (f"Take {highest + 1}", suffix) if part)


SHAPE = {"uid!": str, "name!": str} | {
    f.name: type(f.default) for f in fields(Take) if f.default is not MISSING
}


@dataclass(frozen=True, eq=False)
class NewTake:
    """A dance as it will be stored."""

    clip: Clip
    """What reading ``text`` gives."""
    text: str
    uid: str

    @property
    def seed(self) -> int:
        """The seed that it was danced with."""
        meta = self.clip.meta
        return int(meta.get("seed", meta.get("request", {}).get("seed", 0)))

    def told(self, name: str, source: str = "") -> Take:
        """What is told about it."""
        meta = self.clip.meta
        request = meta.get("request", {})
        return Take(
            uid=self.uid,
            name=name,
            seed=self.seed,
            prompt=str(request.get("prompt") or ""),
            style=str(request.get("style") or ""),
            song=str(meta.get("song", {}).get("name", "")),
            song_start=self.clip.song_start,
            duration=self.clip.duration,
            source=source,
            steps=_digest(meta.get("plan")),
            size=len(self.text),
            bars=bar_count(self.clip),
        )


def _digest(plan: Any) -> str:
    if not isinstance(plan, dict):
        return ""
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:12]


def new_take(clip: Clip) -> NewTake:
    """``clip`` as a take; the same clip gives the same take."""
    data = pack(clip)
    text = base64.b85encode(data).decode("ascii")
    return NewTake(unpack(data), text, hashlib.sha256(data).hexdigest()[:16])


@lru_cache(maxsize=8)
def take_clip(text: str) -> Clip:
    """The dance of :attr:`NewTake.text`.

    Raises:
        ChoreoError: ``take_unreadable``.
    """
    try:
        data = base64.b85decode(text)
    except ValueError:
        data = b""  # which cannot be read either
    return unpack(data)


def read_list(text: str) -> TakeList:
    """The list that :func:`list_text` wrote; what cannot be understood is left out."""
    stored = _stored(text)
    return TakeList(stored.items, stored.active)


def leaves_out(text: str) -> bool:
    """Whether :func:`read_list` leaves anything out, as of a newer add-on's or a damaged list."""
    return _stored(text).left_out


@lru_cache(maxsize=16)
def _stored(text: str) -> StoredList[Take]:
    return read_stored(text, "takes", {f.name for f in fields(Take)}, _take)


def _take(values: dict[str, Any]) -> Take | None:
    return Take(**values) if fits(values, SHAPE) else None


def list_text(takes: TakeList) -> str:
    """``takes`` as text."""
    rows = [asdict(take) for take in takes.takes]
    return json.dumps({"active": takes.active, "takes": rows}, ensure_ascii=False)
