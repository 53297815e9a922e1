"""Looks at moves.

    python -m engine.vocabulary list [WORDS...]
    python -m engine.vocabulary play NAME [NAME...] [--out FOLDER] [--tempo 110] [--mirror]
    python -m engine.vocabulary sheet NAME [NAME...] [--out SHEET.png]
    python -m engine.vocabulary phrase [--seed 1] [--style cute] [--out FOLDER] [--tempo 110]

``play`` dances the named moves one after another, each filling at least an eight, the second half
mirrored; ``phrase`` writes a dance by the grammar. Both write a contact sheet and a movie.
``sheet`` shows several moves in one picture, two rows each (front and side), two pictures a count.
A name may be the path of a TOML file instead, and ARMS+STEPS dances the arms of one over the steps
of another.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from engine.clip import Clip
from engine.errors import ChoreoError
from engine.preview import contact_sheet, draw_frame, figure_of, movie
from engine.vocabulary.layers import over
from engine.vocabulary.move import STYLES, Move, find_move, load_move, load_moves
from engine.vocabulary.phrases import Choice, write_score
from engine.vocabulary.player import Played, play
from engine.vocabulary.score import Part, Score

EIGHT = 8


def clip_of(played: Played) -> Clip:
    """A played score as a clip whose beats are its counts."""
    count, fps = played.count, played.motion.fps
    whole = np.arange(np.ceil(count[0]), np.floor(count[-1]) + 1)
    beats = np.interp(whole, count, np.arange(len(count)) / fps)
    return Clip(
        fps=fps,
        local_quats=played.motion.local_quats[None],
        root_positions=played.motion.root_positions[None],
        foot_contacts=played.motion.contacts[None],
        beats=beats,
        downbeats=beats[whole % 4 == 0],
        meta={"moves": [part.move.name for part in played.parts]},
    )


def score_of(moves: list[Move], tempo: float, mirror: bool) -> Score:
    """Each move over an eight (or its own length), its second half mirrored where it can be."""
    parts: list[Part] = []
    at = 0.0
    for move in moves:
        times = max(1, EIGHT // move.counts)
        for number in range(times):
            other = mirror != (number >= times / 2 and times > 1)
            parts.append(Part(move.sided(other), at))
            at += move.counts
    return Score(tuple(parts), tempo)


def _named(name: str) -> Move:
    arms, _, steps = name.partition("+")
    move = load_move(Path(arms)) if arms.endswith(".toml") else find_move(arms)
    return over(move, _named(steps)) if steps else move


def _list(given: argparse.Namespace) -> None:
    for move in load_moves().values():
        line = f"{move.name:28} {move.counts}  {move.family:20} {', '.join(move.styles)}"
        if all(word in line or word in " ".join(move.captions) for word in given.words):
            print(line)


def _write(score: Score, given: argparse.Namespace, name: str) -> None:
    given.out.mkdir(parents=True, exist_ok=True)
    played = play(score)
    clip = clip_of(played)
    shown = np.interp(given.at, played.count, np.arange(len(played.count))).round().astype(int)
    contact_sheet(clip, given.out / f"{name}.png", frames=shown.tolist())
    if not given.no_movie:
        movie(clip, given.out / f"{name}.mp4")
    print(given.out / f"{name}.png")


def _play(given: argparse.Namespace) -> None:
    moves = [_named(name) for name in given.moves]
    given.at = np.arange(0, given.counts, 0.5)
    _write(score_of(moves, given.tempo, given.mirror), given, moves[0].name)


def _sheet(given: argparse.Namespace) -> None:
    width, height = 120, 150
    at = np.arange(0.0, EIGHT, 0.5)
    picture = Image.new("RGB", (width * len(at), 2 * height * len(given.moves)))
    for row, name in enumerate(given.moves):
        move = _named(name)
        played = play(score_of([move], given.tempo, False))
        figure = figure_of(clip_of(played))
        shown = np.interp(at, played.count, np.arange(len(played.count))).round().astype(int)
        for column, frame in enumerate(shown.tolist()):
            label = f"{at[column] + 1:g}" if column else move.name
            for line, view in enumerate(("front", "side")):
                tile = draw_frame(
                    figure, frame, view, (width, height), "" if line else label, column % 2 == 0
                )
                picture.paste(tile, (column * width, (2 * row + line) * height))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    picture.save(given.out)
    print(given.out)


def _phrase(given: argparse.Namespace) -> None:
    rng = np.random.default_rng(given.seed)
    score = write_score(load_moves(), rng, Choice(given.style, given.tempo, given.eights))
    for part in score.parts:
        side = " (other side)" if part.move.mirrored else ""
        print(f"{part.start:5.0f}  {part.move.name}{side}")
    given.at = np.arange(0, score.counts)
    _write(score, given, f"phrase_{given.seed}")


def main() -> None:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="engine.vocabulary", description=__doc__)
    commands = parser.add_subparsers(required=True)
    listing = commands.add_parser("list", help="names, counts, families and styles")
    listing.add_argument("words", nargs="*")
    listing.set_defaults(run=_list)
    playing = commands.add_parser("play", help="dances moves by name or by file")
    playing.add_argument("moves", nargs="+", metavar="NAME|FILE.toml")
    playing.add_argument("--counts", type=float, default=8, help="how many the sheet shows")
    playing.add_argument("--mirror", action="store_true", help="begin on the other side")
    playing.set_defaults(run=_play)
    sheet = commands.add_parser("sheet", help="several moves in one picture")
    sheet.add_argument("moves", nargs="+", metavar="NAME|FILE.toml")
    sheet.add_argument("--out", type=Path, default=Path("out/moves/sheet.png"))
    sheet.add_argument("--tempo", type=float, default=110.0)
    sheet.set_defaults(run=_sheet)
    phrase = commands.add_parser("phrase", help="dances eights written by the grammar")
    phrase.add_argument("--seed", type=int, default=0)
    phrase.add_argument("--style", choices=STYLES)
    phrase.add_argument("--eights", type=int, default=4)
    phrase.set_defaults(run=_phrase)
    for command in (playing, phrase):
        command.add_argument("--tempo", type=float, default=110.0, help="counts a minute")
        command.add_argument("--out", type=Path, default=Path("out/moves"))
        command.add_argument("--no-movie", action="store_true")
    given = parser.parse_args()
    try:
        given.run(given)
    except ChoreoError as error:
        sys.exit(f"{error.message} {error.remedy}")


if __name__ == "__main__":
    main()
