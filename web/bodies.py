"""Reading what somebody sends, no more of it and no longer than we mean to."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

SECONDS = 10.0


async def read_body(request: Request, most: int, *, seconds: float = SECONDS) -> bytes:
    """The body, of at most `most` octets, if it comes within `seconds`.

    Raises HTTPException 413, as soon as it is known to be larger, or 408.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise HTTPException(413)
    except TimeoutError as error:
        raise HTTPException(408) from error
    return bytes(body)
