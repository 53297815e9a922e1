"""Where an engine may be reached, and how a connection to it is made."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import urllib.parse
import urllib.request
from functools import lru_cache
from typing import Any

from .errors import EngineError


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: the token must not travel to another host."""

    def redirect_request(self, *_: Any) -> None:
        """Follows nothing, so that the redirect itself becomes the error."""


class _HeadInTime(http.client.HTTPConnection):
    """A connection on which the head of an answer comes in time, not byte by byte for ever."""

    def getresponse(self) -> http.client.HTTPResponse:
        """Raises TimeoutError when the head is not there after the connection's own timeout."""
        late = threading.Event()

        def cut() -> None:
            late.set()
            if self.sock is not None:
                with contextlib.suppress(OSError):  # it may have ended just now
                    self.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.timeout or 60.0, cut)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        except (OSError, http.client.HTTPException):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()


class _SafeHeadInTime(_HeadInTime, http.client.HTTPSConnection):
    """The same with TLS."""


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_HeadInTime, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SafeHeadInTime, req, context=_trusted())


def make_opener(url: str) -> urllib.request.OpenerDirector:
    """Connections to ``url``: no redirects, and no proxy to this machine itself."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect(), _Http(), _Https()]
    if is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The system's certificates, and those that Blender brings where a system has none."""
    context = ssl.create_default_context()
    try:
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context


def is_loopback(url: str) -> bool:
    """Whether ``url`` points to this machine."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_url(url: str, online: bool, insecure: bool) -> None:
    """Checks that a server's address may be used.

    Raises:
        EngineError: ``server_url`` when it is no address, ``offline`` when Blender may not go
            online, ``server_insecure`` for http to another machine without the user's consent.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineError(
            "server_url",
            f"'{url}' is no server address." if url else "No server address is set.",
            "Enter one like https://dance.example.org in the add-on's preferences.",
        )
    if is_loopback(url):
        return
    if not online:
        raise EngineError(
            "offline",
            "Blender is not allowed to use the internet.",
            "Switch on 'Allow Online Access' in the preferences, under System.",
        )
    if parts.scheme == "http" and not insecure:
        raise EngineError(
            "server_insecure",
            "The server's address is http, so song and token would travel unprotected.",
            "Use https, or tick 'Allow Insecure' in the add-on's preferences.",
        )
