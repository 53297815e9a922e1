"""Names for moments of a song: bars, counts and sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class Timed(Protocol):
    """What moments are named in: a clip, or a part of a song (:class:`SongPart`)."""

    @property
    def beats(self) -> np.ndarray:
        """Seconds ``[B]`` from the start."""

    @property
    def downbeats(self) -> np.ndarray:
        """Seconds ``[D]`` from the start."""

    @property
    def song_start(self) -> float:
        """Second of the song at the start."""

    @property
    def duration(self) -> float:
        """Seconds."""

    @property
    def meta(self) -> dict[str, Any]:
        """``analysis`` holds the SongAnalysis."""


@dataclass(frozen=True)
class SongPart:
    """A part of a heard song, with what moments are named by."""

    analysis: dict[str, Any]
    song_start: float
    duration: float

    @property
    def beats(self) -> np.ndarray:
        """Seconds ``[B]`` from the start of the part."""
        return self._within("beats")

    @property
    def downbeats(self) -> np.ndarray:
        """Seconds ``[D]`` from the start of the part."""
        return self._within("downbeats")

    @property
    def meta(self) -> dict[str, Any]:
        """As in a clip."""
        return {"analysis": self.analysis}

    def _within(self, name: str) -> np.ndarray:
        times = np.asarray(self.analysis.get(name) or [], dtype=float) - self.song_start
        return times[(times > -1e-6) & (times <= self.duration + 1e-6)]


@dataclass(frozen=True)
class Moment:
    """A named second of the dance."""

    seconds: float
    name: str
    is_downbeat: bool = False
    is_section: bool = False


def moments(clip: Timed, with_beats: bool) -> tuple[Moment, ...]:
    """Downbeats as ``bar.1``, sections by name, and other beats as ``bar.count`` if asked for.

    Bars are counted from the song's first downbeat, also in a clip from the middle of the song;
    beats before it belong to bar 0. A section that starts on a beat shares its name:
    ``5.1 Chorus``.
    """
    if len(clip.downbeats) == 0:
        counted = [Moment(float(t), f"0.{n}") for n, t in enumerate(clip.beats, 1)]
        beats = counted if with_beats else []
    else:
        beats = [m for m in _counted_beats(clip) if with_beats or m.is_downbeat]
    return _with_sections(beats, sections(clip), clip)


def sections(clip: Timed) -> tuple[Moment, ...]:
    """The starts of the song's sections within the clip, in seconds of the clip."""
    found: list[Any] = clip.meta.get("analysis", {}).get("sections", [])
    starts = [
        (float(s["start"]) - clip.song_start, float(s["end"]) - clip.song_start, s) for s in found
    ]
    return tuple(
        Moment(max(start, 0.0), str(section["label"]).title(), is_section=True)
        for start, end, section in starts
        if end > 0 and start <= clip.duration
    )


def _counted_beats(clip: Timed) -> list[Moment]:
    """Every beat of the clip with its bar and count."""
    near = _tolerance(clip)
    first_bar = 1 + _bars_before(clip, near)
    bars = np.searchsorted(clip.downbeats, clip.beats + near, side="right") - 1
    per_bar = int(clip.meta.get("analysis", {}).get("beats_per_bar", 4))
    named = []
    for number, (seconds, bar) in enumerate(zip(clip.beats, bars, strict=True)):
        if bar >= 0:
            count = 1 + int(np.sum(bars[:number] == bar))
        else:
            count = per_bar - int(np.sum(bars[number:] == bar)) + 1
        on_one = bar >= 0 and abs(seconds - clip.downbeats[bar]) <= near
        named.append(Moment(float(seconds), f"{first_bar + bar}.{count}", is_downbeat=bool(on_one)))
    return named


def _bars_before(clip: Timed, near: float) -> int:
    """How many downbeats of the song lie before the clip."""
    song = np.asarray(clip.meta.get("analysis", {}).get("downbeats", []), dtype=float)
    return int(np.sum(song < clip.song_start + clip.downbeats[0] - near))


def _tolerance(clip: Timed) -> float:
    """Seconds within which two times are the same beat: a quarter of a beat."""
    return float(np.median(np.diff(clip.beats))) / 4 if len(clip.beats) > 1 else 0.1


def _with_sections(
    beats: list[Moment], starts: tuple[Moment, ...], clip: Timed
) -> tuple[Moment, ...]:
    """Beats and sections in order; a section within reach of a beat lends it its name."""
    named = list(beats)
    for section in starts:
        near = [
            n
            for n, beat in enumerate(named)
            if abs(beat.seconds - section.seconds) <= _tolerance(clip)
        ]
        if near:
            beat = named[near[0]]
            named[near[0]] = Moment(
                beat.seconds, f"{beat.name} {section.name}", beat.is_downbeat, is_section=True
            )
        else:
            named.append(section)
    return tuple(sorted(named, key=lambda moment: moment.seconds))
