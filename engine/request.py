"""What a user asks for: the parameters of CONTRACT.md's ``generate-motion``, checked."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import ChoreoError

SLIDERS = ("energy", "smoothness", "bounce", "creativity")


@dataclass(frozen=True)
class SectionPrompt:
    """Words that hold between two seconds of the song."""

    start: float
    end: float
    prompt: str = ""
    style: str = ""


@dataclass(frozen=True)
class GenerateRequest:
    """A request that has been checked; make it with :func:`make_request`."""

    prompt: str = ""
    style: str = ""
    energy: float = 0.75
    smoothness: float = 0.5
    bounce: float = 0.6
    creativity: float = 0.4
    seed: int = 0
    start: float = 0.0
    end: float | None = None
    section_prompts: tuple[SectionPrompt, ...] = ()
    sync: bool = True
    cleanup: bool = True
    plan: dict[str, Any] | None = None
    """A choreography plan (``Plan.to_dict``) to be danced instead of having one made."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, for a clip's ``meta``."""
        return asdict(self)


def make_request(values: dict[str, Any]) -> GenerateRequest:
    """Checks raw parameters (strings or numbers, as they come from a form or a command line).

    Raises:
        ChoreoError: ``parameter_invalid`` for what cannot be read or is out of range, and
            ``not_supported`` for what CONTRACT.md reserves.
    """
    given = {k: v for k, v in values.items() if v is not None and v != ""}
    for name in ("source_clip", "regenerate", "pins"):
        if name in given:
            raise ChoreoError(
                "not_supported",
                f"This version of the engine cannot use '{name}' yet.",
                "Leave it out and generate the whole dance.",
                400,
            )
    for name in ("members", "n_takes"):
        if _number(given, name, 1.0) != 1:
            raise ChoreoError(
                "not_supported",
                f"This version of the engine makes one dancer and one take; '{name}' must be 1.",
                "Generate several times with different seeds.",
                400,
            )
    sliders = {}
    for name in SLIDERS:
        value = _number(given, name, getattr(GenerateRequest, name))
        if not 0.0 <= value <= 1.0:
            raise _invalid(f"'{name}' is {value:g}.", "Sliders go from 0 to 1.")
        sliders[name] = value
    seed = _number(given, "seed", 0.0)
    if seed != int(seed) or not 0 <= seed < 2**32:
        raise _invalid(f"'seed' is {seed:g}.", "A seed is a whole number from 0 to 4294967295.")
    start = _number(given, "start", 0.0)
    end = _number(given, "end", None)
    if start < 0 or (end is not None and end <= start):
        raise _invalid("The range to dance ends before it starts.", "Set 'end' after 'start'.")
    return GenerateRequest(
        prompt=str(given.get("prompt", "")),
        style=str(given.get("style", "")),
        **sliders,
        seed=int(seed),
        start=start,
        end=end,
        section_prompts=_section_prompts(given.get("section_prompts")),
        sync=bool(_number(given, "sync", 1.0)),
        cleanup=bool(_number(given, "cleanup", 1.0)),
        plan=_plan(given.get("plan")),
    )


def _number(given: dict[str, Any], name: str, default: float | None) -> Any:
    """A finite number, or the default where nothing is given."""
    if name not in given:
        return default
    try:
        value = float(given[name])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise _invalid(f"'{name}' is not a number.", "Write it with digits, like 0.75.")
    return value


def _section_prompts(text: Any) -> tuple[SectionPrompt, ...]:
    if not text:
        return ()
    try:
        rows = json.loads(text) if isinstance(text, str) else text
        return tuple(
            SectionPrompt(
                float(row["start"]),
                float(row["end"]),
                str(row.get("prompt", "")),
                str(row.get("style", "")),
            )
            for row in rows
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _invalid(
            "'section_prompts' cannot be read.",
            'Send a JSON list like [{"start": 0, "end": 8, "prompt": "..."}].',
        ) from error


def _plan(text: Any) -> dict[str, Any] | None:
    """A plan as it was sent; what is in it is checked when it is read."""
    if not text:
        return None
    try:
        plan = json.loads(text) if isinstance(text, str) else text
    except ValueError as error:
        raise _invalid("'plan' is no JSON.", "Send a plan that the engine wrote.") from error
    if not isinstance(plan, dict):
        raise _invalid("'plan' is no JSON object.", "Send a plan that the engine wrote.")
    return plan


def _invalid(message: str, remedy: str) -> ChoreoError:
    return ChoreoError("parameter_invalid", message, remedy, 400)
