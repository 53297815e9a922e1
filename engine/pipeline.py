"""The story in one function: a song and a request become a clip."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from engine import __version__
from engine.audio.analysis import SongAnalysis
from engine.audio.decode import Song, load_song
from engine.audio.remembered import listen
from engine.choreography.accents import accent_times
from engine.choreography.hands import hand_poses
from engine.choreography.lexicon import describe_words
from engine.choreography.plan import Plan, make_plan
from engine.choreography.repertoire import EncodeText
from engine.choreography.sliders import slider_at
from engine.clip import Clip
from engine.conditioning import read_words
from engine.directing.direction import Direction
from engine.directing.loops import whole_bars
from engine.directing.regenerate import put_back, read_source
from engine.figures import DanceFigures, dance_figures
from engine.generate import generate_takes
from engine.model.backends import MotionModel
from engine.model.text import TextEncoder
from engine.motion.features import Motion
from engine.request import GenerateRequest
from engine.vocabulary.move import FINGERS

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
    """The first of :func:`make_clips`."""
    return make_clips(song_path, request, engine, progress)[0]


def make_clips(
    song_path: Path,
    request: GenerateRequest,
    engine: Engine,
    progress: Progress | None = None,
    source_path: Path | None = None,
) -> list[Clip]:
    """Hears the song, plans, dances, moves accents onto beats, cleans up: a clip for each take.

    Args:
        source_path: the clip of which ``request.regenerate`` is danced anew.

    Raises:
        ChoreoError: the song, the source clip or the request cannot be used.
    """
    progress = progress or Progress()
    with progress.stage("decode"):
        song = load_song(song_path)
    with progress.stage("analyze"):
        analysis = listen(song)
    with progress.stage("plan"):
        task = make_task(song, analysis, request, engine.text, source_path)
    with progress.stage("text"):
        words = [read_words(plan, engine.text) for plan in task.plans]
    with progress.stage("denoise") as share:
        motions = generate_takes(
            task.plans, words, analysis, request, engine.model, share, task.direction
        )
    with progress.stage("sync"):
        before = [dance_figures(motion, task.counts) for motion in motions]
        if request.sync:
            motions = [
                task.direction.synced(motion, task.counts, accent_times(plan) - plan.start)
                for motion, plan in zip(motions, task.plans, strict=True)
            ]
    with progress.stage("cleanup"):
        if request.cleanup:
            beats = task.counts if request.sync else None
            smooth = slider_at(request, "smoothness", task.seconds)
            motions = [task.direction.cleaned(m, beats, smooth) for m in motions]
        motions = [task.direction.exact(motion) for motion in motions]
    with progress.stage("write"):
        return [
            _clip(task, number, motion, engine, figures, progress)
            for number, (motion, figures) in enumerate(zip(motions, before, strict=True))
        ]


@dataclass(frozen=True, eq=False)
class Task:
    """Everything that is settled before anything is danced."""

    song: Song
    analysis: SongAnalysis
    request: GenerateRequest
    plans: tuple[Plan, ...]
    """For each take, of the same range and counts."""
    direction: Direction
    counts: Float[np.ndarray, " N"]
    """Seconds from the clip's start."""

    @property
    def seconds(self) -> Float[np.ndarray, " T"]:
        """Where each frame lies in the song."""
        return self.plans[0].start + np.arange(self.direction.frames) / self.direction.fps


def make_task(
    song: Song,
    analysis: SongAnalysis,
    request: GenerateRequest,
    encode_text: EncodeText,
    source_path: Path | None,
) -> Task:
    """Settles the range, a plan on it for each take, and what the dance is held to."""
    beat, asked = 60.0 / analysis.tempo, request
    source = None
    if request.regenerate is not None:
        if source_path is None:
            raise ValueError("a part can be danced anew in a source clip only")
        source = read_source(source_path, request.regenerate, beat, song.sha256)
        start = source.clip.song_start
        request = replace(request, start=start, end=start + source.frames / source.clip.fps)
    plan = make_plan(analysis, request, encode_text)
    if request.loop:
        end = whole_bars(
            plan.start, plan.end, plan.counts, analysis.beats_per_bar, analysis.duration
        )
        request = replace(request, end=end)
        plan = make_plan(analysis, request, encode_text)
    plans = [plan]
    for take in range(1, request.n_takes):
        plans.append(make_plan(analysis, replace(request, seed=request.seed + take), encode_text))
    direction = Direction.of(plan.start, plan.end, request.pins, beat, source, request.loop)
    times = plan.counts.times
    last = plan.end - (1e-3 if request.loop else 0.0)
    counts = times[(times >= plan.start) & (times <= last)] - plan.start
    return Task(song, analysis, asked, tuple(plans), direction, counts)


def _clip(
    task: Task,
    take: int,
    motion: Motion,
    engine: Engine,
    before: DanceFigures,
    progress: Progress,
) -> Clip:
    plan, song, direction = task.plans[take], task.song, task.direction

    def within(times: Any) -> np.ndarray:
        times = np.asarray(times, dtype=np.float64) - plan.start
        return times[(times >= 0.0) & (times <= (direction.frames - 0.5) / direction.fps)]

    clip = Clip(
        fps=motion.fps,
        local_quats=motion.local_quats[None],
        root_positions=motion.root_positions[None],
        foot_contacts=motion.contacts[None],
        beats=within(task.analysis.beats),
        downbeats=within(task.analysis.downbeats),
        song_start=plan.start,
        hand_pose=hand_poses(plan, direction.frames, motion.fps)[None],
    )
    if direction.source is not None:
        clip = put_back(clip, motion, direction.source)
    figures = dance_figures(motion, task.counts)
    meta = {
        "request": task.request.to_dict(),
        "analysis": task.analysis.to_dict(),
        "plan": plan.to_dict(),
        "hand_poses": list(FINGERS),
        "words": describe_words(task.request, plan.unclear),
        "seed": task.request.seed + take,
        "take": take + 1,
        "model": {"id": engine.model.id, "digest": engine.model.digest},
        "engine_version": __version__,
        "song": {"sha256": song.sha256, "duration": song.duration, "name": song.name},
        "figures": {**figures.to_dict(), "before_sync": before.to_dict()},
        "timings": progress.timings,
        "directing": direction.report(motion),
    }
    return replace(clip, meta=meta)
