"""About names everyone who asks for it, in the sidebar and in the preferences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine import __version__
from kpop_choreo_addon import about_panel, engine_choice
from kpop_choreo_addon.core.errors import EngineError
from kpop_choreo_addon.panels import CLASSES
from kpop_choreo_addon.translations import told


class Page:
    """A layout that writes down what is drawn."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pressed: list[Any] = []

    def label(self, text: str, **_: Any) -> None:
        self.texts.append(text)

    def operator(self, name: str, **_: Any) -> SimpleNamespace:
        self.pressed.append(SimpleNamespace(name=name))
        return self.pressed[-1]

    def column(self, **_: Any) -> Page:
        return self

    box = row = column


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(about_panel, "wrapped", lambda layout, text: layout.label(text))
    page = Page()
    about_panel.draw_about(page)
    return page


def test_those_who_ask_for_credit_get_it(page: Page) -> None:
    shown = "\n".join(page.texts)
    assert f"K-Pop Choreo {__version__}" in shown
    assert "GPL-3.0-or-later" in shown
    for asked in ("mocap.cs.cmu.edu", "NSF EIA-0196217", "Mitch Chaiet: CC-BY-4.0", "Heydari"):
        assert asked in shown
    assert "all-MiniLM-L6-v2" in shown
    links = [button.url for button in page.pressed if button.name == "wm.url_open"]
    assert len(links) == 5
    assert all(link.startswith("http") for link in links)
    assert about_panel.KPOPCHOREO_PT_about is CLASSES[-1]


def test_an_old_mac_is_told_what_it_needs() -> None:
    wheels = ["onnxruntime-1.32.0-cp313-cp313-macosx_14_0_arm64.whl"]
    engine_choice.require_macos("14.6", wheels)
    engine_choice.require_macos("", wheels)
    engine_choice.require_macos("11.7", [])
    with pytest.raises(EngineError) as caught:
        engine_choice.require_macos("13.6.1", wheels)
    assert told(caught.value).startswith("The bundled engine needs macOS 14, and this is 13.6.1.")
