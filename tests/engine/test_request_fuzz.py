"""Parameters, corrections and plans of any kind: taken, or refused in a sentence."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.audio.analysis import analyze
from engine.audio.correction import correct, make_correction
from engine.audio.decode import load_song
from engine.choreography.plan import make_plan
from engine.errors import ChoreoError
from engine.request import GenerateRequest, make_request
from tests.http_attacks import field, json_text, parameters, value
from tests.songs import song_file

CASES = 400


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    return analyze(load_song(song_file(tmp_path_factory.mktemp("song") / "song.ogg")))


def outcome(make: Callable[[], Any]) -> tuple[Any, ChoreoError | None]:
    """What a call gives, or the sentence by which it refuses."""
    try:
        return make(), None
    except ChoreoError as error:
        return None, error


def spoilt(table: Any, rng: random.Random) -> Any:
    """A copy of a JSON value with one place changed into anything."""
    copy = json.loads(json.dumps(table))
    inner, parent, key = copy, None, None
    while isinstance(inner, dict | list) and inner and (parent is None or rng.random() < 0.85):
        parent = inner
        key = rng.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        inner = parent[key]
    if rng.random() < 0.2:
        del parent[key]
    else:
        parent[key] = value(rng, 3)
    return copy


@pytest.mark.parametrize("seed", range(4))
def test_any_parameters_are_read_or_refused(seed):
    rng = random.Random(seed)
    taken = 0
    for _ in range(CASES):
        given = {name: field(rng, name) for name in rng.sample(sorted(parameters()), 2)}
        request, refused = outcome(lambda given=given: make_request(given))
        if refused is not None:
            assert refused.status in (400, 422)
            continue
        taken += 1
        json.dumps(request.to_dict(), allow_nan=False, ensure_ascii=False).encode()
    assert taken > CASES // 20


def test_any_correction_is_used_or_refused(analysis):
    rng = random.Random(0)
    usual = {"taps": [1.0, 1.5, 2.0, 2.5], "factor": 2, "nudge_ms": 5, "one": 1, "beats_per_bar": 3,
             "sections": [{"start": 0.5, "label": "verse"}]}  # fmt: skip
    for number in range(CASES):
        text = json_text(rng) if number % 4 == 0 else json.dumps(spoilt(usual, rng))
        corrected, refused = outcome(lambda text=text: correct(analysis, make_correction(text)))
        if refused is not None:
            assert refused.code == "correction_invalid"
            continue
        json.dumps(corrected.to_dict(), allow_nan=False, ensure_ascii=False).encode()


def test_any_plan_is_danced_or_refused(analysis):
    rng = random.Random(0)
    plan = make_plan(analysis, GenerateRequest(prompt="point, wave", seed=3)).to_dict()
    danced = 0
    for _ in range(CASES):
        text = json.dumps(spoilt(plan, rng))
        made, refused = outcome(lambda text=text: make_plan(analysis, make_request({"plan": text})))
        if refused is not None:
            assert refused.code.endswith(("_invalid", "_unknown")), refused
            continue
        danced += 1
        assert np.isfinite(made.counts.times).all()
        json.dumps(made.to_dict(), allow_nan=False, ensure_ascii=False).encode()
    assert danced > CASES // 20
