"""Damaged JSON for every reader of it, for :mod:`tests.fuzzing`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.audio.correction import make_correction
from engine.choreography.phrases import Plan
from engine.errors import ChoreoError as Refused
from engine.request import make_request
from kpop_choreo_addon.core import pins, takes
from kpop_choreo_addon.core.body import JOINTS
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.rig_presets import load_preset
from kpop_choreo_addon.core.section_directions import read_section_prompts
from kpop_choreo_addon.core.style_presets import load_style_preset
from kpop_choreo_addon.core.waiting_jobs import WaitingJob, waiting_jobs
from tests.fuzz_clips import broken_json
from tests.fuzzing import Random, told

SECTIONS = [{"start": 0.0, "end": 8.0, "prompt": "wave", "energy": 0.5, "same_as": 12.0}]
PINS = [
    {"time": 1.0, "hold": 0.5, "weight": 1.0, "joints": {"head": [1, 0, 0, 0]}},
    {"time": 2.0, "hands": {"left": [0.1, 1.2, 0.3]}, "root": {"position": [0, 1, 0]}},
]
PHRASE = {
    "start": 0.0,
    "end": 6.0,
    "first_count": 0,
    "section": "verse",
    "prompt": "",
    "style": "cute",
    "moves": [{"name": "body_roll", "first": 1, "counts": 4, "mirrored": True, "steps": ""}],
    "repeats": None,
    "accents": [1.0, 3.5],
    "freeze": [7],
    "energy": 0.1,
}
COUNTS = {"first": 0, "every": 1, "times": [0.25 + 0.5 * k for k in range(12)]}
PLAN = {"start": 0.0, "end": 6.0, "phrases": [PHRASE], "counts": COUNTS, "unclear": ["x"]}
CORRECTION = {
    "taps": [1.0, 1.5, 2.0, 2.5],
    "factor": 2.0,
    "nudge_ms": 3.0,
    "one": 1,
    "beats_per_bar": 4,
    "sections": [{"start": 0.0, "label": "verse"}],
}
TAKES = {"active": "a", "takes": [asdict(takes.Take("a", "Take 1", 3)), {"uid": "b", "name": "2"}]}
POSTURE = {
    "quats": [[1.0, 0.0, 0.0, 0.0]] * len(JOINTS),
    "position": [0.0, 1.0, 0.0],
    "turns": {"hip": [1.0, 0.0, 0.0, 0.0]},
    "places": {"root": [0.0, 0.0, 1.0]},
    "scale": 1.0,
}
PIN = {"uid": "a", "name": "Pose 1", "kind": "POSE", "time": 1.0, "posture": POSTURE, "hold": 0.5}
RIG = {
    "format": "kpop-choreo-rig-preset",
    "version": 1,
    "title": "Mine",
    "joints": {"pelvis": "Hips"},
    "parts": {},
}
STYLE = {
    "format": "kpop-choreo-style-preset",
    "version": 1,
    "title": "Mine",
    "style": "cute",
    "prompt": "wave",
    **dict.fromkeys(("energy", "smoothness", "bounce", "creativity"), 0.5),
}
JOB = asdict(WaitingJob("http://a", "b", "c.wav", "d.blend", "Scene", "Rig", {"seed": 1}))


def _file(read: Callable[[Path], Any]) -> Callable[[str, Path], Any]:
    """A reader of files reads a text."""

    def run(text: str, folder: Path) -> Any:
        path = folder / "a.json"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            return read(path)
        finally:
            path.unlink()

    return run


def _names(text: str, folder: Path) -> Any:
    """What the panel shows of takes in every draw."""
    found = takes.read_list(text)
    return [
        (take.number, found.kin(take), found.next_name(), take.seed + 1) for take in found.takes
    ]


def _held(text: str, folder: Path) -> Any:
    found = pins.read_pins(text)
    return [(pin.end, pin.parts, pin.posture.body.positions()) for pin in found.pins]


READERS: tuple[tuple[Any, Callable[[str, Path], Any]], ...] = (
    (SECTIONS, lambda text, _: make_request({"section_prompts": text})),
    (SECTIONS, lambda text, _: read_section_prompts(text)),
    (PINS, lambda text, _: make_request({"pins": text})),
    ([8, 12], lambda text, _: make_request({"regenerate": text, "source_clip": "x"})),
    (PLAN, lambda text, _: Plan.from_dict(make_request({"plan": text}).plan)),
    (CORRECTION, lambda text, _: make_correction(text)),
    (TAKES, _names),
    ({"active": "a", "pins": [PIN]}, _held),
    (RIG, _file(load_preset)),
    (STYLE, _file(load_style_preset)),
    (JOB, _file(lambda path: waiting_jobs(path.parent, "d.blend"))),
)


def read(random: Random, folder: Path) -> str:
    """Damaged JSON is read as far as it can be, or refused."""
    value, reader = READERS[int(random.integers(len(READERS)))]
    text = broken_json(json.loads(json.dumps(value)), random)
    try:
        reader(text, folder)
    except (ChoreoError, Refused) as error:
        return told(error)
    return "read"
