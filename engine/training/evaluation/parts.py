"""Which dances each part of the evaluation needs, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from engine.choreography.accents import accent_times
from engine.model.backends import MotionModel, OnnxDenoiser, load_motion_model
from engine.model.config import ModelConfig
from engine.model.text import TextEncoder
from engine.model.weights import WEIGHTS, load_weights, open_model
from engine.motion.features import Motion
from engine.request import GenerateRequest, make_request
from engine.sync import sync
from engine.training.dataset import Dataset
from engine.training.evaluation import sliders as slider_part
from engine.training.evaluation.beat import (
    JudgedDance,
    authored_accents,
    beat_rows,
)
from engine.training.evaluation.bodies import bodies_rows
from engine.training.evaluation.controls import at_another_tempo, bobbing_statue, in_the_air, statue
from engine.training.evaluation.failing import failing_rows
from engine.training.evaluation.int8 import int8_twin
from engine.training.evaluation.likeness import likeness_rows
from engine.training.evaluation.played import TEMPI as PLAYED_TEMPI
from engine.training.evaluation.prompts import load_judge, prompt_rows, real_rows
from engine.training.evaluation.real import (
    DANCE_SOURCES,
    RealDance,
    other_motion,
    real_dances,
    record_motion,
)
from engine.training.evaluation.signals import motion_beats
from engine.training.evaluation.songs import (
    JudgedSong,
    authored_songs,
    demo_song,
    grid_song,
    silent_song,
    structured_song,
)
from engine.training.evaluation.speed import speed_rows
from engine.training.evaluation.studio import Dance, Studio
from engine.training.evaluation.table import Row
from engine.training.evaluation.timid import timid_rows
from engine.training.evaluation.variety import Library, copied_rows, variety_rows
from engine.training.evaluation.whole_song import whole_song_rows
from engine.training.evaluation.windows import balanced, cut
from engine.vocabulary.move import load_moves
from engine.vocabulary.phrases import Choice, write_score
from engine.vocabulary.player import play

PROMPTS = (
    "a person dances to pop music",
    "energetic pop dance, sharp arms",
    "salsa, hips swaying, quick steps",
    "smooth and flowing modern dance",
)
"""Much like captions of captured dances; for several of them the vocabulary has few moves."""
KPOP = (
    ("fierce girl group point choreography, arms cut the air and hips snap", "girl-crush"),
    ("a sweet, fresh idol routine with little hearts and happy hops", "cute"),
    ("boy group hip hop break, heavy bounce, arms swinging, stomping feet", "hip-hop"),
    ("cool rapper stroll, leaning back and rolling the shoulders", "swag"),
    ("city pop disco night, twisting knees and fingers pointing to the sky", "retro"),
    ("slow seductive hip waves while the hands slide down the body", "sexy"),
    ("heartfelt ballad, reaching out and drawing the arms back in", "ballad"),
    ("powerful boy group dance break, explosive jumps and synchronized arms", "performance"),
)
"""What users write: a sentence and its style, one for each style; in no move file or other list."""
TEMPI = (85.0, 96.0, 108.0, 124.0, 137.0, 158.0)
"""BPM of the grids: two for each band."""
LONGEST = 16.0
"""Seconds that are danced beside one real take."""


@dataclass(frozen=True)
class Extent:
    """How much is danced; less is quicker and rougher."""

    grid_seconds: float = 24.0
    grid_prompts: int = 4
    """Dances to each grid and each song; half as many are made from captions of captures."""
    song_seconds: float = 40.0
    slider_seeds: int = 5
    slider_seconds: float = 12.0
    dances_a_take: int = 2
    whole_song: float = 240.0
    speed_song: float = 180.0
    moves: int = 160
    move_seeds: int = 1


QUICK = Extent(
    grid_seconds=16.0,
    grid_prompts=2,
    song_seconds=16.0,
    slider_seeds=2,
    slider_seconds=8.0,
    dances_a_take=1,
    whole_song=120.0,
    speed_song=45.0,
    moves=24,
)


@dataclass(eq=False)
class Bench:
    """One model on the bench, and all that it is held against."""

    studio: Studio
    dataset: Dataset
    split: str = "validation"
    takes: Path | None = None
    songs: Path | None = None
    judge: Path | None = None
    real_only: str | None = None
    """Name of a model that learned from captured dance alone, to stand beside."""
    extent: Extent = field(default_factory=Extent)

    @cached_property
    def real(self) -> list[RealDance]:
        """Held-out dances."""
        return real_dances(self.dataset, self.split, self.takes)

    @cached_property
    def training(self) -> list[Motion]:
        """Captured training dances."""
        return [
            record_motion(record)
            for record in self.dataset.split("train")
            if record.source in DANCE_SOURCES and "@" not in record.name
        ]

    @cached_property
    def real_windows(self) -> list[np.ndarray]:
        """Windows of held-out dance, origins balanced."""
        windows = [(w, dance.group) for dance in self.real for w in cut(dance.motion, hop=2.0)]
        groups = [group for _, group in windows]
        largest = 14 * len(set(groups))
        chosen = balanced([w for w, _ in windows], groups, largest, np.random.default_rng(0))
        return [windows[number][0] for number in chosen]

    @cached_property
    def training_windows(self) -> list[np.ndarray]:
        """Windows of captured training dance."""
        return _some([w for motion in self.training for w in cut(motion)], 300)

    @cached_property
    def beside_real(self) -> list[Dance]:
        """Dances with the held-out takes' own captions, tempi and lengths."""
        return self.dances_beside(self.studio)

    @cached_property
    def judged_songs(self) -> list[JudgedSong]:
        """Songs with authored beats, with our own demo song among them where it is at hand."""
        if self.songs is None:
            return []
        own = demo_song()
        return authored_songs(self.songs) + ([] if own is None else [own])

    def dances_beside(self, studio: Studio, energy: float | None = None) -> list[Dance]:
        """The same for any model, or at another energy."""
        dances = []
        for number, take in enumerate(self._takes()):
            for repeat in range(self.extent.dances_a_take):
                seconds = float(np.clip(len(take.motion) / take.motion.fps, 8.5, LONGEST))
                prompt = take.captions[repeat % len(take.captions)]
                asked = {"prompt": prompt, "seed": 100 * repeat + number}
                request = make_request(asked | ({} if energy is None else {"energy": energy}))
                dances.append(studio.dance(silent_song(take.tempo, seconds), request))
        return dances

    @cached_property
    def as_users_ask(self) -> list[Dance]:
        """Dances of K-pop sentences, at the tempi of songs."""
        return self.kpop_dances()

    def kpop_dances(self, energy: float | None = None) -> list[Dance]:
        """The same at another energy."""
        dances = []
        for number in range(len(KPOP) * self.extent.dances_a_take):
            asked = _kpop(number, 200 + number)
            asked = asked if energy is None else replace(asked, energy=energy)
            song = silent_song(TEMPI[number % len(TEMPI)], LONGEST)
            dances.append(self.studio.dance(song, asked))
        return dances

    def _takes(self) -> list[RealDance]:
        """Two takes of each origin at most, so that origins count equally."""
        chosen: dict[str, list[RealDance]] = {}
        for take in self.real:
            chosen.setdefault(take.group, []).append(take)
        return [take for group in chosen.values() for take in group[-2:]]


