"""Holds the ears against authored beats: python -m engine.audio.evaluate DIR [--backend NAME ...]

DIR has one folder for each song, with a sound file called ``audio``, ``beats.txt`` (seconds, one
a line) and, where they are known, ``downbeats.txt`` (the same), ``sections.txt`` (start, end,
label) and ``drums.txt`` (seconds, and kick, snare or hats). Several back ends give one table that
compares them. Needs mir_eval, and is not part of the engine that people run.
``tools/render_songs.py`` makes songs whose truth is exact.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import mir_eval
import numpy as np
from jaxtyping import Float

from engine.audio.analysis import BACKENDS, DEFAULT_BACKEND, SongAnalysis, analyze
from engine.audio.decode import load_song
from engine.audio.drums import DRUMS, Strokes

EVEN_S = 0.03
"""Beats that leave an even grid by no more than this (seconds, 95 of 100) keep their tempo."""


@dataclass(frozen=True)
class Score:
    """One song's figures; nan where the truth is not known."""

    song: str
    tempo: float
    """Beats a minute, as heard."""
    octave_right: float
    """1 if the tempo is within 4% of the authored one, else 0."""
    tempo_error: float
    """Percent of the authored tempo, after folding octaves; nan where it changes."""
    f_measure: float
    """Beats within 70 ms, the first 5 s left out, as mir_eval does."""
    cmlt: float
    """Part of beats tracked at the authored level."""
    amlt: float
    """The same at any level or phase that makes sense."""
    downbeat_f: float
    section_f_half: float
    """Boundaries within 0.5 s, both ends left out."""
    section_f_three: float
    """The same within 3 s."""
    lateness_ms: float
    """Median of heard minus authored, over beats within 70 ms."""
    kick_f: float
    """Strokes within 50 ms."""
    snare_f: float
    hats_f: float
    confidence: float
    decode_s: float
    """CPU seconds a minute of audio."""
    analyze_s: float


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a song; seconds."""

    beats: Float[np.ndarray, " B"]
    downbeats: Float[np.ndarray, " D"] | None
    sections: Float[np.ndarray, "S 2"] | None
    drums: dict[str, Float[np.ndarray, " N"]] = field(default_factory=dict)
    """Strokes by drum."""

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """Reads the text files of a song's folder."""
        downbeats, sections = folder / "downbeats.txt", folder / "sections.txt"
        return cls(
            np.loadtxt(folder / "beats.txt", ndmin=1),
            np.loadtxt(downbeats, ndmin=1) if downbeats.exists() else None,
            np.loadtxt(sections, usecols=(0, 1), ndmin=2) if sections.exists() else None,
            _read_drums(folder / "drums.txt"),
        )


def _read_drums(path: Path) -> dict[str, Float[np.ndarray, " N"]]:
    rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    struck = [row.split() for row in rows]
    return {
        name: np.unique([float(time) for time, drum in struck if drum == name]) for name in DRUMS
    }


def evaluate_song(folder: Path, backend: str) -> Score:
    """Scores one song against the text files beside it."""
    started = time.process_time()
    song = load_song(next(folder.glob("audio.*")))
    decoded = time.process_time()
    heard = analyze(song, backend)
    ended = time.process_time()
    minutes = song.duration / 60.0
    cost = ((decoded - started) / minutes, (ended - decoded) / minutes)
    return score(folder.name, heard, Truth.read(folder), cost)


def score(
    name: str, heard: SongAnalysis, truth: Truth, cost: tuple[float, float] = (np.nan, np.nan)
) -> Score:
    """Marks for what was heard. ``cost``: CPU seconds a minute for decoding and analysis."""
    reference, estimate = (mir_eval.beat.trim_beats(b) for b in (truth.beats, heard.beats))
    continuity = mir_eval.beat.continuity(reference, estimate)
    tempo, even = _authored_tempo(truth.beats)
    octave = 2.0 ** np.rint(np.log2(heard.tempo / tempo))
    return Score(
        song=name,
        tempo=heard.tempo,
        octave_right=float(abs(heard.tempo / tempo - 1.0) < 0.04),
        tempo_error=100.0 * (heard.tempo / octave / tempo - 1.0) if even else np.nan,
        f_measure=mir_eval.beat.f_measure(reference, estimate),
        cmlt=continuity[1],
        amlt=continuity[3],
        downbeat_f=_downbeat_f(heard, truth),
        section_f_half=_section_f(heard, truth, 0.5),
        section_f_three=_section_f(heard, truth, 3.0),
        lateness_ms=1000.0 * _lateness(heard.beats, truth.beats),
        **{f"{name}_f": _stroke_f(heard, truth, name) for name in DRUMS},
        confidence=heard.confidence.beats,
        decode_s=cost[0],
        analyze_s=cost[1],
    )


def evaluate(folder: Path, backend: str = DEFAULT_BACKEND) -> list[Score]:
    """Scores every song below ``folder``."""
    return [evaluate_song(beats.parent, backend) for beats in sorted(folder.glob("*/beats.txt"))]


