"""Takes in few bytes: what is read back, and that it stays the same for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.clip_writer import write_clip as write
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.take_codec import pack, rounded, unpack
from kpop_choreo_addon.core.takes import (
    Take,
    TakeList,
    leaves_out,
    list_text,
    new_take,
    read_list,
    take_clip,
)
from tests.core.synthetic import write_clip

ARRAYS = ("local_quats", "root_positions", "foot_contacts", "beats", "downbeats")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    clip = read_clip(write_clip(tmp_path_factory.mktemp("clip") / "a.npz", seconds=20.0))
    noise = np.random.default_rng(0).normal(scale=0.01, size=clip.local_quats.shape)
    quats = clip.local_quats + noise
    quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
    quats[:, ::7] *= -1.0  # neighbours may be of either sign
    hands = np.ones((1, clip.frames, 2), dtype=np.uint8)
    return replace(clip, local_quats=quats, hand_pose=hands)


def test_what_is_read_back_is_near(clip: Clip) -> None:
    back = unpack(pack(clip))
    assert np.abs(back.local_quats - clip.local_quats).max() < 2e-5
    assert np.abs(back.root_positions - clip.root_positions).max() < 2e-5
    assert np.abs(back.foot_contacts - clip.foot_contacts).max() <= 0.5 / 255 + 1e-6
    np.testing.assert_array_equal(back.beats, clip.beats)
    np.testing.assert_array_equal(back.hand_pose, clip.hand_pose)
    assert back.joint_names == clip.joint_names
    assert (back.fps, back.song_start) == (clip.fps, clip.song_start)


def test_a_second_time_changes_nothing(clip: Clip, tmp_path) -> None:
    once = rounded(clip)
    write(once, tmp_path / "sent.npz")  # as the engine gets it and gives it back
    again = rounded(read_clip(tmp_path / "sent.npz"))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(once, name))
    assert new_take(once).uid == new_take(again).uid


VERSE = {"start": 0.0, "end": 8.0, "label": "verse"}


def test_long_curves_of_the_analysis_are_left_out(clip: Clip) -> None:
    analysis = {"tempo": 120.0, "energy": {"curve": [0.1] * 1000}, "sections": [VERSE]}
    back = rounded(replace(clip, meta={"analysis": analysis, "seed": 3}))
    assert back.meta == {"analysis": {"tempo": 120.0, "sections": [VERSE]}, "seed": 3}


def test_damage_is_told(clip: Clip) -> None:
    data = pack(clip)
    for broken in (b"", data[:50], data[:-9], b"y" + data[1:]):
        with pytest.raises(ChoreoError) as caught:
            unpack(broken)
        assert caught.value.code == "take_unreadable"
    with pytest.raises(ChoreoError):
        take_clip("not \N{SNOWMAN} base 85")


def test_names_go_on_counting() -> None:
    takes = TakeList().with_takes([Take("a", "Take 1"), Take("b", "Take 4, bars 3-5")], "a")
    assert takes.next_name() == "Take 5"
    assert takes.next_name("mirrored") == "Take 5, mirrored"
    named = takes.with_takes([Take("c", "Take " + "9" * 5000)], "a")
    assert named.next_name() == "Take 5"
    assert takes.without(["a"]).active == ""
    assert takes.without(["b"]).next_name() == "Take 2"
    assert read_list(list_text(takes)) == takes
    assert read_list("{broken") == TakeList()
    with pytest.raises(ChoreoError):
        takes.need("c")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"takes": [{"uid": "a", "name": 3}]}',
        '{"takes": [{"uid": "a", "name": "Take 1", "seed": "x"}]}',
        '{"takes": [{"uid": "a", "name": "Take 1", "duration": null}]}',
        '{"takes": 5}',
    ],
)
def test_a_damaged_list_is_an_empty_one(text: str) -> None:
    assert read_list(text) == TakeList()
    assert leaves_out(text)


def test_what_can_be_read_of_a_list_is_read() -> None:
    good, newer = Take("a", "Take 1"), '{"uid": "b", "name": "Take 2", "mood": "new"}'
    text = list_text(TakeList((good,), "a"))
    assert not leaves_out(text)
    assert not leaves_out("")
    assert not leaves_out(list_text(TakeList()))
    for other, read in ((newer, [good, Take("b", "Take 2")]), ('{"uid": 3}', [good])):
        mixed = text.replace("}]", "}, " + other + "]")
        assert leaves_out(mixed)
        assert list(read_list(mixed).takes) == read