def beat_part(bench: Bench) -> list[Row]:
    """On the beat: grids of exact tempo, and songs with authored beats where there are any.

    The prompts are K-pop sentences with a style; dances from captions of captures stand apart.
    """
    extent, studio = bench.extent, bench.studio
    grids: list[tuple[JudgedSong, Dance]] = []
    captions: list[tuple[JudgedSong, Dance]] = []
    for number, tempo in enumerate(TEMPI):
        song = grid_song(tempo, extent.grid_seconds)
        for repeat in range(extent.grid_prompts):
            asked = _kpop(extent.grid_prompts * number + repeat, 10 * number + repeat)
            grids.append((song, studio.dance(song.heard, asked)))
        for repeat in range(extent.grid_prompts // 2):
            prompt = PROMPTS[(number + 2 * repeat) % len(PROMPTS)]
            request = GenerateRequest(prompt=prompt, seed=10 * number + repeat)
            captions.append((song, studio.dance(song.heard, request)))
    songs: list[tuple[JudgedSong, Dance]] = []
    for number, song in enumerate(bench.judged_songs):
        start = min(20.0, song.heard.duration / 4)
        for repeat in range(extent.grid_prompts):
            asked = _kpop(extent.grid_prompts * number + repeat + 3, 100 + 10 * number + repeat)
            asked = replace(asked, start=start, end=start + extent.song_seconds)
            songs.append((song, studio.dance(song.heard, asked)))
    return [
        *beat_rows(judged(grids)),
        *beat_rows(judged(songs), "songs, "),
        *beat_rows(judged(captions), "captions of captures, "),
    ]


def _kpop(number: int, seed: int) -> GenerateRequest:
    """A request of :data:`KPOP`, in turn."""
    prompt, style = KPOP[number % len(KPOP)]
    return make_request({"prompt": prompt, "style": style, "seed": seed})


def judged(pairs: Sequence[tuple[JudgedSong, Dance]]) -> list[JudgedDance]:
    """Dances with their motion beats.

    The rhythm condition is shuffled by taking, for each song, the dance that was made to the song
    half the list away: another tempo and mostly other words.
    """
    found = []
    for number, (song, dance) in enumerate(pairs):
        other = pairs[(number + max(1, len(pairs) // 2)) % len(pairs)][1].raw
        beats = song.beats - dance.plan.start
        duration = (len(dance.raw) - 1) / dance.raw.fps
        synced = sync(other, dance.counts, accents=dance.accents).motion
        found.append(
            JudgedDance(
                tempo=song.tempo,
                beats=beats,
                accents=authored_accents(accent_times(dance.plan), song.beats) - dance.plan.start,
                duration=min(duration, (len(other) - 1) / other.fps),
                before=motion_beats(dance.raw),
                after=motion_beats(dance.synced.motion),
                shuffled=motion_beats(other),
                shuffled_after=motion_beats(synced),
                slowest=dance.synced.slowest,
                fastest=dance.synced.fastest,
                lingered=dance.synced.lingered,
            )
        )
    return found


def slider_part_rows(bench: Bench) -> list[Row]:
    """Sliders: five levels, the same seeds, finished motion."""
    extent = bench.extent
    song = silent_song(112.0, extent.slider_seconds)

    def dance(slider: str, level: float, seed: int) -> Motion:
        prompt = PROMPTS[seed % 2]
        request = make_request({"prompt": prompt, "seed": seed, slider: level})
        return bench.studio.dance(song, request).finished

    real = bench.real_windows
    judged_by = slider_part.measures(real)
    seeds = range(extent.slider_seeds)
    sweeps = [slider_part.sweep(name, seeds, dance, judged_by) for name in slider_part.SLIDERS]
    return slider_part.slider_rows(sweeps, real)


def timid_part(bench: Bench) -> list[Row]:
    """Not timid: defaults, and energy 1; K-pop sentences, and captions of captures apart."""
    calm = _some([w for motion in other_motion(bench.dataset) for w in cut(motion)], 80)

    def windows(dances: Sequence[Dance]) -> list[np.ndarray]:
        return [w for dance in dances for w in cut(dance.finished)]

    asked = windows(bench.as_users_ask), windows(bench.kpop_dances(1.0))
    beside = windows(bench.beside_real), windows(bench.dances_beside(bench.studio, 1.0))
    return [
        *timid_rows(*asked, bench.real_windows, calm),
        *timid_rows(*beside, bench.real_windows, calm, "captions of captures, "),
    ]


def bodies_part(bench: Bench) -> list[Row]:
    """Bodies: feet, floor, jerk, seams, joints."""
    real = [dance.motion for dance in bench.real]
    patch = bench.studio.model.denoiser.config.patch
    dances = bench.as_users_ask + bench.beside_real
    return bodies_rows(dances, real, (real[::2], real[1::2]), patch)


def likeness_part(bench: Bench) -> list[Row]:
    """Like real dance: against the vocabulary alone, and a real-only model where one is named."""
    sets: dict[str, Sequence[np.ndarray]] = {
        "model": [w for dance in bench.beside_real for w in cut(dance.finished, hop=2.0)],
        "vocabulary": vocabulary_windows(bench),
        "everyday motion": [w for m in other_motion(bench.dataset) for w in cut(m)],
        "statue": [w for tempo in TEMPI for w in cut(_bob(tempo))],
    }
    if bench.real_only is not None:
        other = Studio(load_motion_model(bench.real_only, "cpu"), bench.studio.text)
        dances = bench.dances_beside(other)
        sets["real-only model"] = [w for d in dances for w in cut(d.finished, hop=2.0)]
    return likeness_rows(bench.real_windows, bench.training_windows, sets)


def vocabulary_windows(bench: Bench) -> list[np.ndarray]:
    """Phrases of the player alone, at the held-out takes' tempi."""
    moves, windows = load_moves(), []
    rng = np.random.default_rng(0)
    for number, take in enumerate(bench._takes() * 2):
        tempo = float(np.clip(take.tempo, *PLAYED_TEMPI))
        score = write_score(moves, np.random.default_rng(9000 + number), Choice(None, tempo, 4))
        played = play(score)
        windows += cut(played.motion, hop=2.0)
    return [windows[number] for number in rng.permutation(len(windows))]


def variety_part(bench: Bench) -> list[Row]:
    """Varied, not copied."""
    usual = [w for dance in bench.beside_real for w in cut(dance.finished)]
    one = cut(bench.beside_real[0].finished, hop=1.0)
    rows = variety_rows(usual, bench.real_windows, bench.training_windows, one)
    short = [w for dance in bench.beside_real for w in cut(dance.finished, 2.0, 1.0)]
    held_out = [w for dance in bench.real for w in cut(dance.motion, 2.0, 1.0)]
    everything = bench.training + other_motion(bench.dataset)
    library = Library.of([motion.positions() for motion in everything])
    return rows + copied_rows(short, held_out, library)


def whole_song_part(bench: Bench) -> list[Row]:
    """The whole song: four minutes of verses and choruses."""
    song = structured_song(seconds=bench.extent.whole_song)
    dance = bench.studio.dance(song, _kpop(0, 3))
    real = [take.motion for take in bench.real]
    return whole_song_rows(dance.plan, song, dance.finished, real, statue(song.duration))


def speed_part(bench: Bench) -> list[Row]:
    """Speed: ONNX Runtime (the default), torch, and an MDM of the original size."""
    model = bench.studio.model
    models = {"ONNX Runtime fp32": model}
    for name, twin in (("torch fp32", torch_twin), ("ONNX Runtime int8", int8_twin)):
        other = twin(model)
        if other is not None:
            models[name] = other
    return speed_rows(models, bench.studio.text, bench.extent.speed_song)


def torch_twin(model: MotionModel) -> MotionModel | None:
    """The same model on torch; None for one that is not from a folder."""
    if not isinstance(model.denoiser, OnnxDenoiser):
        return None
    from engine.model.torch_backend import TorchDenoiser

    folder = open_model(model.id)
    weights = load_weights(folder.checked(WEIGHTS))
    weights = {k: v for k, v in weights.items() if not k.startswith("statistics.")}
    config = ModelConfig.load(folder.checked("config.json"))
    denoiser = TorchDenoiser.from_weights(config, weights, "cpu")
    return replace(model, denoiser=replace(denoiser, rows_at_once=model.denoiser.rows_at_once))


def prompt_part(bench: Bench) -> list[Row]:
    """The prompt is danced, where a judge has been trained."""
    if bench.judge is None:
        return []
    judge = load_judge(bench.judge)
    extent = bench.extent
    seeds = range(extent.move_seeds)
    rows = prompt_rows(bench.studio, judge, bench.dataset.sentences, seeds, extent.moves)
    return rows + real_rows(judge, bench.real)


def control_part(bench: Bench) -> list[Row]:
    """Dances that must fail: each of them through the figures that ought to stop it."""
    song = grid_song(112.0, bench.extent.grid_seconds)
    dance = bench.studio.dance(song.heard, _kpop(0, 1))
    real = [take.motion for take in bench.real]
    return failing_rows(
        song,
        {
            "statue that bobs": bobbing_statue(song.beats, song.heard.duration),
            "statue moved up and down": bobbing_statue(song.beats, song.heard.duration, False),
            "dance locked to wrong beats": at_another_tempo(dance.finished),
            "clip with no contacts": in_the_air(dance.finished),
        },
        bench.real_windows,
        real,
    )


PARTS: dict[str, Callable[[Bench], list[Row]]] = {
    "speed": speed_part,
    "beat": beat_part,
    "prompt": prompt_part,
    "sliders": slider_part_rows,
    "timid": timid_part,
    "bodies": bodies_part,
    "likeness": likeness_part,
    "variety": variety_part,
    "song": whole_song_part,
    "controls": control_part,
}
"""By the name on the command line, in the order in which they are done."""


def make_studio(name: str) -> Studio:
    """An installed model on the default CPU path."""
    return Studio(load_motion_model(name, "cpu"), TextEncoder.default())


def _bob(tempo: float) -> Motion:
    return bobbing_statue(np.arange(0.0, 16.0, 60.0 / tempo), 16.0)


def _some(windows: Sequence[np.ndarray], most: int) -> list[np.ndarray]:
    """Evenly spread windows, at most that many."""
    step = max(1, -(-len(windows) // most))
    return list(windows[::step])
