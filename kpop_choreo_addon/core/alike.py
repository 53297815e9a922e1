"""What is asked of the engine for more dances like one that is there: its choreography again."""

from __future__ import annotations

import json
from typing import Any

from .clip import Clip
from .errors import ChoreoError

SLIDERS = ("energy", "smoothness", "bounce", "creativity")
FREER = 0.9
"""Creativity with which a choreography is danced again: with less of it, seeds hardly differ."""
NEAR = 0.2
"""Seconds by which a dance and its plan may differ in length."""
_LIMBS = {"wrist": "hands", "ankle": "feet"}


def alike_parameters(clip: Clip, plan: dict[str, Any], seed: int, count: int) -> dict[str, Any]:
    """The parameters of CONTRACT.md for ``count`` more dances of ``plan`` like ``clip``."""
    asked = clip.meta.get("request", {})
    given = {name: asked[name] for name in ("prompt", "style", *SLIDERS) if name in asked}
    given["creativity"] = max(float(given.get("creativity", 0.0)), FREER)
    given |= {name: int(asked[name]) for name in ("sync", "cleanup", "loop") if name in asked}
    if asked.get("section_prompts"):
        given["section_prompts"] = json.dumps(asked["section_prompts"], ensure_ascii=False)
    if asked.get("pins"):
        given["pins"] = json.dumps([_pin(pin) for pin in asked["pins"]])
    plan_text = json.dumps(plan, ensure_ascii=False)
    return given | {"plan": plan_text, "seed": seed, "n_takes": count}


def choreography(line: list[Clip]) -> dict[str, Any]:
    """The plan of a dance.

    Args:
        line: the dance; if a part of it was danced anew also the one that it was made from, if
            that can be found, and so on.

    Raises:
        ChoreoError: ``take_unplanned`` when it came without one or is no longer what it planned;
            ``take_partial`` when a part was danced anew and the rest's is not known.
    """
    clip, *older = line
    plan = clip.meta.get("plan")
    if not isinstance(plan, dict) or not plan.get("phrases"):
        raise ChoreoError(
            "take_unplanned",
            "This take was not made by the engine, so its choreography is not known.",
            "Choose another take.",
        )
    if abs(float(plan["end"]) - float(plan["start"]) - clip.duration) > NEAR:
        raise ChoreoError(
            "take_unplanned",
            "This take is longer or shorter than its choreography.",
            "Choose another take.",
        )
    part = clip.meta.get("directing", {}).get("source")
    if not part:
        return plan
    rest = choreography(older) if older else {}
    if _grid(rest) != _grid(plan):
        raise ChoreoError(
            "take_partial",
            "A part of this take was danced anew, and the take that it was made from is gone.",
            "Choose another take.",
        )
    first, last = (clip.song_start + frame / clip.fps for frame in part["frames"])
    anew = [first <= (p["start"] + p["end"]) / 2 <= last for p in plan["phrases"]]
    pairs = zip(plan["phrases"], rest["phrases"], strict=True)
    chosen = [new if is_new else old for (new, old), is_new in zip(pairs, anew, strict=True)]
    return rest | {"phrases": [_alone(p, anew, n) for n, p in enumerate(chosen)]}


def _alone(phrase: dict[str, Any], anew: list[bool], number: int) -> dict[str, Any]:
    """``phrase``, which brings back another one only if that is of the same dance."""
    back = phrase.get("repeats")
    if back is None or anew[back] == anew[number]:
        return phrase
    return phrase | {"repeats": None, "mirrored": False, "variation": 0.0}


def _grid(plan: dict[str, Any]) -> list[tuple[float, float]]:
    return [(round(p["start"], 3), round(p["end"], 3)) for p in plan.get("phrases", ())]


def _pin(stored: dict[str, Any]) -> dict[str, Any]:
    """A pin of a clip's request as it is asked for."""
    pin = {name: stored[name] for name in ("time", "hold", "weight")}
    if stored["joints"]:
        pin["joints"] = stored["joints"]
    for joint, place in stored["points"].items():
        side, limb = joint.split("_")
        pin.setdefault(_LIMBS[limb], {})[side] = place
    root = {name: stored[name] for name in ("position", "facing") if stored[name] is not None}
    return pin | ({"root": root} if root else {})
