"""A gallery of dances to look at: twelve prompts to two songs, movies, contact sheets, an index.

    python -m engine.training.gallery OUT [--song SONG --song SONG] [--model NAME] [--seconds 16]

Without songs it takes the demo song, and composes it once more at another tempo, when it is run
from the project's folder. ``OUT/index.md`` shows everything with what was asked and the figures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.audio.analysis import analyze
from engine.audio.decode import load_song
from engine.clip import Clip, write_clip
from engine.errors import ChoreoError
from engine.model.backends import load_motion_model
from engine.model.names import DEFAULT_MODEL
from engine.model.text import TextEncoder
from engine.pipeline import Engine, make_clip
from engine.preview import contact_sheet, movie
from engine.request import make_request

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO_SONG = ROOT / "assets" / "demo_song.ogg"
COMPOSER = ROOT / "tools" / "compose_demo_song.py"
SECOND_TEMPO = 96
"""BPM of the song that is composed beside the demo song's 124."""
MOVIE_SIZE = (320, 320)


@dataclass(frozen=True)
class Asked:
    """One prompt of the gallery."""

    prompt: str
    style: str = ""


PROMPTS = (
    Asked("step touch from side to side with soft claps"),
    Asked("body roll and slow hip circles", "sexy"),
    Asked("sharp punches to the front, wide stance", "girl-crush"),
    Asked("hands make a heart, cheerful bounces", "cute"),
    Asked("running man and kick ball change", "hip-hop"),
    Asked("pointing up and down like a disco star", "retro"),
    Asked("arm waves from one hand to the other"),
    Asked("big jumps and a full turn", "performance"),
    Asked("slow lyrical dance with long arm lines", "ballad"),
    Asked("손하트 하고 어깨 들썩이기", "cute"),
    Asked("골반을 튕기면서 걷기, 파워풀하게", "girl-crush"),
    Asked("chest pops, 팔 뻗기 and freeze", "swag"),
)


@dataclass(frozen=True, eq=False)
class Piece:
    """One dance of the gallery and its files."""

    asked: Asked
    song: str
    seed: int
    name: str
    clip: Clip


def make_gallery(
    out: Path, songs: list[Path], engine: Engine, seconds: float, prompts: tuple[Asked, ...]
) -> list[Piece]:
    """Dances every prompt to every song and writes movies, sheets, clips and ``index.md``.

    Raises:
        ChoreoError: a song cannot be read.
    """
    out.mkdir(parents=True, exist_ok=True)
    pieces = []
    for place, song in enumerate(songs):
        start = _chorus(song, seconds)
        for number, asked in enumerate(prompts):
            values = {"prompt": asked.prompt, "style": asked.style, "seed": number}
            request = make_request(values | {"start": start, "end": start + seconds})
            clip = make_clip(song, request, engine)
            name = f"{place + 1}_{song.stem}_{number + 1:02d}"
            write_clip(clip, out / f"{name}.npz")
            contact_sheet(clip, out / f"{name}.png")
            movie(clip, out / f"{name}.mp4", song, size=MOVIE_SIZE)
            pieces.append(Piece(asked, song.name, number, name, clip))
            print(f"{name}: {asked.prompt}", file=sys.stderr)
    (out / "index.md").write_text(index(pieces, engine.model.id), encoding="utf-8")
    return pieces


def index(pieces: list[Piece], model: str) -> str:
    """The page of the gallery, Markdown."""
    lines = ["# Gallery", "", f"Model `{model}`. Each movie shows the front beside the side.", ""]
    for number in sorted({piece.seed for piece in pieces}):
        mine = [piece for piece in pieces if piece.seed == number]
        asked = mine[0].asked
        style = f" ({asked.style})" if asked.style else ""
        lines += [f"## {number + 1}. {asked.prompt}{style}", ""]
        for piece in mine:
            figures = piece.clip.meta["figures"]
            tempo = piece.clip.meta["analysis"]["tempo"]
            lines += [
                f"{piece.song}, {tempo:.0f} BPM, seed {piece.seed}: "
                f"[movie]({piece.name}.mp4), [clip]({piece.name}.npz); "
                f"beats hit {figures['beat_hits']:.2f} (chance {figures['beat_hits_chance']:.2f}), "
                f"limb speed {figures['limb_speed']:.2f} m/s, "
                f"low feet that slide {figures['foot_slide']:.3f}",
                "",
                f"![{asked.prompt}]({piece.name}.png)",
                "",
            ]
    return "\n".join(lines)


def default_songs(out: Path) -> list[Path]:
    """The demo song, and the same composed at another tempo.

    Raises:
        ChoreoError: ``songs_missing`` outside the project's folder.
    """
    if not DEMO_SONG.is_file() or not COMPOSER.is_file():
        raise ChoreoError(
            "songs_missing",
            "The demo song and its composer are not here.",
            "Name two songs with --song SONG --song SONG.",
        )
    out.mkdir(parents=True, exist_ok=True)
    second = out / f"demo_song_{SECOND_TEMPO}.ogg"
    if not second.is_file():
        options = ["--bpm", str(SECOND_TEMPO), "--out", str(second)]
        subprocess.run([sys.executable, str(COMPOSER), *options], check=True)
    return [DEMO_SONG, second]


def _chorus(song: Path, seconds: float) -> float:
    """Where the fullest section starts that leaves room for so many seconds."""
    analysis = analyze(load_song(song))
    curve, hop = analysis.energy.curve, analysis.energy.hop
    room = [s.start for s in analysis.sections if s.start + seconds <= analysis.duration]
    return max(
        room or [0.0], key=lambda s: float(curve[int(s / hop) : int((s + seconds) / hop)].mean())
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="A gallery of dances to look at.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--song", type=Path, action="append", default=[])
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--seconds", type=float, default=16.0)
    parser.add_argument("--prompts", type=int, default=len(PROMPTS), help="only the first so many")
    given = parser.parse_args(arguments)
    try:
        songs = given.song or default_songs(given.out)
        engine = Engine(load_motion_model(given.model, given.device), TextEncoder.default())
        make_gallery(given.out, songs, engine, given.seconds, PROMPTS[: given.prompts])
    except ChoreoError as error:
        print(f"{error.message} {error.remedy}", file=sys.stderr)
        return 1
    print(given.out / "index.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
