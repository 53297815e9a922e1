"""Hundreds of dances to different songs, one engine: its memory levels off.

python -m pytest -s tests/torture/engine/test_engine_memory.py
"""

from __future__ import annotations

import os
import sys
import time

import pytest

from tests.engine.test_server import engine, send, wait
from tests.http_attacks import resident
from tests.songs import Part, render_song, write_song

DANCES = int(os.environ.get("TORTURE_DANCES", "400"))
GROWTH_MB = 60.0
"""Between a third of the dances and all."""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("model", "dances"), [("debug", DANCES), ("", DANCES // 10)])
def test_it_levels_off(tmp_path, capsys, model, dances):
    given = ("--model", model) if model else ()
    held, began = [], time.monotonic()
    with engine(*given) as (process, _shake, client):
        for number in range(dances):
            tempo = 90.0 + 60.0 * number / dances
            rendered = render_song(tempo, (Part("verse", 4 + number % 5, lead=True),), seed=number)
            path = tmp_path / "song.wav"
            write_song(path, rendered.samples, rendered.sample_rate)
            begun = send(client, path, seed=number, prompt=f"sharp arms {number}").json()
            status = wait(client, begun["job_id"])
            assert status["status"] == "completed", status
            assert client.get(f"/api/generation/{begun['job_id']}/clip").content[:2] == b"PK"
            held.append(resident(process.pid))
        assert client.get("/api/health").json()["status"] == "ok"
    third, end = max(held[: dances // 3]), max(held[-dances // 3 :])
    with capsys.disabled():
        steps = [round(held[round(k * (dances - 1) / 6)]) for k in range(7)]
        print(
            f"\n{model or 'shipped'}: {dances} dances, {time.monotonic() - began:.0f} s, {steps} MB"
        )
    assert end - third < GROWTH_MB, held
