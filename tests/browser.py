"""Chromium by its own protocol: open a page, look at it, send its form."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx
import websockets

SECONDS = 20


class Browser:
    """One tab. `asked_for` are the addresses it has requested."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._loaded = 0
        self.asked_for: list[str] = []

    @classmethod
    @asynccontextmanager
    async def started(cls, folder: Path) -> AsyncIterator[Self]:
        """A browser with a profile of its own in `folder`, for as long as the body runs."""
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        process = await asyncio.create_subprocess_exec(
            *[
                "chromium",
                *options,
                "--remote-debugging-port=0",
                f"--user-data-dir={folder / 'profile'}",
                "about:blank",
            ],
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(SECONDS):
                address = await _debugger(process)
            async with httpx.AsyncClient() as client:
                tabs = (await client.get(f"http://{address}/json")).json()
            (tab,) = [tab for tab in tabs if tab["type"] == "page"]
            async with websockets.connect(tab["webSocketDebuggerUrl"], max_size=50_000_000) as socket:
                browser = cls(socket)
                await browser.call("Page.enable")
                await browser.call("Network.enable")
                yield browser
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its result."""
        number = next(self._numbers)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = await self._message()
            if message.get("id") == number:
                result: dict[str, Any] = message["result"]
                return result

    async def _message(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self._socket.recv(), SECONDS))
        if message.get("method") == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith("data:"):
                self.asked_for.append(url)
        elif message.get("method") == "Page.loadEventFired":
            self._loaded += 1
        return message

    async def _after_load(self, method: str, **parameters: Any) -> None:
        loaded = self._loaded
        await self.call(method, **parameters)
        while self._loaded == loaded:
            await self._message()

    async def size(self, width: int, height: int) -> None:
        """Show pages as large as this, in CSS pixels."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def open(self, address: str) -> None:
        """Go to a page, until it is there."""
        await self._after_load("Page.navigate", url=address)

    async def submit(self, form: str) -> None:
        """Send the form that the CSS selector names, and wait for the answer's page."""
        await self._after_load("Runtime.evaluate", expression=f"document.querySelector({form!r}).requestSubmit()")

    async def value(self, expression: str) -> Any:
        """What a JavaScript expression is."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")


async def _debugger(process: asyncio.subprocess.Process) -> str:
    """The host and port that the browser says it can be driven at."""
    assert process.stderr is not None
    async for line in process.stderr:
        if b"DevTools listening on ws://" in line:
            return line.decode().partition("ws://")[2].partition("/")[0]
    raise RuntimeError("the browser ended before it could be driven")
