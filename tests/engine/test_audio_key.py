"""The key of chord progressions, where relatives share their chords and songs end higher."""

from __future__ import annotations

import numpy as np
import pytest

from engine.audio.key import PITCHES, Chroma, find_key

RATE = 10.0


def played(roots: list[int], tonic: int = 0, seconds: float = 2.0) -> np.ndarray:
    """Pitch classes of triads with some of everything else; roots above ``tonic`` of its major."""
    rows = []
    for root in roots:
        chord = np.full(12, 0.1)
        third = 3 if root in (9, 2, 4) else 4
        chord[[(tonic + root + tone) % 12 for tone in (0, third, 7)]] += [1.0, 0.7, 0.8]
        rows.append(np.tile(chord, (int(seconds * RATE), 1)))
    return np.concatenate(rows)


def key(frames: np.ndarray) -> str:
    return find_key(Chroma(RATE, frames)).name


@pytest.mark.parametrize("tonic", range(12))
def test_last_chord_tells_a_key_from_its_relative(tonic: int) -> None:
    loop = [9, 7, 0, 9] * 8  # vi V I vi
    assert key(played([*loop, 0], tonic)) == f"{PITCHES[tonic]} major"
    assert key(played([*loop, 9], tonic)) == f"{PITCHES[(tonic + 9) % 12]} minor"


@pytest.mark.parametrize("lift", [1, 2])
def test_a_last_chorus_that_is_higher_does_not_change_the_key(lift: int) -> None:
    song = [0, 7, 9, 5] * 10
    end = [0, 7, 9, 5, 0, 7, 9, 5, 0, 7, 9, 5, 0]
    assert key(np.concatenate([played(song, 7), played(end, 7 + lift)])) == "G major"
    minor = [9, 5, 7, 9] * 10
    ending = [9, 5, 7, 9, 9, 5, 7, 9]
    assert key(np.concatenate([played(minor, 3), played(ending, 3 + lift)])) == "C minor"


def test_a_relative_makes_unsure_and_nothing_has_no_key() -> None:
    clear = find_key(Chroma(RATE, played([0, 5, 7, 0] * 8)))
    loop = find_key(Chroma(RATE, played([9, 0, 7, 9] * 8)))
    assert clear.name == "C major"
    assert clear.confidence > loop.confidence
    assert find_key(Chroma(RATE, np.ones((200, 12)))).confidence == 0.0
