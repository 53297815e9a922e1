"""Random windows as batches on a device: mirrored, stretched in time, with parts left untold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.model.conditions import (
    CHANNELS,
    RHYTHM_CHANNELS,
    SLIDERS,
    Condition,
    Rhythm,
    accent_curve,
    frame_channels,
)
from engine.model.config import SOURCES, ModelConfig
from engine.model.text import MAX_TOKENS
from engine.motion.features import FPS, MIRROR, SLICES, STAGE
from engine.training.dataset import Dataset, Record, Written
from engine.training.describe import WORDS, Mood, true_words
from engine.training.statistics import Percentiles, Statistics

COLUMN = {name: number for number, name in enumerate(CHANNELS)}
FACES_ONE_WAY = 0.75
"""Length of the mean heading (1: never turns) from which a window has a front of its own."""
NAMED = 0.35
"""Share of a window from which a move in it is always named."""


@dataclass(frozen=True)
class BatchSettings:
    """How windows are drawn and what is left untold."""

    mix: tuple[float, ...] = (0.0, 0.30, 0.10, 0.12, 0.05, 0.43)
    """Share of windows from each of ``SOURCES``."""
    lengths: tuple[int, ...] = (96, 136, 176, 220, 264)
    """Frames of a window; a batch has one of them. Few, so that few kernels are prepared."""
    stretch: float = 0.18
    """Largest change of speed of a capture either way."""
    stretch_written: float = 0.05
    """The same for phrases, which come at every tempo as it is."""
    lively: float = 0.7
    """Power with which a record's mean energy weighs: against timid motion."""
    drop_text: float = 0.15
    drop_caption: float = 0.2
    """How often phrases stand without the take's caption."""
    most_phrases: int = 3
    drop_all_music: float = 0.12
    """Rhythm, energy and sliders together: what guidance compares with."""
    drop_part: float = 0.12
    """Beat, half-time, bars, hits, energy and each slider apart."""
    drop_source: float = 0.1
    drop_stage: float = 0.1
    stage_jitter: float = 0.35
    """Metres: spread of the stage's centre around a window's mean place."""


@dataclass(frozen=True, eq=False)
class Batch:
    """B windows of T frames."""

    x0: Float[Tensor, "B T F"]
    """Normalised."""
    weight: Float[Tensor, "B T F"]
    """1 where the source measured the feature and the frame exists."""
    condition: Condition


