"""Which seed is danced next: another one each time, or the one that is locked."""

from __future__ import annotations

import random
from collections.abc import Collection

LARGEST = 100_000
"""Seeds below are short enough to be read out and typed."""


def fresh_seed(shown: int, used: Collection[int], count: int) -> int:
    """The first of ``count`` seeds in a row that were not danced yet: ``shown`` if it will do."""
    seed = shown
    while any(seed + number in used for number in range(count)):
        seed = random.randrange(LARGEST)
    return seed


def next_seed(used: Collection[int]) -> int:
    """One more than the highest that was danced, of those that are short."""
    return max((seed for seed in used if seed < LARGEST), default=-1) + 1
