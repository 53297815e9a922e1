"""What a build of the GPU engine consists of: wheels with their addresses, sizes and digests.

``gpu_wheels.json`` is made by tools/lock_torch.py. What it cannot lock (builds that only PyTorch's
own index has) is looked up in that index, whose page gives the digest.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from .addresses import is_loopback
from .errors import ChoreoError

TABLE = Path(__file__).with_name("gpu_wheels.json")
HOSTS = ("files.pythonhosted.org", "download.pytorch.org", "download-r2.pytorch.org")
"""Where files may come from, unless the user names a mirror."""


@dataclass(frozen=True)
class Wheel:
    """One file to fetch."""

    name: str
    url: str
    sha256: str
    size: int
    """Bytes; 0 where only the server knows."""


@dataclass(frozen=True)
class Build:
    """One way to get torch for one system and Python."""

    key: str
    """``CUDA``, ``CUDA12``, ``ROCM``, ``MPS`` or ``CPU``."""
    torch: str
    """Its version."""
    python: str
    """Like ``3.11``."""
    wheels: tuple[Wheel, ...]
    index: str = ""
    """The page on which torch itself is looked up; empty when it is among the wheels."""
    named: str = ""
    """Name of torch's wheel there."""
    about: int = 0
    """About how many bytes that is."""

    @property
    def id(self) -> str:
        """Name of its folder."""
        return f"{self.key.lower()}-{self.torch}-py{self.python.replace('.', '')}"

    @property
    def size(self) -> int:
        """Bytes to fetch, about."""
        return self.about + sum(wheel.size for wheel in self.wheels)


def this_python() -> str:
    """Like ``3.11``."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def builds_for(system: str, python: str, table: Path = TABLE) -> dict[str, Build]:
    """The builds that can be had, by their key."""
    read = _read(table)
    found = {}
    for name, build in read["builds"].items():
        of, version, key = name.split()
        if (of, version) == (system, python):
            wheels = tuple(Wheel(file, **read["wheels"][file]) for file in build["wheels"])
            more = {field: build[field] for field in ("index", "named", "about") if field in build}
            found[key] = Build(key, read["torch"], python, wheels, **more)
    return found


@lru_cache(maxsize=2)
def _read(table: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(table.read_text(encoding="utf-8"))
    return found


def mirrored(build: Build, mirror: str) -> Build:
    """The same files from ``mirror``, a server with all wheels by name.

    Their digests stay; where torch is looked up in an index, ``mirror``/torch/ is that.
    """
    base = mirror.rstrip("/")
    wheels = tuple(replace(w, url=f"{base}/{urllib.parse.quote(w.name)}") for w in build.wheels)
    return replace(build, wheels=wheels, index=f"{base}/torch/" if build.index else "")


def complete(build: Build, read_page: Callable[[str], str]) -> tuple[Wheel, ...]:
    """Every wheel of ``build``, the largest first, with a digest each.

    Args:
        read_page: the text behind an address.

    Raises:
        ChoreoError: ``gpu_gone`` when the index does not have it, ``gpu_digest_missing`` when it
            gives no digest, ``gpu_address`` when an address is not to be trusted.
    """
    wheels = build.wheels
    if build.index:
        require_address(build.index, urllib.parse.urlsplit(build.index).hostname or "")
        wheels = (*wheels, look_up(read_page(build.index), build))
    return tuple(sorted(wheels, key=lambda wheel: (-wheel.size, wheel.name)))


def look_up(page: str, build: Build) -> Wheel:
    """The wheel of torch on the ``page`` of an index (PEP 503)."""
    links = _Links()
    links.feed(page)
    for href in links.found:
        url, fragment = urllib.parse.urldefrag(urllib.parse.urljoin(build.index, href))
        if urllib.parse.unquote(url).rsplit("/", 1)[-1] != build.named:
            continue
        digest = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
        if digest is None:
            raise ChoreoError(
                "gpu_digest_missing",
                f"{build.index} gives no digest of {build.named}, so it is not fetched.",
                "Try again later, or use the bundled engine.",
            )
        require_address(url, urllib.parse.urlsplit(build.index).hostname or "")
        return Wheel(build.named, url, digest[1], 0)
    raise ChoreoError(
        "gpu_gone",
        f"{build.index} does not have {build.named}.",
        "Update K-Pop Choreo, or use the bundled engine.",
    )


def require_address(url: str, host: str) -> None:
    """Files come by https from known servers or the ``host`` that was asked, or from this machine.

    Raises:
        ChoreoError: ``gpu_address``.
    """
    parts = urllib.parse.urlsplit(url)
    if is_loopback(url) and parts.scheme == "http":
        return
    if parts.scheme != "https" or parts.hostname not in (*HOSTS, host):
        raise ChoreoError(
            "gpu_address",
            f"{url} is no address that files may come from.",
            "Use https, or leave the mirror empty.",
        )


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
