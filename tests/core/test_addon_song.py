"""Corrections, sections and words of a heard song, and how they reach the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpop_choreo_addon.core import correction, song_sections, song_words
from kpop_choreo_addon.core.counts import SongPart, moments
from kpop_choreo_addon.core.dance_job import RemoteEngine
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.hearing import Wish, hear_song
from tests.core.fake_server import FakeServer

TOKEN = "secret-token-0123"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    server = FakeServer(TOKEN).start()
    yield server
    server.stop()


@pytest.fixture
def analysis() -> dict[str, Any]:
    return FakeServer(TOKEN).analysis()


@pytest.mark.parametrize(
    ("known", "change", "wanted"),
    [
        ({}, lambda c: correction.counted(c, 0.5), {"factor": 0.5}),
        ({"factor": 2.0}, lambda c: correction.counted(c, 0.5), {"factor": 1.0}),
        ({"nudge_ms": 30.0}, lambda c: correction.nudged(c, -10), {"nudge_ms": 20.0}),
        ({}, lambda c: correction.with_one_moved(c, -1, 4), {"one": 3}),
        ({"one": 3}, lambda c: correction.with_one_moved(c, 1, 4), {"one": 0}),
        ({}, lambda c: correction.with_bars_of(c, 3), {"beats_per_bar": 3}),
        (
            {"factor": 2.0, "nudge_ms": 10.0, "one": 1, "beats_per_bar": 3},
            lambda c: correction.tapped(c, (1.0, 1.5, 2.0, 2.5)),
            {"beats_per_bar": 3, "taps": [1.0, 1.5, 2.0, 2.5]},
        ),
    ],
)
def test_corrections_add_up(
    known: dict[str, Any], change: Callable[[Any], Any], wanted: dict[str, Any]
) -> None:
    before = dict(known)
    assert change(known) == wanted
    assert known == before


@pytest.mark.parametrize(
    "change",
    [
        lambda a: correction.counted({"factor": 4.0}, 2),
        lambda a: correction.counted({"factor": 0.25}, 0.5),
        lambda a: correction.nudged({"nudge_ms": 1995.0}, 10),
        lambda a: correction.with_bars_of({}, 5),
        lambda a: correction.tapped({}, (1.0, 1.5, 2.0)),
        lambda a: correction.tapped({}, (1.0, 1.5, 1.5, 2.0)),
        lambda a: correction.tapped({}, (-1.0, -0.5, 0.0, 0.5)),
        lambda a: correction.read_taps("one two"),
        lambda a: song_sections.renamed(a, 2, "outro"),
        lambda a: song_sections.renamed(a, 0, " "),
        lambda a: song_sections.moved(a, 0, 2.0),
        lambda a: song_sections.moved(a, 1, 0.3),
        lambda a: song_sections.added(a, 2.3, "bridge"),
        lambda a: song_sections.removed(a | {"sections": a["sections"][:1]}, 0),
        lambda a: song_sections.nearest_bar({}, 1.0),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    analysis: dict[str, Any], change: Callable[[Any], Any]
) -> None:
    with pytest.raises(ChoreoError) as refusal:
        change(analysis)
    assert refusal.value.code == "correction_refused"
    assert refusal.value.message.endswith(".")
    assert refusal.value.remedy.endswith(".")


def test_taps_are_read_and_counted() -> None:
    taps = correction.read_taps("[1.02, 1.5 2;2.52]")
    assert taps == (1.02, 1.5, 2.0, 2.52)
    assert correction.taps_tempo(taps) == pytest.approx(120.0)
    assert correction.taps_tempo((1.0,)) == 0.0


def test_sections_are_edited(analysis: dict[str, Any]) -> None:
    verse, chorus = song_sections.rows_of(analysis)
    assert song_sections.renamed(analysis, 1, "outro") == [verse, chorus | {"label": "outro"}]
    assert song_sections.removed(analysis, 0) == [chorus]
    analysis["downbeats"] = [0.25, 1.25, 2.25, 3.25]
    assert song_sections.moved(analysis, 1, 1.4) == [verse, chorus | {"start": 1.25}]
    assert song_sections.added(analysis, 3.0, "outro")[2] == {"start": 3.25, "label": "outro"}
    assert [song_sections.bars_in(analysis, row) for row in analysis["sections"]] == [2, 2]


def test_words(analysis: dict[str, Any]) -> None:
    assert song_words.facts(analysis) == [
        ("Tempo", "120.0 BPM", "sure"),
        ("Bar", "4 beats", "likely"),
        ("Key", "A minor", "unsure"),
        ("Energy", "calm", ""),
        ("Length", "0:04, 7 beats", ""),
    ]
    assert song_words.has_beat(analysis)
    analysis["confidence"]["beats"] = 0.0
    assert not song_words.has_beat(analysis)
    assert song_words.facts(analysis)[0] == ("Tempo", "120.0 BPM", "")
    assert song_words.facts({})[0] == ("Tempo", "0.0 BPM", "")
    assert song_words.nudge_text(-20.0) == "Nudged 20 ms earlier"
    assert song_words.clock_text(65.2) == "1:05"


def test_a_part_of_a_song_is_counted_as_its_dance_is(analysis: dict[str, Any]) -> None:
    names = [moment.name for moment in moments(SongPart(analysis, 1.0, 3.0), with_beats=True)]
    assert names == ["Verse", "1.3", "1.4", "2.1 Chorus", "2.2", "2.3"]


def test_a_correction_is_sent_and_clicks_are_fetched(
    server: FakeServer, song: Path, tmp_path: Path
) -> None:
    source = RemoteEngine(server.url, TOKEN)

    def hear(wish: Wish) -> Any:
        return hear_song(source, song, wish, lambda _: None, bool)

    assert hear(Wish()).clicks is None
    assert "correction" not in server.forms[-1]
    heard = hear(Wish({"nudge_ms": 20.0}, tmp_path))
    assert heard.analysis["beats"][0] == 0.27
    assert heard.clicks.read_bytes() == server.click_track()
    assert hear(Wish(clicks=tmp_path)).clicks == heard.clicks
    other = hear(Wish({}, tmp_path))
    assert other.clicks != heard.clicks
    assert other.analysis["correction"] == {}
    assert sorted(tmp_path.glob("*clicks*")) == sorted({heard.clicks, other.clicks})
    with pytest.raises(ChoreoError, match="Nothing can be written"):
        hear(Wish(clicks=tmp_path / "none"))
