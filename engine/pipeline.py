"""The story in one function: a song and a request become a clip."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine import __version__
from engine.audio.analysis import SongAnalysis, analyze
from engine.audio.decode import Song, load_song
from engine.choreography.lexicon import describe_words
from engine.choreography.plan import Plan, make_plan
from engine.cleanup import cleanup
from engine.clip import Clip
from engine.figures import DanceFigures, dance_figures
from engine.generate import generate, read_words
from engine.model.backends import MotionModel
from engine.model.text import TextEncoder
from engine.motion.features import Motion
from engine.request import GenerateRequest
from engine.sync import sync

SHARES = {
    "decode": 0.04,
    "analyze": 0.10,
    "plan": 0.01,
    "text": 0.02,
    "denoise": 0.73,
    "sync": 0.04,
    "cleanup": 0.05,
    "write": 0.01,
}
"""The stages in order, and about what share of the time each takes."""


@dataclass(frozen=True)
class Engine:
    """What is loaded once and used for every request."""

    model: MotionModel
    text: TextEncoder


@dataclass
class Progress:
    """Tells a listener the stage and the share done (0..1, never falling); it may raise to stop."""

    tell: Callable[[str, float], None] = lambda stage, share: None
    timings: dict[str, float] = field(default_factory=dict)
    done: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Times a stage; yields a function that takes the share of this stage that is done."""
        began, before = time.perf_counter(), self.done
        self.tell(name, before)
        yield lambda share: self.tell(name, before + SHARES[name] * share)
        self.timings[name] = round(time.perf_counter() - began, 3)
        self.done = before + SHARES[name]


def make_clip(
    song_path: Path, request: GenerateRequest, engine: Engine, progress: Progress | None = None
) -> Clip:
    """Hears the song, plans, dances, moves accents onto beats, cleans up.

    Raises:
        ChoreoError: the song or the request cannot be used.
    """
    progress = progress or Progress()
    with progress.stage("decode"):
        song = load_song(song_path)
    with progress.stage("analyze"):
        analysis = analyze(song)
    with progress.stage("plan"):
        plan = make_plan(analysis, request, engine.text)
        counts = plan.counts.times[
            (plan.counts.times >= plan.start) & (plan.counts.times <= plan.end)
        ]
    with progress.stage("text"):
        words = read_words(plan, engine.text)
    with progress.stage("denoise") as share:
        motion = generate(plan, words, analysis, request, engine.model, share)
    with progress.stage("sync"):
        before = dance_figures(motion, counts - plan.start)
        if request.sync:
            motion = sync(motion, counts - plan.start).motion
    with progress.stage("cleanup"):
        if request.cleanup:
            motion = cleanup(motion)
    with progress.stage("write"):
        figures = dance_figures(motion, counts - plan.start)
        return _clip(song, analysis, request, plan, motion, engine, before, figures, progress)


def _clip(
    song: Song,
    analysis: SongAnalysis,
    request: GenerateRequest,
    plan: Plan,
    motion: Motion,
    engine: Engine,
    before: DanceFigures,
    figures: DanceFigures,
    progress: Progress,
) -> Clip:
    def within(times: Any) -> np.ndarray:
        times = np.asarray(times, dtype=np.float64)
        return times[(times >= plan.start) & (times <= plan.end)] - plan.start

    meta = {
        "request": request.to_dict(),
        "analysis": analysis.to_dict(),
        "plan": plan.to_dict(),
        "words": describe_words(request),
        "seed": request.seed,
        "model": {"id": engine.model.id, "digest": engine.model.digest},
        "engine_version": __version__,
        "song": {"sha256": song.sha256, "duration": song.duration, "name": song.name},
        "figures": {**figures.to_dict(), "before_sync": before.to_dict()},
        "timings": progress.timings,
    }
    return Clip(
        fps=motion.fps,
        local_quats=motion.local_quats[None],
        root_positions=motion.root_positions[None],
        foot_contacts=motion.contacts[None],
        beats=within(analysis.beats),
        downbeats=within(analysis.downbeats),
        song_start=plan.start,
        meta=meta,
    )
