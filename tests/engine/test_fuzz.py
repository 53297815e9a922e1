"""A few hundred broken inputs for every reader; ten thousand are in tests/torture."""

from __future__ import annotations

import sys

import pytest

from tests.fuzzing import fuzz

COUNTS = {
    "tests.fuzz_songs:hear": 60,
    "tests.fuzz_clips:addon_clip": 150,
    "tests.fuzz_clips:engine_clip": 100,
    "tests.fuzz_clips:stored_take": 100,
    "tests.fuzz_texts:read": 300,
}
MOST_MEMORY = 700e6


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are POSIX")
@pytest.mark.parametrize("target", COUNTS)
def test_broken_inputs_are_refused_in_words(target: str) -> None:
    report = fuzz(target, 20_000, COUNTS[target])
    assert not report.faults, str(report)
    assert report.memory < MOST_MEMORY, str(report)
