"""What every request must pass before anything of its body is read.

In this order: the host that it is meant for, the page that sent it, its token, its size; then the
speed at which it comes. Everything that is refused is refused in CONTRACT.md's words, and the
connection ends, so that nobody is read to the end who has no business here.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import ChoreoError

LARGEST_UPLOAD = 200 * 1024 * 1024
PATIENCE = 30.0
"""Seconds that a body or a reader may be late."""
SLOWEST = 16 * 1024
"""Bytes a second at which a body must come in the long run."""
LINGER = 2.0
"""Seconds for which a refused body is still taken, so that its sender gets to read why."""
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")
HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


@dataclass(frozen=True)
class Rules:
    """Who is let in."""

    token: str
    hosts: frozenset[str] = frozenset()
    """Names, or ``name:port``, by which clients may call this engine besides its address."""


class TooLarge(Exception):
    """More bytes came than are taken."""


class TooSlow(Exception):
    """A body came, or an answer was taken, slower than anybody honest needs."""


class Gate:
    """ASGI middleware around the whole API."""

    def __init__(self, app: ASGIApp, rules: Rules, on_call: Callable[[], None]) -> None:
        """``on_call`` hears of every request that was let in."""
        self.app = app
        self.rules = rules
        self.on_call = on_call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        body = _Body(receive, headers)
        door = _Door(send, body)
        refused = self._refusal(scope, headers)
        if refused is not None:
            await answer(refused)(scope, body, door)
            return
        self.on_call()
        try:
            await self.app(scope, body, door)
        except (TooSlow, RuntimeError) as error:  # who does not take the answer gets no more of it
            if not isinstance(error.__cause__ or error, TooSlow):
                raise

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> ChoreoError | None:
        host = headers.get(b"host", b"").decode("latin-1")
        if not self._known_host(host, scope.get("server")):
            return ChoreoError(
                "host_refused",
                f"This engine does not answer for the host '{host[:80]}'.",
                "Call it by its address, or start it with --allow-host NAME.",
                403,
            )
        if _of_another_page(headers, host):
            return ChoreoError(
                "origin_refused",
                "The engine does not answer web pages of other sites.",
                "Call it from the add-on or from a script.",
                403,
            )
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, f"Bearer {self.rules.token}".encode()):
            return ChoreoError(
                "token_wrong",
                "The engine does not accept this token.",
                "Check the token in the add-on's preferences.",
                401,
            )
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 18 or int(length) > LARGEST_UPLOAD:
            return too_large()
        return None

    def _known_host(self, host: str, server: tuple[str, int | None] | None) -> bool:
        """Whether ``host`` is this engine's address (no name can be rebound to that) or allowed."""
        try:
            parts = urllib.parse.urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.netloc != host or "@" in host:
            return False
        if name in self.rules.hosts or host.lower() in self.rules.hosts:
            return True
        if server is None:
            return False
        address, own_port = server
        own = _names_of(address)
        return name in own and (port in (own_port, None) if own_port == 80 else port == own_port)


def _names_of(address: str) -> tuple[str, ...]:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ()
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return (str(plain), *(LOCAL_NAMES if plain.is_loopback else ()))


def _of_another_page(headers: dict[bytes, bytes], host: str) -> bool:
    """Whether a browser sends this for a page that did not come from ``host``."""
    origin = headers.get(b"origin")
    if origin is not None:
        scheme, _, rest = origin.decode("latin-1").partition("://")
        if scheme not in ("http", "https") or rest.lower() != host.lower():
            return True
    return headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin")


class _Body:
    """``receive``, held to a size and a speed."""

    def __init__(self, receive: Receive, headers: dict[bytes, bytes]) -> None:
        self._receive = receive
        self._began = time.monotonic()
        self._taken = 0
        self.whole = b"transfer-encoding" not in headers and not _number(headers)

    async def __call__(self) -> Message:
        if self.whole:
            return await self._receive()  # the end of the connection, perhaps much later
        left = self._began + PATIENCE + self._taken / SLOWEST - time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, left))
        except TimeoutError as error:
            raise TooSlow from error
        self._taken += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        if self._taken > LARGEST_UPLOAD:
            raise TooLarge
        return message

    async def linger(self) -> None:
        """Takes what is on its way already, for a moment."""
        end = time.monotonic() + LINGER
        while not self.whole and (left := end - time.monotonic()) > 0:
            try:
                message = await asyncio.wait_for(self._receive(), left)
            except TimeoutError:
                return
            self.whole = not message.get("more_body", False)


def _number(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0").strip(b"0") != b""


class _Door:
    """``send``: adds what every answer carries, and ends a connection whose body was not read."""

    def __init__(self, send: Send, body: _Body) -> None:
        self._send = send
        self._body = body
        self.began = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.began = True
            more = [] if self._body.whole else [(b"connection", b"close")]
            headers = [*message.get("headers", []), *HEADERS, *more]
            await self._passed({**message, "headers": headers})
        elif message.get("more_body", False) or self._body.whole:
            await self._passed(message)
        else:
            await self._passed({**message, "more_body": True})
            await self._body.linger()
            await self._passed({"type": "http.response.body", "body": b"", "more_body": False})

    async def _passed(self, message: Message) -> None:
        try:
            await asyncio.wait_for(self._send(message), PATIENCE)
        except TimeoutError as error:
            raise TooSlow from error


def answer(error: ChoreoError) -> JSONResponse:
    """CONTRACT.md's form of an error."""
    more = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse({"error": error.as_dict()}, error.status, more)


def too_large() -> ChoreoError:
    """What a client hears whose song is over :data:`LARGEST_UPLOAD`."""
    return ChoreoError(
        "song_too_large",
        "The song's file is larger than 200 MB.",
        "Convert it to mp3, ogg or flac, or cut it.",
        413,
    )


def too_slow() -> ChoreoError:
    """What a client hears that stops in the middle of its request."""
    return ChoreoError(
        "upload_slow", "The upload stopped on its way.", "Check the network, then try again.", 408
    )
