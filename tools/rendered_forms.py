"""Whole pop songs whose form, key and events are known: what the ears are held against.

A song is a form (verse, pre-chorus, chorus, ...), a scene for each kind of section (drums, chords,
how full) and chance: the second verse has another tune, a chorus comes back fuller or a tone
higher, a roll or a silence leads into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import demo_song_synth as synth
import numpy as np
from rendered_song import Rendered, Score, _Stage

FORMS = {
    "idol": "intro 4, verse 8, pre 4, chorus 8, post 4, verse 8, pre 4, chorus 8, post 4,"
    " bridge 8, chorus 8, outro 4",
    "long": "intro 4, verse 16, pre 8, chorus 8, verse 8, pre 8, chorus 8, dance 8, bridge 8,"
    " chorus 16, outro 4",
    "hook": "chorus 4, verse 8, pre 4, chorus 8, verse 8, pre 4, chorus 8, bridge 4, dance 8,"
    " chorus 8, post 8",
    "ballad": "intro 4, verse 16, chorus 8, verse 8, chorus 8, bridge 8, chorus 16, outro 4",
    "club": "intro 8, verse 8, pre 8, chorus 8, post 8, verse 8, pre 8, chorus 8, post 8,"
    " bridge 8, pre 4, chorus 16",
    "break": "intro 4, verse 8, pre 8, chorus 8, verse 8, pre 8, chorus 8, bridge 8, dance 8,"
    " chorus 8, outro 8",
}
"""Sections and their bars."""
LABELS = {"pre": "pre-chorus", "post": "post-chorus", "dance": "dance break"}
LOOPS = {
    "major": ("0 7 9m 5", "9m 5 0 7", "5 7 4m 9m", "0 9m 5 7", "5 0 7 9m", "2m 7 0 9m", "0 4m 5 7"),
    "minor": ("0m 8 3 10", "0m 5m 8 7", "0m 10 8 7", "8 10 0m 0m", "0m 7m 8 5m", "5m 7m 0m 3"),
}
"""Roots of chords in semitones above the tonic, a bar each; m is minor."""
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
DRUMS = {
    "none": {},
    "hats": {"hat": "x.o.x.o.x.o.x.o."},
    "claps": {"snare": "....o.......o...", "hat": "x...x...x...x..."},
    "half": {"kick": "x.........x.....", "snare": "........x.......", "hat": "x.x.x.x.x.x.x.x."},
    "back": {"kick": "x.....x.x.......", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
    "four": {"kick": "x...x...x...x...", "snare": "....x.......x...", "open": "..x...x...x...x."},
    "trap": {"kick": "x.....x...x..x..", "snare": "........x.......", "hat": "x.xxx.x.x.xxx.xx"},
    "tribal": {"kick": "x..x..x.x..x..x.", "snare": "....x..x....x.x.", "rim": "..x...x...x...x."},
    "march": {"kick": "x...x...x...x...", "snare": "o.o.o.o.o.o.o.o."},
}
KINDS = {
    # drums to choose from, loudness, how often a tune sounds, whether bass and wide chords play
    "intro": (("none", "hats", "claps"), 0.45, 0.0, False, False),
    "verse": (("back", "half", "claps", "trap"), 0.6, 0.5, True, False),
    "pre": (("hats", "march", "claps", "half"), 0.65, 0.45, True, True),
    "chorus": (("four", "back", "trap"), 1.0, 0.6, True, True),
    "post": (("four", "trap", "tribal"), 0.95, 0.9, True, False),
    "dance": (("tribal", "trap", "half"), 0.95, 0.0, True, False),
    "bridge": (("none", "hats", "half"), 0.5, 0.35, False, True),
    "outro": (("none", "hats", "claps"), 0.4, 0.0, False, False),
}


@dataclass(frozen=True)
class Scene:
    """How one kind of section is played in a song."""

    drums: str
    level: float
    loop: str
    dense: float
    bass: bool
    wide: bool
    tune: int
    """Seed of its tune."""


@dataclass(frozen=True)
class FormSong:
    """What is to be rendered; :func:`form_song` draws one."""

    name: str
    form: str
    """As in :data:`FORMS`."""
    bpm: float
    tonic: int
    """Semitones above C."""
    mode: str
    kit: str
    scenes: dict[str, Scene]
    lift: int = 0
    """Semitones by which the last chorus and what follows are higher."""
    cents: float = 0.0
    """Tuning of the whole song."""
    drive: float = 0.8
    """How hard the mix is limited."""
    rolls: bool = False
    """A snare roll and a riser lead into choruses."""
    gap: int = 0
    """Beats of silence before choruses."""
    thin: bool = False
    """Later verses begin without drums, the last chorus too."""
    growing: bool = False
    """The second half of a section has other hats and a second voice."""
    noise_db: float = -40.0
    """Level of noise, such as breath and room, against the music."""
    seed: int = 0


@dataclass(frozen=True, eq=False)
class FormTruth:
    """A rendered song, and what happens in it; times in seconds."""

    song: Rendered
    key: str
    drops: tuple[float, ...]
    breaks: tuple[tuple[float, float], ...]


def form_song(name: str, form: str, seed: int, tonic: int | None = None) -> FormSong:
    """A song of that form with everything else drawn by ``seed``."""
    random = np.random.default_rng(9000 + seed)
    mode = str(random.choice(["major", "minor"]))
    one_loop = random.random() < 0.3
    flat = float(random.choice([1.0, 0.5, 0.3]))
    loops = list(random.permutation(LOOPS[mode]))
    used: list[str] = []
    scenes = {}
    for k, (kind, (drums, level, dense, bass, wide)) in enumerate(KINDS.items()):
        fresh = [d for d in drums if d not in used] or list(drums)
        used.append(str(random.choice(fresh)))
        loop = loops[0] if one_loop or kind in ("intro", "outro") else loops[k % 4]
        scenes[kind] = Scene(used[-1], level**flat, loop, dense, bass, wide, 50 * seed + k)
    return FormSong(
        name,
        form,
        round(float(random.uniform(84.0, 150.0)), 1),
        int(random.integers(12)) if tonic is None else tonic,
        mode,
        str(random.choice(["pop", "room", "box"])),
        scenes,
        lift=int(random.choice([0, 0, 1, 2])),
        cents=float(random.choice([0.0, 0.0, -35.0, 30.0])),
        drive=float(random.choice([0.6, 1.2])),
        rolls=bool(random.random() < 0.5),
        gap=int(random.choice([0, 0, 1, 2])),
        thin=bool(random.random() < 0.4),
        growing=bool(random.random() < 0.5),
        noise_db=float(random.uniform(-40.0, -15.0)),
        seed=seed,
    )


def render_form(score: FormSong) -> FormTruth:
    """Plays a song section by section."""
    parts = [part.split() for part in score.form.split(", ")]
    bars = sum(int(count) for _, count in parts)
    beat = 60.0 / score.bpm
    stage = _Stage(Score(score.name, (), kit=score.kit, seed=score.seed), 4 * beat * bars + 3.0)
    last_chorus = max(k for k, (kind, _) in enumerate(parts) if kind == "chorus")
    start, sections, drops, breaks = 0.3, [], [], []
    times_heard: dict[str, int] = {}
    for k, (kind, count) in enumerate(parts):
        nth = times_heard[kind] = times_heard.get(kind, 0) + 1
        end = start + 4 * beat * int(count)
        into = k + 1 < len(parts) and parts[k + 1][0] == "chorus" and kind in ("pre", "bridge")
        tonic = score.tonic + (score.lift if k >= last_chorus else 0)
        closing = k == len(parts) - 1
        _Section(score, stage, kind, nth, tonic).play(start, int(count), into, closing)
        sections.append((start, end, LABELS.get(kind, kind)))
        if into and score.gap:
            breaks.append((end - score.gap * beat, end))
        before = score.scenes[parts[k - 1][0]]
        if kind == "chorus" and k and (before.level < 0.8 * score.scenes["chorus"].level):
            drops.append(start)
            stage._add(synth.crash().mean(axis=0), start, 0.6)
        start = end
    beats = 0.3 + beat * np.arange(4 * bars)
    track = np.tanh(score.drive * stage.track)
    hiss = np.random.default_rng(score.seed).standard_normal(len(track))
    hiss *= float(np.std(track)) * 10.0 ** (score.noise_db / 20.0)
    samples = _tuned(track + hiss, score.cents)
    samples = (0.85 * samples / np.abs(samples).max()).astype(np.float32)
    factor = 2.0 ** (-score.cents / 1200.0)
    rows = tuple((a * factor, b * factor, label) for a, b, label in sections)
    drums = tuple((time * factor, name) for time, name in sorted(stage.drums))
    rendered = Rendered(samples, beats * factor, beats[::4] * factor, rows, drums)
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return FormTruth(
        rendered,
        f"{names[score.tonic]} {score.mode}",
        tuple(drop * factor for drop in drops),
        tuple((a * factor, b * factor) for a, b in breaks),
    )


def _tuned(track: np.ndarray, cents: float) -> np.ndarray:
    """The track played faster and so higher, as from a tape."""
    if not cents:
        return track
    places = np.arange(0.0, len(track) - 1, 2.0 ** (cents / 1200.0))
    return np.interp(places, np.arange(len(track)), track)


@dataclass(frozen=True)
class _Section:
    """One section about to be played."""

    score: FormSong
    stage: _Stage
    kind: str
    nth: int
    tonic: int

    def play(self, start: float, bars: int, into_chorus: bool, closing: bool) -> None:
        scene, beat = self.score.scenes[self.kind], 60.0 / self.score.bpm
        chords = [_chord(name) for name in scene.loop.split()]
        for bar in range(bars):
            at = start + 4 * beat * bar
            steps = at + 0.25 * beat * np.arange(16)
            last = bar == bars - 1
            if into_chorus and last and self.score.gap:
                steps = steps[: 16 - 4 * self.score.gap]
            chord = chords[bar % len(chords)]
            if closing and last:
                chord = (0, 4 if self.score.mode == "major" else 3)
            late = self.score.growing and bars >= 8 and 2 * bar >= bars
            roll = into_chorus and self.score.rolls and last
            if not (self._thin and bar < 4):
                self._drums(scene, steps, bar, roll, late)
            self._harmony(scene, steps, chord, beat)
            self._tune(scene, steps, chord, bar, beat, late)
        if into_chorus and self.score.rolls:
            length = 8 * beat - (self.score.gap * beat)
            self.stage._add(synth.riser(length), start + 4 * beat * (bars - 2), 0.5)

    @property
    def _thin(self) -> bool:
        return self.score.thin and (self.kind, self.nth) in (("verse", 2), ("chorus", 3))

    def _drums(self, scene: Scene, steps: np.ndarray, bar: int, roll: bool, late: bool) -> None:
        marks: dict[str, str] = dict(DRUMS[scene.drums])
        if self.kind == "verse" and self.nth > 1:
            marks["rim"] = "......x.......x."
        if late and marks:
            marks["hat"] = "xoxoxoxoxoxoxoxo"
        if roll:
            marks = {"snare": "o.o.o.o.oooooooo"}
        elif bar % 8 == 7 and "snare" in marks:
            marks["snare"] = marks["snare"][:12] + "oxxx"
        for drum, row in marks.items():
            for time, mark in zip(steps, row, strict=False):
                if mark != ".":
                    touch = scene.level * self.stage.random.uniform(0.8, 1.1)
                    self.stage.drum(drum, time, touch * (1.0 if mark == "x" else 0.45))

    def _harmony(
        self, scene: Scene, steps: np.ndarray, chord: tuple[int, int], beat: float
    ) -> None:
        root = self.tonic + chord[0]
        if scene.bass:
            for time, mark in zip(steps, "x.....x.x...x.x.", strict=False):
                if mark == "x":
                    self.stage.note("bass", time, 36 + root % 12, 0.3, 0.5 * scene.level)
        held = min(len(steps) * 0.25 * beat, 3.8 * beat)
        places: Sequence[tuple[int, float]] = [(0, held)]
        if not scene.wide:
            places = [(k, 0.4 * beat) for k in (0, 3, 6, 10, 14) if k < len(steps)]
        for k, length in places:
            for tone in (0, chord[1], 7):
                octaves = (60, 72) if scene.wide and self.kind == "chorus" else (60,)
                for base in octaves:
                    note = base + (root + tone) % 12
                    self.stage.note("chord", steps[k], note, length, 0.2 * scene.level)

    def _tune(
        self,
        scene: Scene,
        steps: np.ndarray,
        chord: tuple[int, int],
        bar: int,
        beat: float,
        late: bool,
    ) -> None:
        """Four bars that come back; in a second verse others. The last bar rests on the tonic."""
        again = 0 if self.kind != "verse" else self.nth
        random = np.random.default_rng((scene.tune, again, bar % 4))
        scale = SCALES[self.score.mode]
        for k, time in enumerate(steps):
            weight = scene.dense * (1.2 if k % 4 == 0 else 0.9 if k % 2 == 0 else 0.15)
            play, choice, pick = random.random(), random.random(), int(random.integers(7))
            if play > weight:
                continue
            tone = scale[pick]
            if choice < 0.6:
                tone = (chord[0] + (0, chord[1], 7)[pick % 3]) % 12
            if bar % 4 == 3 and k >= 8:
                tone = 0
            note = 69 + (self.tonic + tone - 9) % 12
            level = 0.35 * scene.level * (1.15 if self.nth > 2 else 1.0)
            self.stage.note("lead", time, note, 0.45 * beat, level)
            if late or (self.kind == "chorus" and self.nth > 1):
                self.stage.note("lead", time, note - 5, 0.45 * beat, 0.5 * level)


def _chord(name: str) -> tuple[int, int]:
    """Root and third, in semitones."""
    return int(name.rstrip("m")), 3 if name.endswith("m") else 4
