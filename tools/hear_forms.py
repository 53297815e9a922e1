"""Holds sections, names, key and breaks against rendered pop songs: python tools/hear_forms.py

Renders songs in memory (``rendered_forms.py``), hears them and prints a table; librosa's
agglomerative segmentation, given as many sections as ours, is the other judge. Needs mir_eval.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import librosa
import mir_eval
import numpy as np
from rendered_forms import FORMS, FormTruth, form_song, render_form
from scipy.signal import resample_poly

from engine.audio.analysis import SongAnalysis, analyze
from engine.audio.decode import ANALYSIS_RATE, Song

STEP_S = 0.5
"""Labels are compared every so many seconds."""
COLUMNS = ("F 0.5 s", "F 3 s", "librosa F 0.5 s", "F 3 s", "pairwise F", "labels right", "key",
           "breaks heard", "breaks true")  # fmt: skip


def figures(truth: FormTruth, song: Song, heard: SongAnalysis) -> list[float]:
    """In the order of :data:`COLUMNS`; nan where there is nothing to hear."""
    spans = np.array([section[:2] for section in truth.song.sections])
    labels = [section[2] for section in truth.song.sections]
    ours = np.array([(section.start, section.end) for section in heard.sections])
    groups = [str(section.group) for section in heard.sections]
    whole = {"t_min": 0.0, "t_max": float(spans[-1, 1])}
    known = mir_eval.util.adjust_intervals(spans, labels, **whole)
    found = mir_eval.util.adjust_intervals(ours, groups, **whole)
    edges = librosa_edges(song, heard, len(ours))
    theirs = np.stack([edges[:-1], edges[1:]], axis=1)
    times = np.arange(spans[0, 0] + STEP_S, spans[-1, 1], STEP_S)
    named = [heard.sections[_at(ours, t)].label == labels[_at(spans, t)] for t in times]
    fallen = _beats_in(truth.song.beats, truth.breaks)
    breaks = [] if heard.events is None else heard.events.breaks
    still = _beats_in(truth.song.beats, [(one.start, one.end) for one in breaks])
    both = len(fallen & still)
    return [
        *(_boundary_f(spans, estimate, w) for estimate in (ours, theirs) for w in (0.5, 3.0)),
        mir_eval.segment.pairwise(*known, *found)[2],
        float(np.mean(named)),
        mir_eval.key.weighted_score(truth.key, heard.key),
        both / len(fallen) if fallen else np.nan,
        both / len(still) if still else np.nan,
    ]


def librosa_edges(song: Song, heard: SongAnalysis, count: int) -> np.ndarray:
    """Edges of as many sections by librosa's recipe, on our beats, in seconds."""
    frames = librosa.time_to_frames(heard.beats, sr=ANALYSIS_RATE)
    timbre = librosa.feature.mfcc(y=song.samples, sr=ANALYSIS_RATE, n_mfcc=13)
    chroma = librosa.feature.chroma_stft(y=song.samples, sr=ANALYSIS_RATE)
    both = np.vstack([librosa.util.normalize(part, axis=1) for part in (timbre, chroma)])
    beats = librosa.feature.stack_memory(librosa.util.sync(both, frames, pad=False), n_steps=4)
    begins = heard.beats[librosa.segment.agglomerative(beats, count)]
    return np.append(begins, heard.sections[-1].end)


def _boundary_f(truth: np.ndarray, estimate: np.ndarray, window: float) -> float:
    return float(mir_eval.segment.detection(truth, estimate, window, trim=True)[2])


def _at(spans: np.ndarray, time: float) -> int:
    """The section at a time; the last one after its end."""
    return int(np.clip(np.searchsorted(spans[:, 0], time, side="right") - 1, 0, len(spans) - 1))


def _beats_in(beats: np.ndarray, stretches: Iterable[tuple[float, float]]) -> set[int]:
    slack = 0.25 * float(np.median(np.diff(beats)))
    return {
        k
        for k, beat in enumerate(beats)
        for start, end in stretches
        if start - slack < beat < end - slack
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/hear_forms.py")
    parser.add_argument("--seeds", type=int, nargs=2, default=(204, 216), help="first, one after")
    given = parser.parse_args()
    rows = []
    print("| song |", " | ".join(COLUMNS), "|")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for seed in range(*given.seeds):
        name = list(FORMS)[seed % len(FORMS)]
        truth = render_form(form_song(f"{name}_{seed}", FORMS[name], seed))
        samples = resample_poly(truth.song.samples, 1, 2).astype(np.float32)
        song = Song(samples, ANALYSIS_RATE, len(samples) / ANALYSIS_RATE, "0" * 64, name)
        rows.append(figures(truth, song, analyze(song)))
        print(f"| {name}_{seed} |", " | ".join(f"{value:.2f}" for value in rows[-1]), "|")
    print("| mean |", " | ".join(f"{value:.3f}" for value in np.nanmean(rows, axis=0)), "|")


if __name__ == "__main__":
    main()
