"""Holds the ears against authored beats: python -m engine.audio.evaluate DIR [--backend NAME]

DIR has one folder for each song, with a sound file called ``audio`` and ``beats.txt`` (seconds,
one a line). Needs mir_eval, and is not part of the engine that people run.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np
from jaxtyping import Float

from engine.audio.analysis import BACKENDS, analyze
from engine.audio.decode import load_song


@dataclass(frozen=True)
class Score:
    """One song's figures."""

    song: str
    tempo: float
    """Beats a minute, as heard."""
    tempo_error: float
    """Percent of the authored tempo, after folding octaves."""
    f_measure: float
    """Beats within 70 ms, the first 5 s left out, as mir_eval does."""
    cmlt: float
    """Part of beats tracked at the authored level."""
    amlt: float
    """The same at any level or phase that makes sense."""
    lateness_ms: float
    """Median of heard minus authored, over beats within 70 ms."""
    confidence: float
    decode_s: float
    """Seconds a minute of audio."""
    analyze_s: float


def evaluate_song(audio: Path, beats_file: Path, backend: str) -> Score:
    """Scores one song against the beats of a text file."""
    truth = np.loadtxt(beats_file)
    started = time.perf_counter()
    song = load_song(audio)
    decoded = time.perf_counter()
    heard = analyze(song, backend)
    ended = time.perf_counter()
    minutes = song.duration / 60.0
    reference, estimate = (mir_eval.beat.trim_beats(b) for b in (truth, heard.beats))
    continuity = mir_eval.beat.continuity(reference, estimate)
    authored = 60.0 / float(np.polyfit(np.arange(len(truth)), truth, 1)[0])
    octave = 2.0 ** np.rint(np.log2(heard.tempo / authored))
    return Score(
        song=audio.parent.name,
        tempo=heard.tempo,
        tempo_error=100.0 * (heard.tempo / octave / authored - 1.0),
        f_measure=mir_eval.beat.f_measure(reference, estimate),
        cmlt=continuity[1],
        amlt=continuity[3],
        lateness_ms=1000.0 * _lateness(heard.beats, truth),
        confidence=heard.confidence.beats,
        decode_s=(decoded - started) / minutes,
        analyze_s=(ended - decoded) / minutes,
    )


def evaluate(folder: Path, backend: str = "comb") -> list[Score]:
    """Scores every song below ``folder``."""
    return [
        evaluate_song(next(beats.parent.glob("audio.*")), beats, backend)
        for beats in sorted(folder.glob("*/beats.txt"))
    ]


def table(scores: list[Score]) -> str:
    """The scores in Markdown, with their means."""
    rows = [
        "| song | BPM | tempo error % | F (70 ms) | CMLt | AMLt | late ms | confidence "
        "| decode s/min | analyse s/min |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [_row(score.song, f"{score.tempo:.2f}", [score]) for score in scores]
    return "\n".join([*rows, _row("mean", "", scores)])


def _row(name: str, tempo: str, scores: list[Score]) -> str:
    def mean(attribute: str) -> float:
        return float(np.mean([getattr(score, attribute) for score in scores]))

    return (
        f"| {name} | {tempo} | {mean('tempo_error'):+.4f} | {mean('f_measure'):.3f} "
        f"| {mean('cmlt'):.3f} | {mean('amlt'):.3f} | {mean('lateness_ms'):+.1f} "
        f"| {mean('confidence'):.2f} | {mean('decode_s'):.2f} | {mean('analyze_s'):.2f} |"
    )


def _lateness(heard: Float[np.ndarray, " B"], truth: Float[np.ndarray, " T"]) -> float:
    """Median of heard minus authored in seconds; nan where nothing is within 70 ms."""
    nearest = heard[np.argmin(np.abs(heard[None, :] - truth[:, None]), axis=1)]
    late = nearest - truth
    return float(np.median(late[np.abs(late) <= 0.07])) if np.any(np.abs(late) <= 0.07) else np.nan


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m engine.audio.evaluate")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backend", choices=sorted(BACKENDS), default="comb")
    options = parser.parse_args(arguments)
    scores = evaluate(options.folder, options.backend)
    if not scores:
        sys.stderr.write(f"No song with beats.txt below {options.folder}.\n")
        return 1
    sys.stdout.write(table(scores) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
