"""The Doctor's report, in which nothing is left of the user's names, paths, songs and addresses.

What is known to be secret (names, songs, the token) goes first, wherever it stands and however it
is written. Then every path goes, known or not: only what lies in our own folders, in Python's and
in Blender's keeps its end, because those are the same for everybody. Where it cannot be told where
a path ends, all up to the end of the line goes with it.
"""

from __future__ import annotations

import json
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .doctor_findings import CHECKS, Finding

MEDIA = "aac aif aiff blend blend1 bvh csv fbx flac glb gltf m4a mkv mov mp3 mp4 npz ogg opus vrm vrma wav webm wma"  # noqa: E501
SHORTEST = 2
"""Letters of a name that is masked; shorter ones are in every word."""
_START = r"(?<![\w<>~./\\:])"
_ROOT = r"(?:[A-Za-z]:[\\/]|\\\\|//(?=\w)|/(?=[^/\s<>]))"
_QUOTED = re.compile(rf"(?P<quote>[\"'`]){_ROOT}[^\"'`\n]*(?P=quote)")
_PATH = re.compile(rf"{_START}{_ROOT}[^\n]*")
_AFTER_ROOT = re.compile(r"<(?:home|temp|path)>[\\/][^\"'`\n]*")
_FILE = re.compile(rf"[^:\"'`\n<>]+\.(?P<kind>{MEDIA.replace(' ', '|')})\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.\-]*://[^\s\"'<>)]+", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\w.])(?!127\.0\.0\.1\b)\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")


@dataclass(frozen=True)
class Secrets:
    """What must not be in a report."""

    roots: Mapping[str, str]
    """Folders by what stands for them: ``<home>`` (told as ``~``), ``<temp>``, or for what is the
    same for everybody."""
    names: Mapping[str, str]
    """Names by what stands for them: user, computer, songs, .blend files, token, server."""


def masked(text: str, secrets: Secrets) -> str:
    """``text`` without anything of :class:`Secrets`, and without other paths and addresses."""
    for name, stands in sorted(secrets.roots.items(), key=lambda item: -len(item[0])):
        for form in _forms(name.rstrip("\\/")):
            if len(form) > SHORTEST:
                text = re.sub(rf"{re.escape(form)}(?![\w\-])", stands, text, flags=re.IGNORECASE)
    for name, stands in sorted(secrets.names.items(), key=lambda item: -len(item[0])):
        for form in _forms(name):
            text = _named(form).sub(stands, text) if len(form) >= SHORTEST else text
    text = _MAIL.sub("<mail>", text)
    text = _ADDRESS.sub(_address, text)
    text = _NUMBERS.sub("<address>", text)
    text = _QUOTED.sub(lambda m: f"{m['quote']}<path>{m['quote']}", text)
    text = _AFTER_ROOT.sub(lambda m: m[0].partition(">")[0] + ">", text)
    text = _PATH.sub("<path>", text)
    return _FILE.sub(lambda m: f" <file>.{m['kind']}", text).replace("<home>", "~")


def _address(found: re.Match[str]) -> str:
    """Loopback addresses and what is masked already tell nothing about anybody."""
    host = urllib.parse.urlsplit(found[0]).hostname
    return found[0] if host in ("127.0.0.1", "localhost", "::1", "~") else "<server>"


def _named(form: str) -> re.Pattern[str]:
    """A name by itself; Korean ones also with what is said behind them."""
    alone = form.isascii()
    before = r"(?<![A-Za-z0-9])" if alone and form[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if alone and form[-1].isalnum() else ""
    return re.compile(f"{before}{re.escape(form)}{after}", re.IGNORECASE)


def _forms(name: str) -> list[str]:
    """How a name may be written: composed or not, with either slash, escaped, quoted for URLs."""
    forms = {name}
    for composed in ("NFC", "NFD"):
        plain = unicodedata.normalize(composed, name)
        escaped = json.dumps(plain)[1:-1]
        forms |= {plain, plain.replace("\\", "/"), plain.replace("\\", "\\\\"), escaped}
        forms |= {urllib.parse.quote(plain), urllib.parse.quote(plain.replace("\\", "/"))}
        forms |= {ascii(plain)[1:-1]}
    return sorted((form for form in forms if form), key=len, reverse=True)


def names_of(path: str, stands: str) -> dict[str, str]:
    """A file's path, name and stem as names to be masked."""
    name = re.split(r"[\\/]", path)[-1]
    stem = name.rpartition(".")[0] or name
    return {text: stands for text in (path, name, stem) if text}


def report_text(
    facts: Iterable[tuple[str, str]], findings: Iterable[Finding], log: str, secrets: Secrets
) -> str:
    """The whole report, masked, as Markdown."""
    lines = ["## K-Pop Choreo: report of the Doctor", ""]
    lines += [f"- {name}: {value}" for name, value in facts]
    lines += ["", "| link | | |", "|---|---|---|"]
    details = []
    for finding in findings:
        code = f" ({finding.code})" if finding.code else ""
        lines.append(f"| {CHECKS[finding.check]} | {finding.level}{code} | {finding.message} |")
        if finding.detail:
            details += [f"[{finding.check}]", *finding.detail.splitlines()]
    if details:
        lines += ["", "```", *details, "```"]
    if log:
        lines += ["", "The engine's last lines:", "", "```", *log.splitlines(), "```"]
    return "\n".join(masked(line, secrets) for line in lines) + "\n"
