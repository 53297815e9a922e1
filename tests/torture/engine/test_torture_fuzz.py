"""Ten thousand broken inputs for every reader, in processes of their own."""

from __future__ import annotations

import pytest

from tests.fuzzing import LONGEST, fuzz

COUNT = 10_000
MOST_MEMORY = 1e9
TARGETS = (
    "tests.fuzz_songs:hear",
    "tests.fuzz_clips:addon_clip",
    "tests.fuzz_clips:engine_clip",
    "tests.fuzz_clips:stored_take",
    "tests.fuzz_texts:read",
)


@pytest.mark.parametrize("target", TARGETS)
def test_ten_thousand(target: str) -> None:
    report = fuzz(target, 0, COUNT)
    print(report)
    assert report.outcomes.total() == COUNT
    assert not report.faults, str(report)
    assert report.slowest < LONGEST, str(report)
    assert report.memory < MOST_MEMORY, str(report)
