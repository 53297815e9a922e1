"""Styles: words that join the prompt, and where the sliders would stand. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import ChoreoError


@dataclass(frozen=True)
class Style:
    """One K-pop style."""

    name: str
    title: str
    prompt: str
    signs: tuple[str, ...]
    """Words of a prompt by which the style is known; the lexicon's English for it among them."""
    energy: float = 0.75
    smoothness: float = 0.5
    bounce: float = 0.6
    creativity: float = 0.4


STYLES = {
    style.name: style
    for style in (
        Style(
            "girl-crush",
            "Girl crush",
            "girl group choreography with strong attitude, sharp arms, fierce and strong",
            ("girl crush", "girl group choreography with strong attitude"),
            energy=0.85,
            smoothness=0.3,
        ),
        Style(
            "cute",
            "Cute",
            "cheerful idol style dance, bouncy, hands near the face, in place",
            ("cute", "cheerful idol style dance"),
            energy=0.65,
            bounce=0.85,
        ),
        Style(
            "hip-hop",
            "Hip-hop",
            "hip hop dance with bouncy steps and arm locks, low stance, a bouncing groove",
            ("hip hop",),
            energy=0.8,
            smoothness=0.35,
            bounce=0.75,
        ),
        Style(
            "swag",
            "Swag",
            "laid back hip hop, grooving with bent knees and loose shoulders, relaxed",
            ("swag", "laid back hip hop"),
            energy=0.5,
            smoothness=0.55,
        ),
        Style(
            "retro",
            "Retro",
            "groovy disco steps with an arm up and down, pointing with one arm, hips swaying",
            ("retro", "groovy disco steps"),
            bounce=0.75,
        ),
        Style(
            "sexy",
            "Sexy",
            "a sassy dance with hips and a hand on the hip, hips swaying, smooth and flowing",
            ("sexy", "a sassy dance with hips"),
            energy=0.5,
            smoothness=0.75,
            bounce=0.35,
        ),
        Style(
            "ballad",
            "Ballad",
            "smooth lyrical dance with open arms, slow, long arm lines",
            ("ballad", "lyrical", "contemporary", "modern dance"),
            energy=0.3,
            smoothness=0.9,
            bounce=0.2,
        ),
        Style(
            "performance",
            "Performance",
            "hard hitting pop dance, big wide arms, spins and turns, high energy",
            ("performance", "hard hitting pop dance"),
            energy=0.95,
            smoothness=0.4,
        ),
    )
}


def find_style(name: str | None) -> Style | None:
    """The style of that name; None for no name.

    Raises:
        ChoreoError: ``style_unknown``, naming those that exist.
    """
    if not name or name == "none":
        return None
    if name not in STYLES:
        raise ChoreoError(
            "style_unknown",
            f"There is no style called '{name[:40]}'.",
            f"Choose one of: {', '.join(STYLES)}.",
        )
    return STYLES[name]
