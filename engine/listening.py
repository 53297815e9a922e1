"""What ``analyze`` does: hears a song, takes corrections in, draws it, makes it click."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.audio.analysis import DEFAULT_BACKEND, SongAnalysis
from engine.audio.correction import Correction, NamedSection, correct, make_correction
from engine.audio.decode import load_song, song_digest
from engine.audio.remembered import correction_of, heard, keep_correction, known
from engine.untrusted import read_json


@dataclass(frozen=True)
class Steps:
    """Corrections by one call of the command line; they come on top of those that are kept."""

    forget: bool = False
    halve: bool = False
    double: bool = False
    nudge_ms: float = 0.0
    one: int = 0
    beats_per_bar: int | None = None
    taps: tuple[float, ...] = ()
    sections: tuple[NamedSection, ...] = ()

    def on(self, kept: Correction) -> Correction:
        """The correction that is to be kept."""
        before = Correction() if self.forget else kept
        factor = before.factor * (2.0 if self.double else 1.0) * (0.5 if self.halve else 1.0)
        changed = replace(
            before,
            factor=1.0 if self.taps else factor,
            taps=self.taps or before.taps,
            nudge_ms=(0.0 if self.taps else before.nudge_ms) + self.nudge_ms,
            one=(0 if self.taps else before.one) + self.one,
            beats_per_bar=self.beats_per_bar or before.beats_per_bar,
            sections=self.sections or before.sections,
        )
        return make_correction(changed.to_dict())


def listen_corrected(
    path: Path, correction: Correction | None, backend: str = DEFAULT_BACKEND
) -> tuple[SongAnalysis, Correction]:
    """The analysis of a file with a correction, which is kept; None takes the one that is kept.

    A song that was heard before is not even decoded. Nothing is kept that does not fit the song.

    Raises:
        ChoreoError: as ``analyze``; ``correction_invalid``, ``correction_not_kept``.
    """
    digest = song_digest(path)
    analysis = known(digest, backend) or heard(load_song(path), backend)
    kept = correction_of(digest)
    wanted = kept if correction is None else correction
    result = correct(analysis, wanted)
    if wanted != kept:
        keep_correction(digest, wanted)
    return result, wanted


def as_told(analysis: SongAnalysis, correction: Correction) -> dict[str, Any]:
    """The JSON of CONTRACT.md with the correction in it."""
    return analysis.to_dict() | {"correction": correction.to_dict()}


def read_sections(text: str) -> tuple[NamedSection, ...]:
    """Sections from a JSON list of ``{"start", "label"}``, as ``analyze --json`` shows them."""
    try:
        rows = read_json(text)
    except ValueError:
        rows = None
    return make_correction({"sections": rows}).sections


def plot_file(song: Path, analysis: SongAnalysis, path: Path) -> None:
    """Draws what was heard (``engine/audio/plot.py``); Pillow is needed only here."""
    from engine.audio.plot import plot

    plot(load_song(song), analysis, path)
