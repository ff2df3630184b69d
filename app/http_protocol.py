"""HTTP/1.1 as uvicorn speaks it, but the head of a request has an end: in octets and in time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1024
"""Octets of a request line and its header fields together; a little more where a head ends in the same packet."""
HEAD_SECONDS = 10.0
"""How long a head may take, from the connection or from its first octet."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn bounds neither: a client could have the server gather a head for ever, before anything is known of it."""

    _in_head = False
    _octets = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is waited for from now on."""
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More octets, which are all of a head if it had begun and has not ended."""
        in_head = self._in_head
        super().data_received(data)
        if in_head and self._in_head:
            self._octets += len(data)
            if self._octets > LARGEST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The first octet of a request."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """The end of its head."""
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._in_head, self._octets = True, 0
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _end(self) -> None:
        self._in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._end()
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self.transport.write(head.encode())
            self.transport.close()
