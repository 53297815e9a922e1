"""Songs whose beats are known because somebody wrote them down: grids, structures, and real ones.

Figures about the beat are held against these beats and never against what our own ears found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from engine.audio.analysis import analyze
from engine.audio.decode import load_song
from engine.audio.energy import HOP_S
from engine.audio.summary import Confidence, Energy, Section, SongAnalysis
from engine.errors import ChoreoError

BEATS_PER_BAR = 4
LEAST_RANGE_DB = 12.0
"""Decibels that the energy scale of :func:`structured_song` spans, as the ears' scale does."""


@dataclass(frozen=True, eq=False)
class JudgedSong:
    """What the dancer hears, and the beats that the dance is judged by."""

    name: str
    heard: SongAnalysis
    beats: Float[np.ndarray, " B"]
    """Seconds of the song, authored."""

    @property
    def tempo(self) -> float:
        """BPM of the authored beats."""
        return 60.0 / float(np.median(np.diff(self.beats)))


def silent_song(tempo: float, seconds: float = 24.0) -> SongAnalysis:
    """An analysis with beats at an exact tempo from 0 s, bars of four, and even loudness."""
    beats = np.arange(0.0, seconds, 60.0 / tempo)
    curve = np.full(round(seconds / HOP_S), 0.5)
    section = Section(0.0, seconds, "verse", 0, 1.0)
    return _analysis(tempo, seconds, beats, curve, (section,))


def grid_song(tempo: float, seconds: float = 24.0) -> JudgedSong:
    """:func:`silent_song`, judged by its own exact beats."""
    heard = silent_song(tempo, seconds)
    return JudgedSong(f"grid {tempo:g}", heard, heard.beats)


@dataclass(frozen=True)
class Part:
    """A section of :data:`STRUCTURE`."""

    label: str
    group: int
    bars: int
    decibels: float
    """Loudness against the chorus."""


_PARTS = {
    "intro": Part("intro", 0, 4, -9.0),
    "verse": Part("verse", 1, 16, -6.0),
    "rise": Part("verse", 2, 8, -3.0),
    "chorus": Part("chorus", 3, 16, 0.0),
    "break": Part("bridge", 4, 8, -10.0),
    "outro": Part("outro", 5, 4, -9.0),
}
STRUCTURE = (
    *("intro", "verse", "rise", "chorus", "verse", "rise", "chorus", "break", "chorus", "outro"),
)
"""How most pop songs go; the chorus comes three times, verse and rise twice."""


def structured_song(
    tempo: float = 112.0, structure: tuple[str, ...] = STRUCTURE, seconds: float = 240.0
) -> SongAnalysis:
    """A song of verses and choruses of different loudness, at an exact tempo, without sound.

    Loudness becomes energy as the ears do it: 0 dB is 1, and 12 dB less is 0.

    Args:
        seconds: the song ends here, whatever section it is in.
    """
    bar = BEATS_PER_BAR * 60.0 / tempo
    sections, curve, start = [], [], 0.0
    for name in structure:
        part = _PARTS[name]
        end = min(start + part.bars * bar, seconds)
        if end - start < bar:
            break
        sections.append(Section(start, end, part.label, part.group, 1.0))
        level = np.clip(1.0 + part.decibels / LEAST_RANGE_DB, 0.0, 1.0)
        curve += [level] * (round(end / HOP_S) - round(start / HOP_S))
        start = end
    beats = np.arange(0.0, start, 60.0 / tempo)
    return _analysis(tempo, start, beats, np.array(curve), tuple(sections))


def authored_songs(folder: Path) -> list[JudgedSong]:
    """Songs with ``beats.txt`` (seconds, one a line) beside ``audio.*``, heard by our own ears.

    Raises:
        ChoreoError: ``songs_missing`` if the folder holds none; ``song_unreadable``.
    """
    songs = []
    for beats in sorted(folder.glob("*/beats.txt")):
        audio = next(iter(sorted(beats.parent.glob("audio.*"))), None)
        if audio is not None:
            heard = analyze(load_song(audio))
            songs.append(JudgedSong(beats.parent.name, heard, np.loadtxt(beats)))
    if not songs:
        raise ChoreoError(
            "songs_missing",
            f"There is no song with beats.txt below {folder}.",
            "Name a folder that holds SONG/audio.ogg and SONG/beats.txt.",
        )
    return songs


def demo_song() -> JudgedSong | None:
    """Our own song, whose beats are known because we composed it; None outside the project."""
    audio = Path(__file__).parents[3] / "assets" / "demo_song.ogg"
    if not audio.exists():
        return None
    truth = json.loads(audio.with_suffix(".json").read_text(encoding="utf-8"))
    return JudgedSong(audio.stem, analyze(load_song(audio)), np.array(truth["beats"]))


def _analysis(
    tempo: float,
    seconds: float,
    beats: Float[np.ndarray, " B"],
    curve: Float[np.ndarray, " E"],
    sections: tuple[Section, ...],
) -> SongAnalysis:
    return SongAnalysis(
        duration=seconds,
        tempo=tempo,
        beats=beats,
        downbeats=beats[::BEATS_PER_BAR],
        beats_per_bar=BEATS_PER_BAR,
        energy=Energy(mean=float(curve.mean()), curve=curve, hop=HOP_S),
        key="C major",
        sections=sections,
        confidence=Confidence(1.0, 1.0, 1.0, 1.0, 1.0),
        backend="none",
        song_sha256="",
    )
