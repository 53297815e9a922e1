"""Lists that are kept as text in the user's .blend: whatever can be read of them is."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .files import read_json

Item = TypeVar("Item")


@dataclass(frozen=True)
class StoredList(Generic[Item]):
    """What was read."""

    items: tuple[Item, ...] = ()
    active: str = ""
    """The one that is chosen."""
    left_out: bool = False
    """Whether there is more, as in a newer add-on's or a damaged list."""


def read_stored(
    text: str, key: str, known: Set[str], make: Callable[[dict[str, Any]], Item | None]
) -> StoredList[Item]:
    """Reads ``{"active": ..., KEY: [row, ...]}``.

    Args:
        known: names of the values of a row that are used.
        make: an item of those values; None where they make none.
    """
    if not text:
        return StoredList()
    try:
        stored = read_json(text)
        rows, active = list(stored[key]), str(stored.get("active", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return StoredList(left_out=True)
    items, left_out = [], False
    for row in rows:
        values = row if isinstance(row, dict) else {}
        item = make({name: values[name] for name in values.keys() & known})
        left_out |= item is None or not values.keys() <= known
        if item is not None:
            items.append(item)
    return StoredList(tuple(items), active, left_out)
