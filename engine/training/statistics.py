"""What a data set is like on the whole: spread of the features, ranks of energy and mood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.model.config import SOURCES
from engine.motion.features import FPS, MIRROR, SLICES, STAGE
from engine.training.dataset import Record

RANKED = 4.0
"""Seconds of the windows over which smoothness and bounce are ranked."""


@dataclass(frozen=True, eq=False)
class Percentiles:
    """Sorted samples of each measure for each source: a value's rank is its percentile."""

    energy: tuple[np.ndarray, ...]
    smoothness: tuple[np.ndarray, ...]
    bounce: tuple[np.ndarray, ...]
    slope: float
    offset: float
    """Log jerk is about ``slope * log speed + offset``; smoothness is what lies below."""

    def rank(self, table: str, source: int, values: np.ndarray | float) -> Any:
        """Percentile 0..1 within a source."""
        ordered = getattr(self, table)[source]
        return np.searchsorted(ordered, values) / max(1, len(ordered))


def measure_percentiles(records: tuple[Record, ...]) -> Percentiles:
    """Ranks over the training records."""
    span = round(RANKED * FPS)
    rows: list[tuple[int, float, float, float]] = []
    energy: list[list[np.ndarray]] = [[] for _ in SOURCES]
    for record in records:
        energy[record.source].append(record.energy)
        for start in range(0, max(1, len(record) - span + 1), span // 2):
            window = slice(start, start + span)
            rows.append(
                (
                    record.source,
                    float(np.log(record.speed[window].mean() + 0.02)),
                    float(0.5 * np.log(record.jerk[window].mean() + 1e-6)),
                    float(np.sqrt(record.bounce[window].mean())),
                )
            )
    source, speed, jerk, bounce = (np.array(column) for column in zip(*rows, strict=True))
    slope, offset = np.polyfit(speed, jerk, 1)
    smoothness = slope * speed + offset - jerk
    numbers = range(len(SOURCES))
    none = np.zeros(1)
    return Percentiles(
        energy=tuple(np.sort(np.concatenate(e)) if e else none for e in energy),
        smoothness=tuple(np.sort(smoothness[source == n]) for n in numbers),
        bounce=tuple(np.sort(bounce[source == n]) for n in numbers),
        slope=float(slope),
        offset=float(offset),
    )


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean and spread of the features."""

    mean: Float[np.ndarray, " F"]
    std: Float[np.ndarray, " F"]


def measure_statistics(records: tuple[Record, ...]) -> Statistics:
    """Statistics over whole bodies.

    The spread of a feature is halfway (geometrically) between its own and that of its slice, so
    that quiet joints neither vanish nor shout.
    """
    whole = [r for r in records if r.columns.min() > 0 and SOURCES[r.source] == "dance"]
    rows = np.concatenate([record.rows for record in whole])
    rows = np.concatenate([rows, rows[:, MIRROR.order] * MIRROR.signs])
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    for part in SLICES.values():
        group = np.sqrt(np.mean(std[part] ** 2))
        std[part] = np.sqrt(np.maximum(std[part], 0.1 * group) * group)
    mean[STAGE], std[STAGE] = 0.0, np.array([0.7, 0.7, 0.6, 0.6])
    mean[SLICES["heading"].stop - 1] = 0.6
    return Statistics(mean.astype(np.float32), std.astype(np.float32))
