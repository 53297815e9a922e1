"""CONTRACT.md's HTTP part for machines: OpenAPI, made of the tables that the engine itself uses.

``GET /api/openapi.json`` answers with it; ``tests/engine/test_openapi.py`` holds it to the routes,
to CONTRACT.md and to what the engine really answers.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from engine import __version__
from engine.choreography.styles import STYLES
from engine.directing.asked import MOST_TAKES
from engine.request import SLIDERS, GenerateRequest
from engine.uploads import LARGEST_FIELD

CONTRACT_VERSION = 1
STAGES = (
    "queued", "decode", "analyze", "plan", "text", "denoise", "sync", "cleanup", "write", "done",
)  # fmt: skip
STATUSES = ("queued", "processing", "completed", "failed", "cancelled")

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "maxLength": LARGEST_FIELD}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
FLAG: Schema = {"type": "string", "enum": ["0", "1"]}
FILE: Schema = {"type": "string", "format": "binary"}
JSON_TEXT: Schema = TEXT | {"contentMediaType": "application/json"}
ERRORS = {
    400: "parameters that cannot be read",
    401: "missing or wrong token",
    403: "a host or a web page that is not let in",
    404: "unknown job, take or path",
    405: "another method",
    408: "the upload stopped on its way",
    409: "not ready",
    413: "a song that is too large or too long",
    422: "understood, but nothing to dance to",
    429: "no room or queue full",
    500: "a fault of the engine",
    503: "shutting down, or out of memory",
    507: "disk full",
}


def parameters() -> dict[str, Schema]:
    """What ``generate-motion`` takes besides files: each as a form field or in the query."""
    told: dict[str, Schema] = {
        "prompt": TEXT,
        "style": {"type": "string", "enum": ["", *STYLES]},
        **dict.fromkeys(SLIDERS, SHARE),
        "seed": WHOLE | {"maximum": 2**32 - 1},
        "start": {"type": "number", "minimum": 0},
        "end": {"type": "number", "minimum": 0},
        "section_prompts": JSON_TEXT,
        "plan": JSON_TEXT,
        "sync": FLAG,
        "cleanup": FLAG,
        "members": {"type": "integer", "minimum": 1, "maximum": 1},
        "n_takes": {"type": "integer", "minimum": 1, "maximum": MOST_TAKES},
        "loop": FLAG,
        "regenerate": TEXT,
        "pins": JSON_TEXT,
    }
    defaults = {field.name: field.default for field in fields(GenerateRequest)}
    for name in (*SLIDERS, "seed", "n_takes"):
        told[name] = told[name] | {"default": defaults[name]}
    return told


def describe_api() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    job_id = _parameter("job_id", "path", {"type": "string"}, required=True)
    take = _parameter("take", "query", {"type": "integer", "minimum": 1, "default": 1})
    heard = {
        "backend": {"type": "string", "enum": ["ours", "librosa", "madmom"], "default": "ours"},
        "correction": JSON_TEXT,
    }
    asked = parameters()
    clip = {"application/octet-stream": {"schema": FILE}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "K-Pop Choreo engine",
            "version": f"{CONTRACT_VERSION}",
            "summary": f"Engine {__version__}; engine/CONTRACT.md says the same for readers.",
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "security": [{"token": []}],
        "paths": {
            "/api/health": {"get": _call("health", _json("Health"))},
            "/api/models": {"get": _call("models", _json("Models"))},
            "/api/openapi.json": {
                "get": _call("openapi", {"application/json": {"schema": {"type": "object"}}})
            },
            "/api/analyze-audio": {
                "post": _call("analyze_audio", _json("SongAnalysis"))
                | _form({"audio_file": FILE, **heard}, heard)
            },
            "/api/click-track": {
                "post": _call("click_track", {"audio/wav": {"schema": FILE}})
                | _form({"audio_file": FILE, **heard}, heard)
            },
            "/api/generate-motion": {
                "post": _call("generate_motion", _json("Submitted"), 202)
                | _form({"audio_file": FILE, "source_clip": FILE, **asked}, asked)
            },
            "/api/generation-status/{job_id}": {
                "parameters": [job_id],
                "get": _call("generation_status", _json("JobStatus")),
            },
            "/api/generation/{job_id}/clip": {
                "parameters": [job_id],
                "get": _call("clip", clip) | {"parameters": [take]},
            },
            "/api/generation/{job_id}": {
                "parameters": [job_id],
                "delete": _call("cancel", _json("JobStatus")),
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _call(name: str, content: Schema, status: int = 200) -> dict[str, Any]:
    errors = {
        str(code): {"description": words, "content": _json("Error")}
        for code, words in ERRORS.items()
    }
    done = {"description": "done", "content": content}
    return {"operationId": name, "responses": {str(status): done, **errors}}


def _form(properties: dict[str, Schema], in_query: dict[str, Schema]) -> dict[str, Any]:
    schema = {"type": "object", "required": ["audio_file"], "properties": properties}
    return {
        "parameters": [_parameter(name, "query", schema) for name, schema in in_query.items()],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
    }


def _parameter(name: str, where: str, schema: Schema, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "schema": schema}


def _json(name: str) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _schemas() -> dict[str, Schema]:
    text, anything = {"type": "string"}, {"type": "object"}
    problem = _object({"code": text, "message": text, "remedy": text})
    strikes = _object({"times": _list(NUMBER), "strengths": _list(SHARE)})
    span = _object({"start": NUMBER, "end": NUMBER})
    section = span["properties"] | {"label": text, "group": WHOLE, "confidence": SHARE}
    sure = dict.fromkeys(("tempo", "beats", "downbeats", "key", "sections"), SHARE)
    summary = {
        "fps": NUMBER, "frames": WHOLE, "members": WHOLE, "duration": NUMBER, "tempo": NUMBER,
        "beats": WHOLE, "figures": anything, "directing": anything, "timings": anything,
    }  # fmt: skip
    return {
        "Error": _object({"error": problem}),
        "Health": _object({
            "status": {"const": "ok"},
            "contract_version": {"const": CONTRACT_VERSION},
            "engine_version": text,
            "model": _object({"id": text, "digest": text, "loaded": {"type": "boolean"}}),
            "device": text,
            "jobs": _object({"queued": WHOLE, "processing": WHOLE}),
        }),
        "Models": _object({
            "models": _list(_object({
                "id": text, "title": text, "installed": {"type": "boolean"},
                "default": {"type": "boolean"}, "licence": text, "digest": text,
                "parameters": WHOLE,
            })),
            "styles": _list(_object({
                "name": text, "title": text, "prompt": text, **dict.fromkeys(SLIDERS, SHARE),
            })),
        }),
        "Submitted": _object({"job_id": text | {"format": "uuid"}}),
        "JobStatus": _object({
            "job_id": text | {"format": "uuid"},
            "status": {"enum": list(STATUSES)},
            "progress": {"type": "number", "minimum": 0, "maximum": 100},
            "stage": {"enum": list(STAGES)},
            "elapsed_s": {"type": "number", "minimum": 0},
            "eta_s": _or_null({"type": "number", "minimum": 0}),
            "queue_position": WHOLE,
            "error": _or_null(problem),
            "motion_data": _or_null(_object(summary)),
            "clip": _or_null(text),
            "takes": _list(
                _object({"take": WHOLE, "seed": WHOLE, "clip": text, "motion_data": anything})
            ),
        }),
        "SongAnalysis": _object(
            {
                "duration": NUMBER, "tempo": NUMBER, "beats": _list(NUMBER),
                "downbeats": _list(NUMBER), "beats_per_bar": WHOLE,
                "energy": _object({"mean": SHARE, "curve": _list(SHARE), "hop": NUMBER}),
                "key": text, "sections": _list(_object(section)), "confidence": _object(sure),
                "backend": text, "song_sha256": text, "correction": anything,
            },
            hits=_object({"attack": _list(NUMBER), "level": _list(NUMBER)}),
            loudness=_object({
                "integrated": NUMBER, "momentary": _list(NUMBER), "short_term": _list(NUMBER),
                "hop": NUMBER,
            }),
            events=_object({
                "loudness": _list(NUMBER), "breaks": _list(span), "drops": _list(NUMBER),
                "silences": _list(span),
            }),
            drums=_object({"kick": strikes, "snare": strikes, "hats": strikes}),
            peaks=_object({"values": _list(NUMBER), "hop": NUMBER}),
        ),
    }  # fmt: skip
