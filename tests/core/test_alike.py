"""More dances like one that is there: what is asked for, and which seeds come next."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.directing.asked import read_pins
from engine.request import make_request
from kpop_choreo_addon.core.alike import FREER, alike_parameters, choreography
from kpop_choreo_addon.core.clip import Clip, read_clip
from kpop_choreo_addon.core.errors import ChoreoError
from kpop_choreo_addon.core.seeds import fresh_seed, next_seed
from kpop_choreo_addon.core.takes import Take, TakeList
from tests.core.synthetic import write_clip

REQUEST = {
    "prompt": "팔을 크게",
    "style": "cute",
    "energy": 0.9,
    "creativity": 0.2,
    "seed": 3,
    "start": 10.0,
    "end": 26.0,
    "n_takes": 4,
    "sync": True,
    "cleanup": False,
    "loop": False,
    "section_prompts": [{"start": 0.0, "end": 12.0, "prompt": "low", "style": ""}],
}


def plan_of(name: str) -> dict[str, Any]:
    """Four eights of 4 s; the third brings back the first, the fourth the second."""
    eights = [
        {"start": 10.0 + 4 * n, "end": 14.0 + 4 * n, "moves": [name], "repeats": None}
        for n in range(4)
    ]
    eights[2] |= {"repeats": 0, "mirrored": True, "variation": 0.5}
    eights[3] |= {"repeats": 1, "mirrored": True, "variation": 0.5}
    return {"start": 10.0, "end": 26.0, "phrases": eights}


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    clip = read_clip(write_clip(tmp_path / "a.npz", seconds=16.0))
    return replace(clip, song_start=10.0, meta={"request": REQUEST, "plan": plan_of("wave")})


def test_the_engine_understands_what_is_asked(clip: Clip) -> None:
    pins = [
        {"time": 4.0, "joints": {"head": [1, 0, 0, 0]}, "hold": 0.5},
        {"time": 8.0, "hands": {"right": [0.2, 1.9, 0.4]}, "root": {"facing": 1.2}},
    ]
    asked = make_request({"pins": pins}).to_dict()["pins"]
    clip.meta["request"] = REQUEST | {"pins": asked}
    given = alike_parameters(clip, choreography([clip]), 50, 3)
    as_sent = {name: str(value) for name, value in given.items()}
    request = make_request(as_sent)
    assert (request.seed, request.n_takes, request.plan) == (50, 3, plan_of("wave"))
    assert (request.prompt, request.style, request.energy) == ("팔을 크게", "cute", 0.9)
    assert (request.sync, request.cleanup, request.loop) == (True, False, False)
    assert request.creativity == FREER
    assert request.section_prompts[0].prompt == "low"
    assert request.pins == read_pins(pins)
    clip.meta["request"] = REQUEST | {"creativity": 0.95}
    assert alike_parameters(clip, {}, 0, 1)["creativity"] == 0.95


def test_a_part_that_was_danced_anew_has_its_own_plan(clip: Clip) -> None:
    part = {"source": {"frames": [round(4.0 * 30), round(12.0 * 30)]}}
    meta = clip.meta | {"plan": plan_of("clap"), "directing": part}
    newer = replace(clip, meta=meta)
    plan = choreography([newer, clip])
    assert [p["moves"] for p in plan["phrases"]] == [["wave"], ["clap"], ["clap"], ["wave"]]
    assert [p["repeats"] for p in plan["phrases"]] == [None, None, None, None]
    assert not plan["phrases"][2]["mirrored"]
    assert choreography([clip])["phrases"][3]["repeats"] == 1
    shorter = plan_of("wave") | {"end": 18.0, "phrases": plan_of("wave")["phrases"][:2]}
    end = {"source": {"frames": [round(8.0 * 30), round(16.0 * 30)]}}
    longer = replace(clip, meta=clip.meta | {"plan": plan_of("clap"), "directing": end})
    before = replace(clip, local_quats=clip.local_quats[:, : 8 * 30 + 1], meta={"plan": shorter})
    plan = choreography([longer, before])
    assert [p["moves"] for p in plan["phrases"]] == [["wave"], ["wave"], ["clap"], ["clap"]]
    assert plan["end"] == 26.0
    shorter["phrases"][1]["end"] = 17.0  # it was cut short where the dance ended
    cut = replace(before, meta={"plan": shorter | {"end": 17.0}})
    cut = replace(cut, local_quats=clip.local_quats[:, : 7 * 30 + 1])
    plan = choreography([longer, cut])
    assert [p["end"] for p in plan["phrases"]] == [14.0, 18.0, 22.0, 26.0]
    assert plan["phrases"][1]["moves"] == ["wave"]
    other = copy.deepcopy(plan_of("wave"))
    other["phrases"][3]["start"] = 23.0
    for line in ([newer], [newer, replace(clip, meta={"plan": other})]):
        with pytest.raises(ChoreoError) as caught:
            choreography(line)
        assert caught.value.code == "take_partial"


def test_what_has_no_choreography_is_told(clip: Clip) -> None:
    for bad in (
        replace(clip, meta={"request": REQUEST}),
        replace(clip, fps=clip.fps * 1.1),
        replace(clip, meta={"plan": {"phrases": []}}),
    ):
        with pytest.raises(ChoreoError) as caught:
            choreography([bad])
        assert caught.value.code == "take_unplanned"


def test_open_seeds_are_not_danced_twice() -> None:
    assert fresh_seed(7, {1, 2}, 1) == 7
    used = set(range(7, 100))
    for _ in range(50):
        seed = fresh_seed(5, used, 3)
        assert not used & set(range(seed, seed + 3))
    assert next_seed(used) == next_seed(used | {2**31 - 1}) == 100
    assert next_seed(()) == 0


def test_stepping_goes_around() -> None:
    takes = TakeList(tuple(Take(uid, uid) for uid in "abc"), "a")
    assert [takes.beside(by).uid for by in (1, -1, 2, 3)] == ["b", "c", "c", "a"]
    lost = replace(takes, active="")
    assert (lost.beside(1).uid, lost.beside(-1).uid) == ("a", "c")
    assert [t.uid for t in takes.changed("b", kept=True).not_kept] == ["c"]
    with pytest.raises(ChoreoError):
        TakeList().beside(1)


def test_takes_of_one_choreography_are_kin() -> None:
    first = Take("a", "Take 1", steps="x")
    takes = TakeList((first, Take("b", "Chorus", steps="y")), "a")
    assert takes.kin(Take("c", "Take 3", steps="x")) == first
    assert takes.kin(Take("c", "Take 3", steps="z")) is None
    assert takes.kin(Take("c", "Take 3")) is None
    assert takes.kin(first) is None
    assert (first.number, takes.takes[1].number) == ("1", "Chorus")