class BatchSampler:
    """Draws batches; the same seed draws the same batches."""

    def __init__(
        self,
        dataset: Dataset,
        split: str,
        config: ModelConfig,
        settings: BatchSettings,
        statistics: Statistics,
        percentiles: Percentiles,
        device: str = "cpu",
        seed: int = 0,
    ) -> None:
        self.settings, self.config, self.device = settings, config, device
        self.records = dataset.split(split)
        self.percentiles = percentiles
        self.rng = np.random.default_rng(seed)
        self.chance = _record_chances(self.records, settings)
        self.tokens = torch.from_numpy(dataset.tokens).to(device)
        self.token_edges = np.concatenate([[0], dataset.token_ends])
        self.phrase = {name: number for number, name in enumerate(dataset.sentences)}
        self.starts = np.cumsum([0, *(len(r) for r in self.records)])
        self.rows = torch.from_numpy(np.concatenate([r.rows for r in self.records])).to(device)
        self.mean = torch.from_numpy(statistics.mean).to(device)
        self.std = torch.from_numpy(statistics.std).to(device)
        self.order = torch.from_numpy(MIRROR.order).to(device)
        self.signs = torch.from_numpy(MIRROR.signs.astype(np.float32)).to(device)

    def draw(self, size: int, frames: int | None = None) -> Batch:
        """``size`` windows of one random length (or ``frames``)."""
        count = frames or int(self.rng.choice(self.settings.lengths))
        windows = [self._window(count) for _ in range(size)]
        index = torch.from_numpy(np.stack([w.index for w in windows])).to(self.device)
        rows = self._lerp(index)
        rate = self._tensor([w.rate for w in windows])[:, None, None]
        for name in ("velocity", "yaw_rate"):
            rows[..., SLICES[name]] = rows[..., SLICES[name]] * rate
        rows[..., STAGE] = self._tensor([w.stage for w in windows])
        mirrored = self._tensor([w.mirrored for w in windows])[:, None, None] > 0
        rows = torch.where(mirrored, rows[..., self.order] * self.signs, rows)
        x0 = (rows - self.mean) / self.std
        measured = self._tensor([w.columns for w in windows])[:, None, :]
        shown = self._tensor([w.frames[:, COLUMN["valid"]] for w in windows])[..., None]
        weight = measured * shown
        words = [self._words(w.clauses) for w in windows]
        longest = max(1, *(len(row) for row in words))
        tokens = np.stack([np.pad(row, (0, longest - len(row))) for row in words])
        mask = [np.arange(longest) < len(row) for row in words]
        condition = Condition(
            frames=self._tensor([w.frames for w in windows]),
            sliders=self._tensor([w.sliders for w in windows]),
            source=self._tensor([w.source for w in windows]),
            text=self.tokens[torch.from_numpy(tokens).to(self.device)],
            text_mask=self._tensor(mask),
        )
        return Batch(x0 * weight, weight, condition)

    def _tensor(self, values: list[np.ndarray] | list[float]) -> Tensor:
        return torch.from_numpy(np.asarray(values, dtype=np.float32)).to(self.device)

    def _words(self, clauses: list[int]) -> Int[np.ndarray, " L"]:
        """Rows of the token table that a sentence of these clauses has."""
        spans = [range(self.token_edges[c], self.token_edges[c + 1]) for c in clauses]
        rows = [row for span in spans for row in span]
        return np.array(rows[:MAX_TOKENS], dtype=np.int64)

    def _lerp(self, index: Float[Tensor, "B T"]) -> Float[Tensor, "B T F"]:
        lower = index.floor().long()
        share = (index - lower).float()[..., None]
        upper = (lower + 1).clamp(max=len(self.rows) - 1)
        return self.rows[lower] * (1 - share) + self.rows[upper] * share

    def _window(self, count: int) -> _Window:
        s, rng, patch = self.settings, self.rng, self.config.patch
        number = int(rng.choice(len(self.records), p=self.chance))
        record = self.records[number]
        stretch = s.stretch if record.written is None else s.stretch_written
        rate = float(np.exp(rng.uniform(-1, 1) * np.log1p(stretch)))
        valid = min(count, int((len(record) - 1) / rate) // patch * patch)
        start = rng.uniform(0, len(record) - 1 - (valid - 1) * rate)
        places = np.minimum(start + np.arange(count) * rate, start + (valid - 1) * rate)
        shown = np.arange(count) < valid
        frames = self._channels(record, places, rate, shown)
        stage = np.zeros((count, 4), np.float32)
        columns = record.columns.copy()
        front = _front(record, places[:valid], rng)
        if front is not None and rng.random() >= s.drop_stage:
            stage = _stage(record, places, front, rng.normal(scale=s.stage_jitter, size=2))
            frames[:, COLUMN["stage_known"]] = shown
        else:
            columns[STAGE] = 0.0
        frames[:, COLUMN["whole_body"]] = float(record.columns.min() > 0) * shown
        source = np.zeros(len(SOURCES), np.float32)
        source[0 if rng.random() < s.drop_source else record.source] = 1.0
        mood = self._mood(record, places[:valid], rate)
        told = rng.random(len(SLIDERS)) >= s.drop_part
        values = np.array([mood.smoothness, mood.bounce])
        sliders = np.concatenate([values * told, told]).astype(np.float32)
        if rng.random() < s.drop_all_music:
            sliders[:] = 0.0
            frames[:, RHYTHM_CHANNELS] = 0.0
        return _Window(
            index=self.starts[number] + places,
            rate=rate,
            stage=stage,
            columns=columns,
            mirrored=float(rng.random() < 0.5),
            frames=frames,
            sliders=sliders,
            source=source,
            clauses=self._clauses(record, places[:valid], mood),
        )

    def _channels(
        self, record: Record, places: np.ndarray, rate: float, shown: np.ndarray
    ) -> Float[np.ndarray, "T C"]:
        s, rng = self.settings, self.rng
        frames = np.zeros((len(places), len(CHANNELS)), np.float32)
        frames[:, COLUMN["valid"]] = shown
        at = np.arange(len(record))
        if rng.random() >= s.drop_part:
            energy = np.interp(places, at, record.energy) * rate
            frames[:, COLUMN["energy"]] = self.percentiles.rank("energy", record.source, energy)
            frames[:, COLUMN["energy_known"]] = 1.0
        if np.isfinite(record.beat).all() and rng.random() >= s.drop_part:
            beat = np.interp(places, at, record.beat)
            speed = float(record.beat[-1] - record.beat[0]) / (len(record) - 1) * rate
            half_told = record.half_known and rng.random() >= 2 * s.drop_part
            if record.written is None:
                _tell_beat(frames, beat, 60.0 * FPS * speed, half_told)
            else:
                self._tell_counts(frames, beat, 60.0 * FPS * speed, record.written, places, rate)
        return frames * shown[:, None]

    def _tell_counts(
        self,
        frames: Float[np.ndarray, "T C"],
        beat: np.ndarray,
        tempo: float,
        written: Written,
        places: np.ndarray,
        rate: float,
    ) -> None:
        """Writes all that a phrase knows of its counts, each part told or not."""
        half, bar, eight, hits = (self.rng.random(4) >= self.settings.drop_part).tolist()
        accent = accent_curve(places / rate / FPS, written.hits / rate / FPS) if hits else None
        known = Rhythm(
            beat=beat,
            tempo=np.full(len(beat), tempo),
            energy=np.full(len(beat), np.nan),
            half_known=half,
            bar_known=half and bar,
            eight_known=half and bar and eight,
            accent=accent,
        )
        _write_rhythm(frames, known)

    def _mood(self, record: Record, places: np.ndarray, rate: float) -> Mood:
        window = slice(int(places[0]), int(places[-1]) + 1)
        p, source = self.percentiles, record.source
        mean_speed = float(record.speed[window].mean()) * rate
        jerk = float(0.5 * np.log(record.jerk[window].mean() * rate**6 + 1e-6))
        smoothness = p.slope * float(np.log(mean_speed + 0.02)) + p.offset - jerk
        return Mood(
            energy=float(p.rank("energy", source, mean_speed)),
            smoothness=float(p.rank("smoothness", source, smoothness)),
            bounce=float(p.rank("bounce", source, float(np.sqrt(record.bounce[window].mean())))),
        )

    def _clauses(self, record: Record, places: np.ndarray, mood: Mood) -> list[int]:
        """A caption, some true phrases, or both, in any order; nothing where text is untold."""
        s, rng = self.settings, self.rng
        if rng.random() < s.drop_text:
            return []
        window = slice(int(places[0]), int(places[-1]) + 1)
        true = true_words(record.rows[window].astype(np.float64), mood)
        count = min(len(true), int(rng.integers(0, s.most_phrases + 1)))
        names = [true[i] for i in rng.permutation(len(true))[:count]]
        clauses = [self.phrase[str(rng.choice(WORDS[name]))] for name in names]
        if not clauses or rng.random() >= s.drop_caption:
            clauses += self._captions(record, places)
        return [clauses[i] for i in rng.permutation(len(clauses))]

    def _captions(self, record: Record, places: np.ndarray) -> list[int]:
        """One caption of a take; one of each move that fills a fair part of a phrase's window."""
        if record.written is None:
            return [int(self.rng.choice(record.captions))]
        first, last = float(places[0]), float(places[-1])
        shares: dict[tuple[int, ...], float] = {}
        for begin, end, captions in record.written.spans:
            inside = max(0.0, min(end, last) - max(begin, first))
            shares[captions] = shares.get(captions, 0.0) + inside / max(1.0, last - first)
        return [
            int(self.rng.choice(captions))
            for captions, share in shares.items()
            if self.rng.random() < share / NAMED
        ]


@dataclass(frozen=True, eq=False)
class _Window:
    index: np.ndarray
    rate: float
    stage: np.ndarray
    columns: np.ndarray
    mirrored: float
    frames: np.ndarray
    sliders: np.ndarray
    source: np.ndarray
    clauses: list[int]


def _tell_beat(
    frames: Float[np.ndarray, "T C"], beat: np.ndarray, tempo: float, half_told: bool
) -> None:
    """Writes the beat's channels; a slow beat is counted twice as fast, a fast one half."""
    if tempo < 72.0:
        beat, tempo, half_told = beat * 2, tempo * 2, True
    elif tempo > 150.0:
        beat, tempo, half_told = beat / 2, tempo / 2, False
    energy = np.full(len(beat), np.nan)
    _write_rhythm(frames, Rhythm(beat, np.full(len(beat), tempo), energy, half_told))


def _write_rhythm(frames: Float[np.ndarray, "T C"], rhythm: Rhythm) -> None:
    """Writes all channels of the counts; energy and the flags of the body stay as they are."""
    told = frame_channels(rhythm)
    kept = ("energy", "energy_known")
    columns = [c for name, c in COLUMN.items() if RHYTHM_CHANNELS[c] and name not in kept]
    frames[:, columns] = told[:, columns]


def _front(record: Record, places: np.ndarray, rng: np.random.Generator) -> float | None:
    """A front for one window: the take's own, or where the window faces if it faces one way."""
    if record.front_known and rng.random() < 0.5:
        return 0.0
    heading = np.exp(1j * np.interp(places, np.arange(len(record)), record.heading)).mean()
    if abs(heading) < FACES_ONE_WAY:
        return 0.0 if record.front_known else None
    return float(np.angle(heading) + rng.normal(scale=0.2))


def _stage(
    record: Record, places: np.ndarray, front: float, jitter: np.ndarray
) -> Float[np.ndarray, "T 4"]:
    at = np.arange(len(record))
    heading = np.interp(places, at, record.heading) - front
    x, z = (np.interp(places, at, record.root[:, axis]) for axis in (0, 1))
    cosine, sine = np.cos(front), np.sin(front)
    root = np.stack([cosine * x - sine * z, sine * x + cosine * z], axis=-1)
    root = root - root.mean(axis=0) - jitter
    return np.concatenate([np.sin(heading)[:, None], np.cos(heading)[:, None], root], axis=-1)


def _record_chances(
    records: tuple[Record, ...], settings: BatchSettings
) -> Float[np.ndarray, " N"]:
    """Chance of each record: its source's share, spread by length and liveliness."""
    chance = np.array([len(r) * r.energy.mean() ** settings.lively for r in records], float)
    source = np.array([r.source for r in records])
    for number, share in enumerate(settings.mix):
        mine = source == number
        if mine.any():
            chance[mine] *= share / chance[mine].sum()
    return chance / chance.sum()
