"""Renders songs with exact truth for the ears: python tools/render_songs.py FOLDER [--seed N]

Writes one folder a song with audio, beats.txt, downbeats.txt (seconds), sections.txt (start, end,
label) and drums.txt (seconds, drum), as ``python -m engine.audio.evaluate FOLDER`` reads them. The
same every time.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from rendered_song import RATE, Score, Stretch, render

GROOVES = ("floor", "rock", "funk", "trap", "dembow", "breakbeat", "ballad", "sparse", "punk")
RANGES = {
    "floor": (100.0, 150.0),
    "rock": (75.0, 165.0),
    "funk": (80.0, 125.0),
    "trap": (125.0, 160.0),
    "dembow": (85.0, 110.0),
    "breakbeat": (150.0, 185.0),
    "ballad": (70.0, 100.0),
    "sparse": (80.0, 120.0),
    "punk": (155.0, 200.0),
}
"""BPM at which each groove is played, as it is in real music."""
KITS = ("pop", "room", "box")


def even(bpm: float, bars: int = 32) -> tuple[Stretch, ...]:
    return (Stretch(bars, bpm),)


def catalogue(seed: int = 0) -> list[Score]:
    """All songs: grooves at an even tempo, meters, hindrances, tempi that change.

    Another ``seed`` gives other tempi, keys, tunes and kits: songs on which nothing was tuned.
    """
    random = np.random.default_rng(100 + seed)
    rest = [*_meters(), *_hindrances(), *_changing()]
    if seed:
        rest = [_varied(score, random) for score in rest]
    return [*_even_songs(4 + seed), *rest]


def _varied(score: Score, random: np.random.Generator) -> Score:
    """The same song at a tempo up to 8% away, with another kit, key and tune."""
    factor = float(random.uniform(0.92, 1.08))

    def moved(part: Stretch) -> Stretch:
        end = None if part.to_bpm is None else factor * part.to_bpm
        return Stretch(part.bars, factor * part.bpm, end)

    return replace(
        score,
        stretches=tuple(moved(part) for part in score.stretches),
        kit=str(random.choice(KITS)),
        key=int(random.integers(12)),
        seed=int(random.integers(1000, 9999)),
    )


def _even_songs(seed: int) -> list[Score]:
    random = np.random.default_rng(seed)
    scores = []
    for k in range(27):
        pattern = GROOVES[k % 9]
        bpm = round(float(random.uniform(*RANGES[pattern])), 2)
        swing = 0.33 if pattern in ("funk", "rock") and k % 2 else 0.0
        scores.append(
            Score(
                f"even_{k:02d}_{pattern}_{bpm:.0f}" + ("_swing" if swing else ""),
                even(bpm, 32 if bpm > 100 else 24),
                pattern,
                KITS[(k + k // 9) % 3],
                key=int(random.integers(12)),
                swing=swing,
                human_ms=6.0 if k % 3 == 0 else 0.0,
                silence=float(random.uniform(0.0, 1.0)),
                seed=k + 100 * (seed - 4),
            )
        )
    return scores


def _meters() -> list[Score]:
    found = [("waltz", 96.0), ("waltz", 150.0), ("slow three", 84.0), ("slow three", 120.0)]
    found += [("six eight", 72.0), ("six eight", 84.0), ("six eight", 100.0)]
    return [
        Score(f"meter_{k}_{pattern.replace(' ', '_')}_{bpm:.0f}", even(bpm, 40), pattern,
              KITS[k % 3], seed=40 + k)
        for k, (pattern, bpm) in enumerate(found)
    ]  # fmt: skip


def _hindrances() -> list[Score]:
    return [
        Score("pickup_1", even(116.0), "rock", pickup=1, seed=50),
        Score("pickup_2", even(92.0, 24), "funk", "room", pickup=2, seed=51),
        Score("pickup_3", even(140.0), "floor", "box", pickup=3, seed=52),
        Score("silence_8s", even(126.0), "floor", silence=8.3, seed=53),
        Score("silence_3s", even(88.0, 24), "sparse", "room", silence=3.1, seed=54),
        Score("noise_-6dB", even(122.0), "rock", noise_db=-6.0, seed=55),
        Score("noise_0dB", even(104.0), "floor", noise_db=0.0, seed=56),
        Score("mp3_32k", even(133.0), "rock", "room", bit_rate=32000, seed=57),
        Score("mp3_48k", even(97.0, 24), "trap", "box", bit_rate=48000, seed=58),
        Score("half_break_1", even(128.0, 36), "floor", half_time_break=True, seed=59),
        Score("half_break_2", even(172.0, 40), "punk", "room", half_time_break=True, seed=60),
        Score("loose_15ms", even(108.0), "rock", "room", human_ms=15.0, seed=61),
    ]


def _changing() -> list[Score]:
    def song(name: str, pattern: str, kit: str, *stretches: Stretch) -> Score:
        return Score(name, stretches, pattern, kit, seed=len(name))

    s = Stretch
    return [
        song("ramp_100_130", "rock", "pop", s(32, 100.0, 130.0)),
        song("ramp_150_110", "floor", "room", s(32, 150.0, 110.0)),
        song("ramp_84_92", "funk", "box", s(24, 84.0, 92.0)),
        song("ramp_up_down", "rock", "room", s(8, 110), s(12, 110, 140), s(12, 140, 105)),
        song("drift_120_123", "floor", "pop", s(36, 120.0, 123.0)),
        song("jump_100_128", "rock", "pop", s(14, 100.0), s(20, 128.0)),
        song("jump_140_120", "floor", "box", s(20, 140.0), s(16, 120.0)),
        song("jump_90_135", "rock", "room", s(12, 90.0), s(20, 135.0)),
        song("jump_three", "floor", "pop", s(12, 124.0), s(10, 100.0), s(14, 132.0)),
        song("jump_slight", "rock", "box", s(18, 118.0), s(18, 121.0)),
        song("jump_160_80", "rock", "pop", s(18, 160.0), s(12, 96.0)),
        song("rit_rock", "rock", "pop", s(28, 120.0), s(3, 120.0, 75.0)),
        song("rit_ballad", "ballad", "room", s(20, 80.0), s(3, 80.0, 55.0)),
        song("rit_and_on", "rock", "room", s(15, 112.0), s(1, 112.0, 70.0), s(16, 112.0)),
    ]


def write(score: Score, folder: Path) -> None:
    """Renders a score into ``folder``."""
    song = render(score)
    folder.mkdir(parents=True, exist_ok=True)
    np.savetxt(folder / "beats.txt", song.beats, fmt="%.6f")
    np.savetxt(folder / "downbeats.txt", song.downbeats, fmt="%.6f")
    lines = [f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in song.sections]
    (folder / "sections.txt").write_text("".join(lines), encoding="utf-8")
    struck = [f"{time:.6f}\t{name}\n" for time, name in song.drums]
    (folder / "drums.txt").write_text("".join(struck), encoding="utf-8")
    name = "audio.flac" if score.bit_rate is None else "audio.mp3"
    with av.open(str(folder / name), "w") as container:
        stream = container.add_stream("flac" if score.bit_rate is None else "mp3", rate=RATE)
        stream.layout = "mono"
        if score.bit_rate is not None:
            stream.bit_rate = score.bit_rate
        fitter = av.AudioResampler(stream.codec_context.format, "mono", RATE)
        for start in range(0, len(song.samples), 4608):
            block = song.samples[None, start : start + 4608]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "mono")
            frame.sample_rate, frame.pts = RATE, start
            for fitted in fitter.resample(frame):
                container.mux(stream.encode(fitted))
        container.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/render_songs.py")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="songs whose name has this word")
    parser.add_argument("--seed", type=int, default=0, help="other tempi, keys, tunes and kits")
    given = parser.parse_args()
    for score in catalogue(given.seed):
        if given.only in score.name:
            write(score, given.folder / score.name)
            print(given.folder / score.name)


if __name__ == "__main__":
    main()
