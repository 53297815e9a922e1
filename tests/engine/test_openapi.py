"""The machine's page of the contract: true to the routes, to CONTRACT.md and to the answers."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from engine import openapi
from engine.jobs import JobQueue
from engine.pipeline import SHARES
from engine.server import ServerSettings, make_app
from tests.engine.test_server import TOKEN, engine, send
from tests.songs import song_file

CONTRACT = (Path(openapi.__file__).parent / "CONTRACT.md").read_text(encoding="utf-8")
DOCUMENT = openapi.describe_api()
METHODS = ("get", "post", "delete")


def calls() -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, row in DOCUMENT["paths"].items()
        for method in METHODS
        if method in row
    }


def misfit(value: Any, schema: dict[str, Any], at: str = "answer") -> str:
    """Where a JSON value breaks a schema of the few kinds that the document uses; '' if nowhere."""
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return misfit(value, DOCUMENT["components"]["schemas"][name], at)
    if "anyOf" in schema:
        found = [misfit(value, one, at) for one in schema["anyOf"]]
        return "" if "" in found else found[0]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
             "boolean": bool, "null": type(None)}  # fmt: skip
    kind = schema.get("type")
    if kind and (
        not isinstance(value, kinds[kind]) or (isinstance(value, bool) != (kind == "boolean"))
    ):
        return f"{at} is {value!r} and no {kind}"
    if "const" in schema and value != schema["const"]:
        return f"{at} is {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is {value!r}"
    if (
        not schema.get("minimum", value) <= value <= schema.get("maximum", value)
        if kind in ("number", "integer")
        else False
    ):
        return f"{at} is {value!r}"
    for name in schema.get("required", ()):
        if name not in value:
            return f"{at} has no {name}"
    if kind == "object":
        for name, inner in schema.get("properties", {}).items():
            if name in value and (wrong := misfit(value[name], inner, f"{at}.{name}")):
                return wrong
    if kind == "array":
        for number, row in enumerate(value):
            if wrong := misfit(row, schema["items"], f"{at}[{number}]"):
                return wrong
    return ""


def fits(answer, method: str, path: str) -> None:
    """Asserts that an answer is one that the document promises for this call."""
    promised = DOCUMENT["paths"][path][method]["responses"]
    assert str(answer.status_code) in promised, (method, path, answer.status_code, answer.text)
    content = promised[str(answer.status_code)]["content"]
    kind = answer.headers["content-type"].split(";")[0]
    assert kind in content
    if kind == "application/json":
        assert misfit(answer.json(), content[kind]["schema"]) == ""


def test_it_names_every_call_and_no_other(tmp_path):
    app = make_app(ServerSettings(TOKEN), JobQueue(lambda: pytest.fail("nothing")), tmp_path)
    served = {
        (method, route.path)
        for route in app.routes
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert served == calls()
    told = {
        tuple(call.split("?")[0].split())
        for call in re.findall(r"^\| `([A-Z]+ /[^`]+)`", CONTRACT, re.M)
    }
    assert told == calls()


def test_parameters_are_those_of_the_contract():
    table = CONTRACT.split("### Parameters of `generate-motion`")[1].split("### ")[0]
    told: set[str] = set()
    for row in re.findall(r"^\| (`[^|]+)\|", table, re.M):
        told |= set(re.findall(r"`(\w+)`", row))
    assert told - {"source_clip"} == set(openapi.parameters())
    for name, schema in openapi.parameters().items():
        if "default" in schema and name in ("energy", "smoothness", "bounce", "creativity"):
            assert f"{schema['default']:g}" in table


def test_statuses_stages_and_errors_are_those_of_the_contract():
    for word in (*openapi.STATUSES, *openapi.STAGES):
        assert f"`{word}`" in CONTRACT
    assert set(SHARES) < set(openapi.STAGES)
    statuses = CONTRACT.split("\nStatuses: ")[1].split("\n")[0]
    assert {int(code) for code in re.findall(r"\b([45]\d\d)\b", statuses)} == set(openapi.ERRORS)


def test_what_the_engine_answers_is_what_it_promises(tmp_path):
    song = song_file(tmp_path / "song.ogg")
    with engine("--model", "debug") as (_process, _shake, client):
        document = client.get("/api/openapi.json")
        assert document.json() == json.loads(json.dumps(DOCUMENT))
        for path in ("/api/health", "/api/models", "/api/openapi.json"):
            fits(client.get(path), "get", path)
        files = {"audio_file": ("s.ogg", song.read_bytes())}
        for path in ("/api/analyze-audio", "/api/click-track"):
            fits(client.post(path, files=files), "post", path)
            fits(client.post(path), "post", path)
        answer = send(client, song, n_takes=2)
        fits(answer, "post", "/api/generate-motion")
        job = answer.json()["job_id"]
        status = {"status": "queued"}
        while status["status"] in ("queued", "processing"):
            answer = client.get(f"/api/generation-status/{job}")
            fits(answer, "get", "/api/generation-status/{job_id}")
            status = answer.json()
            time.sleep(0.1)
        assert len(status["takes"]) == 2
        fits(client.get(status["clip"]), "get", "/api/generation/{job_id}/clip")
        fits(client.get("/api/generation/x/clip"), "get", "/api/generation/{job_id}/clip")
        fits(client.delete(f"/api/generation/{job}"), "delete", "/api/generation/{job_id}")
