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
    energy: float = 0.75
    smoothness: float = 0.5
    bounce: float = 0.6
    creativity: float = 0.4


STYLES = {
    style.name: style
    for style in (
        Style(
            "girl-crush", "Girl crush", "a confident, fierce pop dance with sharp arms", 0.85, 0.3
        ),
        Style(
            "cute", "Cute", "a light, playful, bouncy pop dance with small steps", 0.65, 0.5, 0.8
        ),
        Style(
            "hip-hop", "Hip-hop", "a grounded hip hop dance with a low stance and groove", 0.8, 0.35
        ),
        Style("swag", "Swag", "a relaxed, cool hip hop groove with loose arms", 0.55, 0.55, 0.55),
        Style("retro", "Retro", "a disco party dance with points and twists", 0.75, 0.45, 0.75),
        Style(
            "sexy", "Sexy", "a slow sensual dance with swaying hips and body waves", 0.5, 0.75, 0.35
        ),
        Style("ballad", "Ballad", "a slow flowing modern dance with long arm lines", 0.3, 0.9, 0.2),
        Style(
            "performance",
            "Performance",
            "a powerful stage dance with big arms and turns",
            0.95,
            0.4,
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
