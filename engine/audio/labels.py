"""What a listener would call each section of a song: verse, pre-chorus, chorus, ...

Every label has a score for a section, from how full it is, where it stands, how long it is and how
often its music comes back, and every two labels a score for following one another. The labels
whose scores sum up highest are taken, over all ways to name the music that repeats (the same music
has the same name); how much worse the best other name of a section is tells how sure it is.

| symbol | meaning |
|---|---|
| S | sections |
| L | labels, in the order of :data:`LABELS` |
| A | ways to name the groups |
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Bool, Float, Int

LABELS = (
    "intro",
    "verse",
    "pre-chorus",
    "chorus",
    "post-chorus",
    "dance break",
    "bridge",
    "outro",
)
MOST_NAMED = 5
"""Groups that are named in every way; further ones that repeat are named section by section."""
SURE = 2.0
"""Score ahead of the next name from which on a name is sure."""
NEVER = -50.0
ANOTHER_CHORUS = 1.2
"""What it costs to call a second repeating music the chorus."""
_FOLLOWS = {
    "": {"intro": 0.0, "verse": -0.5, "chorus": -0.8, "pre-chorus": -4.0},
    "intro": {"verse": 0.0, "chorus": -1.0, "pre-chorus": -2.5},
    "verse": {"verse": -0.3, "pre-chorus": 0.0, "chorus": -0.3, "bridge": -2.0, "outro": -2.0,
              "dance break": -2.5},
    "pre-chorus": {"chorus": 0.0, "pre-chorus": -1.5, "dance break": -2.5},
    "chorus": {"verse": 0.0, "post-chorus": -0.2, "chorus": -0.5, "bridge": -0.1, "outro": 0.0,
               "dance break": -0.4, "pre-chorus": -1.5},
    "post-chorus": {"verse": 0.0, "bridge": 0.0, "outro": 0.0, "chorus": -1.0,
                    "dance break": -1.0, "pre-chorus": -1.0, "post-chorus": -1.0},
    "dance break": {"bridge": -0.3, "chorus": -0.1, "pre-chorus": -0.5, "verse": -1.0,
                    "outro": -0.7, "dance break": -1.0},
    "bridge": {"chorus": 0.0, "dance break": -0.3, "pre-chorus": -0.3, "bridge": -0.7,
               "verse": -2.0, "outro": -1.5},
    "outro": {"outro": -0.5},
}  # fmt: skip
"""Scores for what comes after a label ("": at the beginning); what is missing never does."""
_ENDS = {"chorus": -0.3, "post-chorus": -0.5, "verse": -1.5, "dance break": -1.0, "bridge": -2.0}
"""Scores for the last label; an outro has 0, what is missing never ends a song."""


@dataclass(frozen=True, eq=False)
class Named:
    """A name for each section."""

    labels: list[str]
    sure: Float[np.ndarray, " S"]
    """0..1: how far ahead of the next name."""


def name_sections(
    groups: Int[np.ndarray, " S"], fullness: Float[np.ndarray, " S"], bars: Int[np.ndarray, " S"]
) -> Named:
    """Names sections by their groups, mean energy (0..1) and numbers of bars."""
    count = len(groups)
    if count == 1:
        return Named(["verse"], np.zeros(1))
    scores = _scores(groups, fullness, bars)
    ways = _ways(groups)
    choruses = ways.names == LABELS.index("chorus")
    more = np.maximum(choruses.sum(axis=1) - 1, 0)
    scored = np.where(ways.allowed, scores[None], NEVER)
    scored[:, 0] -= ANOTHER_CHORUS * more[:, None]
    best = _best_through(scored)
    top = np.argmax(best.max(axis=(1, 2)))
    chosen = np.argmax(best[top], axis=1)
    ordered = np.sort(best.max(axis=0), axis=1)
    sure = np.clip((ordered[:, -1] - ordered[:, -2]) / SURE, 0.0, 1.0)
    return Named([LABELS[k] for k in chosen], sure)


def _scores(
    groups: Int[np.ndarray, " S"], fullness: Float[np.ndarray, " S"], bars: Int[np.ndarray, " S"]
) -> Float[np.ndarray, "S L"]:
    """How well each label suits each section by itself."""
    count = len(groups)
    span = max(float(np.ptp(fullness)), 0.15)
    full = 1.0 - (fullness.max() - fullness) / span
    times = np.array([int(np.sum(groups == group)) for group in groups])
    ends = np.cumsum(bars) / bars.sum()
    middle = ends - 0.5 * bars / bars.sum()
    number = np.arange(count)
    repeats = times > 1
    any_repeats = bool(np.any(repeats))
    before = np.append(0.0, full[:-1])
    after = np.append(full[1:], 0.0)
    short = bars <= 4
    closing = (number == count - 1) | ((number == count - 2) & (bars[-1] <= 2))
    soft = 1.0 - full
    columns = {
        "intro": np.where(number == 0, 1.0 * soft + 0.5 * (bars <= 8) - 0.6 * repeats, NEVER),
        "verse": 0.6 * repeats - 2.0 * np.maximum(full - 0.7, 0.0) - 0.4 * short
        - 0.8 * (middle > 0.75) + 0.3 * (middle < 0.35),
        "pre-chorus": 0.3 * repeats + 1.0 * np.clip(after - full, -0.5, 0.3)
        - 0.3 * np.maximum(bars - 8, 0) + 0.3 * (full - before > -0.05) - 1.0 * (full > 0.9),
        "chorus": 3.0 * np.minimum(full - 0.75, 0.15) + 0.4 * np.minimum(times, 4)
        - 1.5 * (any_repeats & ~repeats)
        + 0.4 * np.clip(full - before, -0.5, 0.5) - 0.3 * short,
        "post-chorus": 3.0 * np.minimum(full - 0.7, 0.1) - 0.8 * (bars > 8) + 0.4 * repeats
        + 0.3 * short - 0.3 * ~repeats,
        "dance break": 1.5 * (full - 0.6) - 1.5 * repeats + 1.0 * (middle > 0.5) - 0.8 * short,
        "bridge": 0.8 * (middle > 0.5) + 0.8 * soft - 1.5 * repeats - 2.0 * (middle < 0.4),
        "outro": np.where(closing, 1.0 * soft + 0.3 * (bars <= 8), NEVER),
    }  # fmt: skip
    return np.stack([columns[label] for label in LABELS], axis=1)


@dataclass(frozen=True, eq=False)
class _Ways:
    """The ways to name the groups that repeat."""

    names: Int[np.ndarray, "A G"]
    """A label for each of them."""
    allowed: Bool[np.ndarray, "A S L"]
    """Which labels a section may have then."""


def _ways(groups: Int[np.ndarray, " S"]) -> _Ways:
    """All ways to name the groups that repeat.

    Music comes back under its name, but for the song's first and last section.
    """
    count = len(groups)
    members = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    repeated = sorted((m for m in members if len(m) > 1), key=len, reverse=True)[:MOST_NAMED]
    names = [k for k, label in enumerate(LABELS) if label not in ("intro", "outro")]
    ways = np.array(list(product(names, repeat=len(repeated))), dtype=int)
    allowed = np.ones((len(ways), count, len(LABELS)), dtype=bool)
    for place, at in enumerate(repeated):
        allowed[:, at] = False
        allowed[:, at[at == 0], LABELS.index("intro")] = True
        allowed[:, at[at == count - 1], LABELS.index("outro")] = True
        for way, named in enumerate(ways):
            allowed[way, at, named[place]] = True
    return _Ways(ways, allowed)


def _best_through(scored: Float[np.ndarray, "A S L"]) -> Float[np.ndarray, "A S L"]:
    """The highest sum of any row of labels that gives a section that label."""
    follow = np.full((len(LABELS), len(LABELS)), NEVER)
    for one, nexts in _FOLLOWS.items():
        for other, score in nexts.items():
            if one:
                follow[LABELS.index(one), LABELS.index(other)] = score
    first = np.array([_FOLLOWS[""].get(label, NEVER) for label in LABELS])
    last = np.array([0.0 if label == "outro" else _ENDS.get(label, NEVER) for label in LABELS])
    forward, backward = np.empty_like(scored), np.empty_like(scored)
    forward[:, 0] = first + scored[:, 0]
    for k in range(1, scored.shape[1]):
        forward[:, k] = scored[:, k] + np.max(forward[:, k - 1, :, None] + follow, axis=1)
    backward[:, -1] = last
    for k in range(scored.shape[1] - 2, -1, -1):
        onward = (backward[:, k + 1] + scored[:, k + 1])[:, None, :]
        backward[:, k] = np.max(follow + onward, axis=2)
    return forward + backward
