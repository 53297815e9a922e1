"""What was heard of a song, in words."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from typing import Any

SURE, LIKELY = 0.75, 0.45
"""Confidence from which something is sure, and likely."""
HIGH, MEDIUM = 0.7, 0.55
"""Mean energy from which a song is high, and medium."""
HIGH_LUFS, MEDIUM_LUFS = -10.5, -15.0
"""The same in loudness: chart pop is at -9, a ballad at -14, a piano alone at -20."""
NO_BEAT = "No steady beat found: tap it"


def confidence_word(analysis: Mapping[str, Any], part: str) -> str:
    """How far ``part`` (tempo, beats, downbeats, key, sections) can be trusted."""
    told = analysis.get("confidence") or {}
    if part not in told:
        return ""
    value = float(told[part])
    return "sure" if value >= SURE else "likely" if value >= LIKELY else "unsure"


def has_beat(analysis: Mapping[str, Any]) -> bool:
    """Whether a steady beat was found; without one the beats are an even grid."""
    told = analysis.get("confidence") or {}
    return bool(analysis.get("beats")) and float(told.get("beats", 1.0)) > 0.0


def energy_word(analysis: Mapping[str, Any]) -> str:
    """calm, medium or high, with the loudness where it is known."""
    if analysis.get("loudness"):
        lufs = float(analysis["loudness"]["integrated"])
        word = "high" if lufs >= HIGH_LUFS else "medium" if lufs >= MEDIUM_LUFS else "calm"
        return f"{word}, {lufs:.0f} LUFS"
    energy = analysis.get("energy") or {}
    if "mean" not in energy:
        return ""
    mean = float(energy["mean"])
    return "high" if mean >= HIGH else "medium" if mean >= MEDIUM else "calm"


def clock_text(seconds: float) -> str:
    """Minutes and seconds, like 1:05."""
    minutes, rest = divmod(int(seconds + 1e-6), 60)
    return f"{minutes}:{rest:02d}"


def facts(analysis: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rows of name, value and confidence, for whoever looks at the panel."""
    beats = len(analysis.get("beats") or [])
    tempo = f"{float(analysis.get('tempo', 0.0)):.1f} BPM"
    rows = [("Tempo", tempo, confidence_word(analysis, "tempo") if has_beat(analysis) else "")]
    if analysis.get("beats_per_bar"):
        bars = f"{int(analysis['beats_per_bar'])} beats"
        sure = confidence_word(analysis, "downbeats") if has_beat(analysis) else ""
        rows.append(("Bar", bars, sure))
    if analysis.get("key"):
        rows.append(("Key", str(analysis["key"]), confidence_word(analysis, "key")))
    if energy_word(analysis):
        rows.append(("Energy", energy_word(analysis), ""))
    length = clock_text(float(analysis.get("duration", 0.0)))
    rows.append(("Length", f"{length}, {beats} beats", ""))
    return rows


def nudge_text(milliseconds: float) -> str:
    """A nudge in words."""
    if round(milliseconds) == 0:
        return "Nudge"
    return f"Nudged {abs(milliseconds):.0f} ms {'later' if milliseconds > 0 else 'earlier'}"


def group_colour(group: int) -> tuple[float, float, float]:
    """A colour (RGB, 0..1) for sections that sound alike, as in the engine's picture."""
    return colorsys.hsv_to_rgb((0.58 + 0.381966 * group) % 1.0, 0.45, 0.86)
