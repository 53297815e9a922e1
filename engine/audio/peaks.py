"""How a song looks: its waveform in a few numbers, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

HOP_S = 0.05


@dataclass(frozen=True, eq=False)
class Peaks:
    """The largest sample of each stretch of ``hop`` seconds, 1 in the song's loudest."""

    values: Float[np.ndarray, " K"]
    hop: float = HOP_S

    def to_dict(self) -> dict[str, Any]:
        """The JSON of CONTRACT.md."""
        return {"values": self.values.tolist(), "hop": self.hop}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Peaks:
        """Reads what :meth:`to_dict` wrote; KeyError, TypeError or ValueError on anything else."""
        return cls(np.array(data["values"], dtype=np.float64), float(data["hop"]))


def find_peaks(samples: Float[np.ndarray, " N"], sample_rate: int) -> Peaks:
    """The waveform of a song, on a scale of its own."""
    edges = np.arange(0.0, len(samples), HOP_S * sample_rate).round().astype(int)
    values = np.maximum.reduceat(np.abs(samples), edges)
    return Peaks(np.round(values.astype(np.float64) / max(float(values.max()), 1e-9), 3))
