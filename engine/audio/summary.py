"""What the ears found, in the form of CONTRACT.md ('SongAnalysis')."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.audio.activations import Activations
from engine.audio.beats import Beats
from engine.audio.decode import Song
from engine.audio.downbeats import Bars, find_bars
from engine.audio.drums import Drums, find_drums
from engine.audio.energy import Energy, find_energy
from engine.audio.events import Events, find_entrances, find_events
from engine.audio.hits import Hits, find_hits
from engine.audio.key import Chroma, find_chroma, find_key
from engine.audio.loudness import Loudness, find_loudness, k_power, k_squares
from engine.audio.onsets import Onsets
from engine.audio.peaks import Peaks, find_peaks
from engine.audio.sections import Section, find_sections
from engine.errors import ChoreoError

UNSTEADY = 0.2
"""Confidence in beats up to which no steady beat was found, and the beats are a guess."""


@dataclass(frozen=True)
class Confidence:
    """How far each part of an analysis can be trusted, 0 (a guess) to 1."""

    tempo: float
    beats: float
    downbeats: float
    key: float
    sections: float


@dataclass(frozen=True, eq=False)
class SongAnalysis:
    """Tempo, beats, bars, energy, key and sections of a song. Times are seconds of the song."""

    duration: float
    tempo: float
    """Beats a minute."""
    beats: Float[np.ndarray, " B"]
    downbeats: Float[np.ndarray, " D"]
    """Those of the beats that begin a bar."""
    beats_per_bar: int
    energy: Energy
    key: str
    sections: tuple[Section, ...]
    confidence: Confidence
    backend: str
    song_sha256: str
    hits: Hits | None = None
    """How the beats strike; None in analyses from elsewhere that do not tell it."""
    loudness: Loudness | None = None
    """In LUFS; None like ``hits``."""
    events: Events | None = None
    """Breaks, drops and silences; None like ``hits``."""
    drums: Drums | None = None
    """Strokes of kick, snare and hats; None like ``hits``."""
    peaks: Peaks | None = None
    """The waveform; None like ``hits``."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON of CONTRACT.md: only numbers, strings, lists and dictionaries."""
        data: dict[str, Any] = {
            "duration": self.duration,
            "tempo": self.tempo,
            "beats": self.beats.tolist(),
            "downbeats": self.downbeats.tolist(),
            "beats_per_bar": self.beats_per_bar,
            "energy": {
                "mean": self.energy.mean,
                "curve": self.energy.curve.tolist(),
                "hop": self.energy.hop,
            },
            "key": self.key,
            "sections": [asdict(section) for section in self.sections],
            "confidence": asdict(self.confidence),
            "backend": self.backend,
            "song_sha256": self.song_sha256,
        }
        if self.hits is not None:
            data["hits"] = {
                "attack": self.hits.attack.tolist(),
                "level": self.hits.level.tolist(),
            }
        if self.loudness is not None:
            data["loudness"] = self.loudness.to_dict()
        if self.events is not None:
            data["events"] = self.events.to_dict()
        if self.drums is not None:
            data["drums"] = self.drums.to_dict()
        if self.peaks is not None:
            data["peaks"] = self.peaks.to_dict()
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SongAnalysis:
        """Reads what :meth:`to_dict` wrote.

        Raises:
            ChoreoError: ``analysis_unreadable`` if something is missing or of another kind.
        """
        try:
            energy, hits = data["energy"], data.get("hits")
            return cls(
                duration=float(data["duration"]),
                tempo=float(data["tempo"]),
                beats=_numbers(data["beats"]),
                downbeats=_numbers(data["downbeats"]),
                beats_per_bar=int(data["beats_per_bar"]),
                energy=Energy(
                    _numbers(energy["curve"]),
                    float(energy["mean"]),
                    float(energy["hop"]),
                ),
                key=str(data["key"]),
                sections=tuple(Section(**section) for section in data["sections"]),
                confidence=Confidence(**data["confidence"]),
                backend=str(data["backend"]),
                song_sha256=str(data["song_sha256"]),
                hits=Hits(_numbers(hits["attack"]), _numbers(hits["level"])) if hits else None,
                loudness=Loudness.from_dict(data["loudness"]) if data.get("loudness") else None,
                events=Events.from_dict(data["events"]) if data.get("events") else None,
                drums=Drums.from_dict(data["drums"]) if data.get("drums") else None,
                peaks=Peaks.from_dict(data["peaks"]) if data.get("peaks") else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ChoreoError(
                "analysis_unreadable",
                "This is not a complete song analysis.",
                "Analyse the song again.",
            ) from error


def _numbers(values: Any) -> Float[np.ndarray, " n"]:
    """A list of finite numbers as an array; anything else is a ValueError or TypeError."""
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1 or not np.all(np.isfinite(array)):
        raise ValueError("not a list of numbers")
    return array


def summarize(
    song: Song,
    onsets: Onsets,
    beats: Beats,
    backend: str,
    activations: Activations | None = None,
    bars: Bars | None = None,
    chroma: Chroma | None = None,
) -> SongAnalysis:
    """Everything else that is heard once the beats, and perhaps bars and chroma, are known."""
    if chroma is None:
        chroma = find_chroma(song.samples, song.sample_rate)
    drums = find_drums(song.samples, song.sample_rate)
    squares = k_squares(song.samples, song.sample_rate)
    power = k_power(squares, song.sample_rate)
    energy = find_energy(power)
    key = find_key(chroma)
    if bars is None:
        bars = find_bars(onsets, chroma, beats.times, beats.confidence, activations)
    times = np.round(beats.times, 6)
    downbeats = times[bars.numbers]
    end = min(2.0 * float(times[-1]) - float(times[-2]), song.duration)
    sections = find_sections(onsets, chroma, energy, downbeats, float(times[0]), end)
    loudness = find_loudness(power)
    entrances = find_entrances(energy, sections, beats.tempo, bars.beats_per_bar)
    clear = float(np.mean([section.confidence for section in sections]))
    confidence = Confidence(
        tempo=round(beats.tempo_confidence, 3),
        beats=round(beats.confidence, 3),
        downbeats=round(bars.confidence, 3),
        key=round(key.confidence, 3),
        sections=round(0.7 * clear * bars.confidence, 3),
    )
    return SongAnalysis(
        duration=song.duration,
        tempo=round(beats.tempo, 4),
        beats=times,
        downbeats=downbeats,
        beats_per_bar=bars.beats_per_bar,
        energy=Energy(np.round(energy.curve, 4), round(energy.mean, 4)),
        key=key.name,
        sections=sections,
        confidence=confidence,
        backend=backend,
        song_sha256=song.sha256,
        hits=find_hits(onsets, times),
        loudness=loudness,
        events=find_events(squares, song.sample_rate, loudness, times, entrances),
        drums=drums,
        peaks=find_peaks(song.samples, song.sample_rate),
    )
