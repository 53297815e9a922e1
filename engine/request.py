"""What a user asks for: the parameters of CONTRACT.md's ``generate-motion``, checked."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from engine.directing.asked import MOST_TAKES, Pin, read_pins, read_range
from engine.directing.asked import invalid as _invalid
from engine.errors import ChoreoError
from engine.untrusted import read_json

SLIDERS = ("energy", "smoothness", "bounce", "creativity")


@dataclass(frozen=True)
class SectionPrompt:
    """What holds between two seconds of the song; None leaves the request's own slider."""

    start: float
    end: float
    prompt: str = ""
    style: str = ""
    energy: float | None = None
    smoothness: float | None = None
    bounce: float | None = None
    creativity: float | None = None
    same_as: float | None = None
    """Second of the song at which the section begins whose choreography is danced again here."""


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
    n_takes: int = 1
    loop: bool = False
    regenerate: tuple[float, float] | None = None
    """Seconds of the source clip that are danced anew."""
    pins: tuple[Pin, ...] = ()

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
    if _number(given, "members", 1.0) != 1:
        raise ChoreoError(
            "not_supported",
            "This version of the engine makes one dancer; 'members' must be 1.",
            "Generate several times with different seeds.",
            400,
        )
    takes = _number(given, "n_takes", 1.0)
    if takes not in range(1, MOST_TAKES + 1):
        raise _invalid(f"'n_takes' is {takes:g}.", f"Ask for 1 to {MOST_TAKES} takes.")
    regenerate = read_range(given.get("regenerate"))
    loop = bool(_number(given, "loop", 0.0))
    if (regenerate is None) != ("source_clip" not in given):
        raise _invalid(
            "'regenerate' and 'source_clip' belong together.",
            "Send the clip, and the seconds of it that are to be danced anew.",
        )
    if regenerate and loop:
        raise _invalid(
            "A part of a clip cannot be a loop.",
            "Leave out 'loop'; a source that loops still will.",
        )
    sliders = {}
    for name in SLIDERS:
        value = _number(given, name, getattr(GenerateRequest, name))
        if not 0.0 <= value <= 1.0:
            raise _invalid(f"'{name}' is {value:g}.", "Sliders go from 0 to 1.")
        sliders[name] = value
    seed = _number(given, "seed", 0.0)
    if seed != int(seed) or not 0 <= seed <= 2**32 - takes:
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
        n_takes=int(takes),
        loop=loop,
        regenerate=regenerate,
        pins=read_pins(given.get("pins")),
    )


def _number(given: dict[str, Any], name: str, default: float | None) -> Any:
    """A finite number, or the default where nothing is given."""
    if name not in given:
        return default
    try:
        value = float(given[name])
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise _invalid(f"'{name}' is not a number.", "Write it with digits, like 0.75.")
    return value


def _section_prompts(text: Any) -> tuple[SectionPrompt, ...]:
    if not text:
        return ()
    try:
        rows = read_json(text) if isinstance(text, str) else text
        return tuple(_section_prompt(dict(row)) for row in rows)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise _invalid(
            "'section_prompts' cannot be read.",
            'Send a JSON list like [{"start": 0, "end": 8, "prompt": "..."}].',
        ) from error


def _section_prompt(row: dict[str, Any]) -> SectionPrompt:
    start, end = float(row["start"]), float(row["end"])
    given = {name: value for name, value in row.items() if value is not None}
    if not 0.0 <= start < end:
        raise _invalid(
            f"The section from {start:g} to {end:g} s ends before it starts.",
            "Set its 'end' after its 'start'.",
        )
    sliders = {}
    for name in SLIDERS:
        sliders[name] = value = _number(given, name, None)
        if value is not None and not 0.0 <= value <= 1.0:
            raise _invalid(
                f"'{name}' of the section at {start:g} s is {value:g}.", "Sliders go from 0 to 1."
            )
    return SectionPrompt(
        start,
        end,
        str(given.get("prompt", "")),
        str(given.get("style", "")),
        **sliders,
        same_as=_number(given, "same_as", None),
    )


def _plan(text: Any) -> dict[str, Any] | None:
    """A plan as it was sent; what is in it is checked when it is read."""
    if not text:
        return None
    try:
        plan = read_json(text) if isinstance(text, str) else text
    except ValueError as error:
        raise _invalid("'plan' is no JSON.", "Send a plan that the engine wrote.") from error
    if not isinstance(plan, dict):
        raise _invalid("'plan' is no JSON object.", "Send a plan that the engine wrote.")
    return plan
