"""One connection to the engine: what uvicorn's own leaves open to those who mean harm."""

from __future__ import annotations

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from engine.errors import ChoreoError

MOST_CONNECTIONS = 128
HEAD_SECONDS = 15.0
"""Seconds in which the line and the headers of a request must have come."""


class Connection(H11Protocol):
    """HTTP/1.1 with a limit on connections, on silence, and with CONTRACT.md's errors."""

    _late: asyncio.TimerHandle | None = None
    _asks_no_more = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether the connection stays open: for a client that asks no more and still listens."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or self.scheme == "https":
            return False
        if cycle.more_body and not cycle.response_started:
            return False  # half a request
        self._asks_no_more = True
        cycle.more_body = False
        cycle.message_event.set()
        return True

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._asks_no_more and (self.cycle.response_complete or self.cycle.more_body):
            self.transport.close()
        if not self.transport.is_closing():
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP; never in the middle of another answer."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            error = ChoreoError("request_invalid", msg, "Speak HTTP/1.1 to this port.", 400)
            body = json.dumps({"error": error.as_dict()}).encode()
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
                b"x-content-type-options: nosniff\r\nconnection: close\r\n"
                b"content-length: %d\r\n\r\n%s" % (len(body), body)
            )
        self.transport.close()

    def _await_head(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(HEAD_SECONDS, self._close_unless_asked)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()

    def _close_unless_asked(self) -> None:
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