_COLUMNS = (
    ("octave right", "octave_right", ".2f"),
    ("tempo error %", "tempo_error", "+.4f"),
    ("F (70 ms)", "f_measure", ".3f"),
    ("CMLt", "cmlt", ".3f"),
    ("AMLt", "amlt", ".3f"),
    ("downbeat F", "downbeat_f", ".3f"),
    ("section F 0.5 s", "section_f_half", ".2f"),
    ("3 s", "section_f_three", ".2f"),
    ("late ms", "lateness_ms", "+.1f"),
    ("kick F 50 ms", "kick_f", ".2f"),
    ("snare F", "snare_f", ".2f"),
    ("hats F", "hats_f", ".2f"),
    ("confidence", "confidence", ".2f"),
    ("decode s/min", "decode_s", ".2f"),
    ("analyse s/min", "analyze_s", ".2f"),
)
_MEDIANS = {"tempo_error", "lateness_ms"}
"""Figures of which the last row gives the median size, not the mean."""


def table(scores: list[Score], total: str = "all") -> str:
    """The scores in Markdown; the last row is :func:`total_row`."""
    rows = [_row([score.song, f"{score.tempo:.2f}"], _figures([score])) for score in scores]
    return "\n".join([head(), *rows, total_row(scores, total)])


def head() -> str:
    """The table's first two lines."""
    names = ["song", "BPM", *(name for name, _, _ in _COLUMNS)]
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def total_row(scores: list[Score], name: str) -> str:
    """Means over the songs; of tempo error and lateness the median size."""
    return _row([name, ""], _figures(scores, of_sizes=True))


def _row(first: list[str], figures: list[str]) -> str:
    return f"| {' | '.join(first + figures)} |"


def _figures(scores: list[Score], of_sizes: bool = False) -> list[str]:
    figures = []
    for _, attribute, form in _COLUMNS:
        values = np.array([getattr(score, attribute) for score in scores])
        values = values[np.isfinite(values)]
        median = of_sizes and attribute in _MEDIANS
        if len(values) == 0:
            figures.append("")
            continue
        value = np.median(np.abs(values)) if median else np.mean(values)
        figures.append(format(float(value), form.lstrip("+") if median else form))
    return figures


def _authored_tempo(beats: Float[np.ndarray, " B"]) -> tuple[float, bool]:
    """Beats a minute, and whether the tempo is the same all along."""
    number = np.arange(len(beats))
    period, start = np.polyfit(number, beats, 1)
    beside = np.abs(beats - (start + period * number))
    even = bool(np.percentile(beside, 95) <= EVEN_S)
    return 60.0 / float(period if even else np.median(np.diff(beats))), even


def _downbeat_f(heard: SongAnalysis, truth: Truth) -> float:
    if truth.downbeats is None:
        return np.nan
    trimmed = (mir_eval.beat.trim_beats(b) for b in (truth.downbeats, heard.downbeats))
    return float(mir_eval.beat.f_measure(*trimmed))


def _section_f(heard: SongAnalysis, truth: Truth, window: float) -> float:
    if truth.sections is None or len(truth.sections) < 2:
        return np.nan
    estimate = np.array([(section.start, section.end) for section in heard.sections])
    if len(estimate) < 2:
        return 0.0
    return float(mir_eval.segment.detection(truth.sections, estimate, window, trim=True)[2])


def _stroke_f(heard: SongAnalysis, truth: Truth, drum: str) -> float:
    known = truth.drums.get(drum, np.zeros(0))
    if heard.drums is None or not len(known):
        return np.nan
    found: Strokes = getattr(heard.drums, drum)
    return float(mir_eval.onset.f_measure(known, found.times, window=0.05)[0])


def _lateness(heard: Float[np.ndarray, " B"], truth: Float[np.ndarray, " T"]) -> float:
    """Median of heard minus authored in seconds; nan where nothing is within 70 ms."""
    late = heard[np.argmin(np.abs(heard[None, :] - truth[:, None]), axis=1)] - truth
    near = late[np.abs(late) <= 0.07]
    return float(np.median(near)) if len(near) else np.nan


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.audio.evaluate")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backend", choices=sorted(BACKENDS), nargs="+", default=[DEFAULT_BACKEND])
    options = parser.parse_args(arguments)
    scores = {backend: evaluate(options.folder, backend) for backend in options.backend}
    if not all(scores.values()):
        sys.stderr.write(f"No song with beats.txt below {options.folder}.\n")
        return 1
    for backend, found in scores.items():
        sys.stdout.write(table(found, f"all, {backend}") + "\n\n")
    if len(scores) > 1:
        rows = [total_row(found, backend) for backend, found in scores.items()]
        sys.stdout.write("\n".join([head(), *rows]) + "\n\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    sys.stdout.write(f"Peak memory of the whole run: {peak:.0f} MB.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
