"""Korean: nothing that a user sees is without it, and sentences keep their values.

Blender as a module is built without languages, so what Blender itself would look up is looked up
in what is registered with it; in Blender with languages the real lookup is asked too.
"""

from __future__ import annotations

import re
from typing import Any

import bpy
import pytest

from kpop_choreo_addon import preferences, properties, registration, translations
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.sentences import PLACE
from kpop_choreo_addon.core.song_words import facts, nudge_text
from kpop_choreo_addon.operators.song import KPOPCHOREO_OT_correct_beat
from kpop_choreo_addon.translations import CONTEXT, hinted, ko, said, told
from tests.blender import shown_strings
from tests.blender.helpers import in_the_newest

KNOWN = ko.WORDS | ko.SENTENCES
SAME = {"Python", "NVIDIA GPU", "mm", "BVH", "Unity, Maya (FBX)", "Unreal (FBX)", "Godot, glTF"} | {
    "{0}, {1} LUFS",
    "{0} KB",
    "{0} of {1}, {2}",
    "Processor",
    *("GPU", "AMD GPU", "Apple GPU", "Apple", "AMD (ROCm)", "NVIDIA (CUDA 13)", "NVIDIA (CUDA 12)"),
}
"""Names and units that are the same in Korean."""

CLASHES = {"Automatic", "Degrees", "Engine", "From", "Open", "Performance", "Point", "To"}
"""Words of which Blender's Korean says something else."""
PANELS = (preferences.KPOPCHOREO_AP_preferences, properties.KPOPCHOREO_PG_scene)


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interface in Korean, by the tables where this Blender has no languages."""

    def lookup(text: str) -> str:
        return KNOWN.get(text, text)

    monkeypatch.setattr(translations, "_interface", lookup)
    monkeypatch.setattr(translations, "_tooltip", lookup)


@in_the_newest
def test_every_sentence_in_the_source_is_translated() -> None:
    missing = {text: at for text, at in shown_strings.of_source().items() if text not in KNOWN}
    assert missing == {}


def test_every_name_and_tooltip_of_classes_is_translated() -> None:
    found = shown_strings.of_classes()
    assert len(found) > 200
    catalogue = translations._catalogue(ko.WORDS, ko.SENTENCES)
    missing = {
        t: at for t, at in found.items() if not {("*", t), ("Operator", t)} <= set(catalogue)
    }
    assert missing == {}


def test_every_word_within_sentences_is_translated() -> None:
    missing = {text: at for text, at in shown_strings.of_values().items() if text not in KNOWN}
    assert missing == {}


def test_nothing_is_translated_that_is_not_there() -> None:
    shown = {
        *shown_strings.of_source(),
        *shown_strings.of_classes(),
        *shown_strings.of_values(),
    }
    assert set(KNOWN) - shown - set(ko.ENGINE_SENTENCES) == set()


def test_what_the_engine_says_is_what_it_says() -> None:
    """Its sentences are copied, so a changed one would be left in English."""
    root = shown_strings.ADDON.parent / "engine"
    source = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    for english in ko.ENGINE_SENTENCES:
        pieces = [re.escape(piece) for piece in re.split(r"\{\d+\}", english)]
        assert re.search(r"\{[^\n]+?\}".join(pieces), source), english


@pytest.mark.parametrize("table", [ko.WORDS, ko.SENTENCES], ids=["words", "sentences"])
def test_translations_are_korean_and_keep_their_places(table: dict[str, str]) -> None:
    for english, translated in table.items():
        assert set(PLACE.findall(translated)) == set(PLACE.findall(english)), english
        assert len(PLACE.findall(english)) == len(set(PLACE.findall(english))), english
        if english not in SAME and re.search("[A-Za-z]{2}", PLACE.sub("", english)):
            assert re.search("[가-힣]", translated), english
        if english.endswith("."):
            assert re.search(r"[.0-9]$", translated), english
        assert "  " not in translated or "  " in english


def test_no_sentence_is_taken_for_another(korean: None) -> None:
    """Every template, filled with names, is found as itself."""
    for english in KNOWN:
        text = PLACE.sub(r"Xa\1", english)
        values = tuple(f"Xa{n}" for n in range(len(PLACE.findall(english))))
        assert translations._sentences.find(text) == (english, values)


def test_errors_notes_and_progress_are_said_in_korean(korean: None) -> None:
    error = ChoreoError("no_song", "No song is chosen.", "Choose one under Song.")
    assert told(error) == "선택한 노래가 없습니다. '노래'에서 선택하세요."
    assert said("Dancer has no dance on it.") == "'Dancer' 아마추어에 안무가 없습니다."
    assert said("Waiting for the engine (2 ahead), 9 s left") == (
        "엔진을 기다리는 중 (앞에 2개), 9초 남음"
    )
    assert said("The dance is ready. It is applied when you leave Edit Mode.") == (
        "안무가 준비되었습니다. 편집 모드에서 나가면 적용됩니다."
    )
    assert said("VRM humanoid: 20 of 22 bones, without Neck and Left Toes") == (
        "VRM 휴머노이드: 본 22개 중 20개, 없는 본: 목, 왼쪽 발가락"
    )
    assert said("Drivers hold Hand, Neck.L, so they were not keyed.") == (
        "드라이버가 있어 키를 넣지 않은 본: Hand, Neck.L."
    )
    assert said(nudge_text(-20)) == "20ms 앞으로 밀림"


def test_what_was_heard_is_said_in_korean(korean: None) -> None:
    analysis = {
        "tempo": 120.0,
        "beats": [0.0, 0.5],
        "beats_per_bar": 4,
        "key": "A minor",
        "duration": 65.0,
        "loudness": {"integrated": -9.0},
        "confidence": {"tempo": 0.9, "beats": 0.9, "downbeats": 0.5, "key": 0.1},
    }
    rows = [tuple(said(word) for word in row) for row in facts(analysis)]
    assert rows == [
        ("템포", "120.0 BPM", "확실"),
        ("마디", "4박", "아마도"),
        ("조성", "A 단조", "불확실"),
        ("에너지", "높음, -9 LUFS", ""),
        ("길이", "1:05, 2비트", ""),
    ]


def test_polls_and_tooltips_are_korean(korean: None) -> None:
    with pytest.raises(RuntimeError, match="먼저 노래를 선택하세요"):
        bpy.ops.kpop_choreo.analyze()  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="'polka' 스타일 프리셋이 없습니다"):
        bpy.ops.kpop_choreo.apply_preset(name="polka")  # type: ignore[attr-defined]

    class Given:
        halve, double, one, beats_per_bar, nudge_ms = False, False, 0, 0, 10.0

    words: Any = KPOPCHOREO_OT_correct_beat.description
    assert words(bpy.context, Given) == "모든 비트를 10ms 뒤로 옮깁니다"


def test_without_korean_everything_stays_english() -> None:
    assert bpy.app.translations.locale != "ko_KR"
    for text in ("No song is chosen.", "Waiting for the engine (2 ahead)", "Trunk"):
        assert said(text) == hinted(text) == text


def test_words_that_mean_something_else_in_blender_have_our_context() -> None:
    """Blender's own translation of a word wins, but for a context of our own."""
    for cls in registration.CLASSES:
        if issubclass(cls, bpy.types.Panel):
            assert cls.bl_translation_context == CONTEXT, cls
        for prop in shown_strings.properties_of(cls):
            items = prop.enum_items_static if prop.type == "ENUM" else ()
            if cls in PANELS and {prop.name, *(item.name for item in items)} & CLASHES:
                assert prop.translation_context == CONTEXT, prop.identifier
    styles = bpy.context.scene.kpop_choreo.bl_rna.properties["style"]
    assert styles.translation_context == CONTEXT


@pytest.mark.skipif(not bpy.app.build_options.international, reason="Blender without languages")
def test_blender_finds_them() -> None:
    view = bpy.context.preferences.view
    view.language, view.use_translate_interface = "ko_KR", True
    try:
        lookup = bpy.app.translations.pgettext_iface
        assert lookup("Add Dancer", "Operator") == "댄서 추가"
        assert lookup("The song to dance to", "*") == "춤출 노래"
        assert said("Dancer has no dance on it.") == "'Dancer' 아마추어에 안무가 없습니다."
    finally:
        view.language = "en_US"
