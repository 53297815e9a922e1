"""The add-on's presets of style ask for what this engine knows."""

import pytest

from engine.choreography.repertoire import ask
from engine.choreography.styles import STYLES
from engine.model.text import TextEncoder
from engine.vocabulary.move import load_moves
from kpop_choreo_addon.core.style_presets import BUILT_IN


def test_they_are_the_engines_styles_with_its_sliders():
    assert [preset.style for preset in BUILT_IN] == list(STYLES)
    for preset in BUILT_IN:
        style = STYLES[preset.style]
        assert preset.title == style.title
        assert (preset.energy, preset.smoothness) == (style.energy, style.smoothness)


@pytest.fixture(scope="module")
def text() -> TextEncoder:
    return TextEncoder.default()


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.style)
def test_their_prompts_name_moves_and_leave_room_for_others(preset, text):
    asked = ask(preset.prompt, preset.style, list(load_moves().values()), text)
    assert not asked.unclear
    assert len(asked.named) == 2
    assert not asked.all_named
