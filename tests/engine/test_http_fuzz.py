"""A few of the requests of tests/torture/engine/test_http_fuzz.py."""

from __future__ import annotations

from tests.engine.test_server import TOKEN, engine
from tests.http_attacks import Aim, ask, attacks, fault

REQUESTS = 150


def test_requests_that_nobody_honest_sends_are_answered():
    with engine("--model", "debug") as (process, shake, client):
        for request in attacks(Aim(shake["port"], TOKEN, b"RIFF no song"), REQUESTS, seed=7):
            assert fault(request, *ask(shake["port"], request)) == "", request[:300]
        assert process.poll() is None
        assert client.get("/api/health").json()["status"] == "ok"
