"""Measures an installed model against captured dance and against chance.

    python -m engine.training.evaluate PACK.npz [--model NAME] [--json OUT.json]

Dances are made for songs without sound: a steady grid of beats at several tempi, so that nothing
but the model is measured. Real figures are those of the pack's validation takes; test takes are
never read here.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.stats import spearmanr

from engine.audio.summary import Confidence, Energy, Section, SongAnalysis
from engine.choreography.plan import make_plan
from engine.cleanup import cleanup
from engine.figures import dance_figures
from engine.generate import generate, read_words
from engine.model.backends import MotionModel, load_motion_model
from engine.model.names import DEFAULT_MODEL
from engine.model.text import TextEncoder
from engine.motion.features import FPS, SLICES, Motion, decode, encode, heading_of
from engine.motion.measures import bounce, limb_speed, log_jerk
from engine.request import GenerateRequest, make_request
from engine.sync import sync
from engine.training.dataset import Dataset, Record, open_pack
from engine.training.describe import WORDS, Mood, true_words

TEMPI = (85.0, 100.0, 120.0, 135.0)
SECONDS = 24.0
PROMPTS = (
    "a person dances to pop music",
    "energetic pop dance, sharp arms",
    "salsa, hips swaying, quick steps",
    "smooth and flowing modern dance",
)
CLAUSES = ("low", "arms_up", "arms_wide", "arms_in", "one_arm", "wide", "steps", "hips")
"""Keys of ``describe.WORDS`` that are asked for one by one."""
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)


def silent_song(tempo: float, seconds: float = SECONDS) -> SongAnalysis:
    """An analysis with beats at an exact tempo from 0 s, bars of four, and even loudness."""
    beats = np.arange(0.0, seconds, 60.0 / tempo)
    return SongAnalysis(
        duration=seconds,
        tempo=tempo,
        beats=beats,
        downbeats=beats[::4],
        beats_per_bar=4,
        energy=Energy(mean=0.5, curve=np.full(round(seconds * 10), 0.5), hop=0.1),
        key="C major",
        sections=(Section(0.0, seconds, "verse", 0, 1.0),),
        confidence=Confidence(1.0, 1.0, 1.0, 1.0, 1.0),
        backend="none",
        song_sha256="",
    )


class Evaluation:
    """One model under measurement; dances are made with seeds 0, 1, 2, ..."""

    def __init__(self, model: MotionModel, text: TextEncoder) -> None:
        self.model, self.text = model, text

    def dance(self, tempo: float, request: GenerateRequest, deaf: bool = False) -> Motion:
        """Raw motion; ``deaf`` gives the model the beats of another tempo (7:5)."""
        analysis = silent_song(tempo)
        heard = silent_song(tempo * 7 / 5 if tempo < 100 else tempo * 5 / 7) if deaf else analysis
        return self._generate(heard, request)

    def _generate(self, heard: SongAnalysis, request: GenerateRequest) -> Motion:
        plan = make_plan(heard, request)
        return generate(plan, read_words(plan, self.text), heard, request, self.model)

    def rhythm(self) -> dict[str, float]:
        """Beats hit before and after sync, with the shifted-grid and wrong-tempo controls."""
        rows: dict[str, list[float]] = {}
        for number, tempo in enumerate(TEMPI):
            beats = silent_song(tempo).beats
            request = GenerateRequest(prompt=PROMPTS[number % len(PROMPTS)], seed=number)
            raw = self.dance(tempo, request)
            locked = sync(raw, beats)
            deaf = self.dance(tempo, request, deaf=True)
            for name, motion in (
                ("raw", raw),
                ("after sync", locked.motion),
                ("finished", cleanup(locked.motion)),
                ("wrong tempo heard, raw", deaf),
                ("wrong tempo heard, after sync", sync(deaf, beats).motion),
            ):
                figures = dance_figures(motion, beats)
                rows.setdefault(f"beats hit, {name}", []).append(figures.beat_hits)
                rows.setdefault(f"beats hit, {name}, chance", []).append(figures.beat_hits_chance)
                rows.setdefault(f"beat error ms, {name}", []).append(figures.beat_error_ms)
        return {name: float(np.mean(values)) for name, values in rows.items()}

    def bodies(self) -> dict[str, float]:
        """Speed, jerk, feet, facing and place, before and after cleanup."""
        rows: dict[str, list[float]] = {}
        for seed, prompt in enumerate(PROMPTS):
            raw = self.dance(110.0, GenerateRequest(prompt=prompt, seed=seed))
            for name, motion in (("raw", raw), ("finished", cleanup(raw))):
                for key, value in body_figures(motion).items():
                    rows.setdefault(f"{key}, {name}", []).append(value)
        return {name: float(np.mean(values)) for name, values in rows.items()}

    def sliders(self) -> dict[str, float]:
        """Spearman's rho between a slider's level and what it is named after, finished motion."""
        measures = {
            "energy": lambda p: float(limb_speed(p, FPS).mean()),
            "smoothness": lambda p: -log_jerk(p, FPS) + float(np.log(limb_speed(p, FPS).mean())),
            "bounce": lambda p: bounce(p, FPS),
        }
        result = {}
        for slider, measure in measures.items():
            rhos, spans = [], []
            for seed in (0, 1, 2):
                asked = {"prompt": PROMPTS[0], "seed": seed}
                values = [
                    measure(
                        cleanup(self.dance(110.0, make_request(asked | {slider: x}))).positions()
                    )
                    for x in LEVELS
                ]
                rhos.append(float(spearmanr(LEVELS, values).statistic))
                spans.append(values[-1] - values[0])
            result[f"{slider}, median rho"] = float(np.median(rhos))
            result[f"{slider}, span"] = float(np.median(spans))
        return result

    def words(self) -> dict[str, float]:
        """How much more often a clause is true of windows of 5 s when it was asked for."""

        def truths(prompt: str) -> list[list[str]]:
            found = []
            for seed in (0, 1, 2):
                rows = encode(cleanup(self.dance(110.0, GenerateRequest(prompt=prompt, seed=seed))))
                pieces = np.array_split(rows, round(SECONDS / 5.0))
                found += [true_words(piece, Mood(0.5, 0.5, 0.5)) for piece in pieces]
            return found

        unasked = truths(PROMPTS[0])
        result = {}
        for key in CLAUSES:
            asked = np.mean([key in true for true in truths(f"{PROMPTS[0]}, {WORDS[key][0]}")])
            result[f"{WORDS[key][0]}: asked"] = float(asked)
            result[f"{WORDS[key][0]}: not asked"] = float(np.mean([key in t for t in unasked]))
        return result

    def speed(self) -> dict[str, float]:
        """Seconds of dance for each second of generation, after one to warm up."""
        analysis, request = silent_song(120.0, 60.0), GenerateRequest(prompt=PROMPTS[0])
        self._generate(analysis, request)
        began = time.perf_counter()
        self._generate(analysis, request)
        return {"times real time, 60 s": 60.0 / (time.perf_counter() - began)}


def body_figures(motion: Motion) -> dict[str, float]:
    """What a body does, the same for real and for generated motion."""
    positions = motion.positions()
    figures = dance_figures(motion, np.zeros(0))
    heading = np.abs((heading_of(positions, FPS) + np.pi) % (2 * np.pi) - np.pi)
    place = np.linalg.norm(motion.root_positions[:, [0, 2]], axis=-1)
    steps = np.diff(positions, axis=0)
    return {
        "limb speed m/s": figures.limb_speed,
        "log jerk over log speed": log_jerk(positions, FPS) - float(np.log(figures.limb_speed)),
        "bounce cm": 100 * bounce(positions, FPS),
        "foot slide": figures.foot_slide,
        "lowest foot cm": figures.lowest_foot_cm,
        "faces the front (45 degrees)": float(np.mean(heading < np.pi / 4)),
        "furthest from the middle m": float(place.max()),
        "largest step of a joint cm": 100 * float(np.linalg.norm(steps, axis=-1).max()),
        "pelvis height range cm": 100 * float(np.ptp(positions[:, 0, 1])),
    }


def real_figures(dataset: Dataset) -> dict[str, float]:
    """:func:`body_figures` of the validation dances, weighted by length."""
    records = [r for r in dataset.split("validation") if r.source == 1 and "@" not in r.name]
    rows = [body_figures(_motion(record)) for record in records]
    lengths = [len(record) for record in records]
    skip = ("faces the front (45 degrees)", "furthest from the middle m")
    return {
        key: float(np.average([row[key] for row in rows], weights=lengths))
        for key in rows[0]
        if key not in skip
    }


def _motion(record: Record) -> Motion:
    rows: Float[np.ndarray, "T F"] = record.rows.astype(np.float64).copy()
    rows[:, SLICES["heading"]] = np.stack([np.sin(record.heading), np.cos(record.heading)], axis=-1)
    rows[:, SLICES["place"]] = record.root
    return decode(rows)


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    evaluation = Evaluation(load_motion_model(given.model, "cpu"), TextEncoder.default())
    report: dict[str, Any] = {"real dance": real_figures(open_pack(given.pack))}
    for part in ("speed", "rhythm", "bodies", "sliders", "words"):
        report[part] = getattr(evaluation, part)()
    for title, rows in report.items():
        print(f"{title}")
        for name, value in rows.items():
            print(f"  {name:48} {value:8.3f}")
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
