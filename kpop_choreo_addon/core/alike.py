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
    if not part or not part["frames"]:
        return plan
    return plan | {"phrases": _mixed(plan, choreography(older) if older else {}, clip, part)}


def _mixed(
    plan: dict[str, Any], rest: dict[str, Any], clip: Clip, part: dict[str, Any]
) -> list[dict[str, Any]]:
    """The phrases of ``plan`` in the part that was danced anew, and those of ``rest`` around it.

    A phrase brings back another one only if both are of the same dance. The last one of ``rest``
    may have been cut short; what it lacks is left to the words.
    """
    first, last = (clip.song_start + part["frames"][end] / clip.fps for end in (0, -1))
    anew = [first <= (p["start"] + p["end"]) / 2 <= last for p in plan["phrases"]]
    older = rest.get("phrases", ())
    mixed = []
    for number, phrase in enumerate(plan["phrases"]):
        chosen = phrase
        if not anew[number] and number < len(older) and _begins(older[number], phrase):
            edges = {name: phrase[name] for name in ("end", "ending") if name in phrase}
            chosen = older[number] | edges
        elif not anew[number]:
            raise ChoreoError(
                "take_partial",
                "A part of this take was danced anew, and the rest's choreography is not known.",
                "Choose another take.",
            )
        back = chosen.get("repeats")
        if back is not None and anew[back : back + 1] != [anew[number]]:
            chosen = chosen | {"repeats": None, "mirrored": False, "variation": 0.0}
        mixed.append(chosen)
    return mixed


def _begins(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether ``old`` is the same stretch of the song as ``new``, or the beginning of it."""
    return abs(old["start"] - new["start"]) < 1e-3 and old["end"] < new["end"] + 1e-3


def _pin(stored: dict[str, Any]) -> dict[str, Any]:
    """A pin of a clip's request as it is asked for."""
    pin = {name: stored[name] for name in ("time", "hold", "weight")}
    if stored["joints"]:
        pin["joints"] = stored["joints"]
    for joint, place in stored["points"].items():
        side, _, limb = joint.partition("_")
        if limb in _LIMBS:
            pin.setdefault(_LIMBS[limb], {})[side] = place
    root = {name: stored[name] for name in ("position", "facing") if stored[name] is not None}
    return pin | ({"root": root} if root else {})
