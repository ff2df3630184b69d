"""How answers are written."""

import orjson


def encoded(data: object) -> str:
    """JSON text, in which what was read as text already stands as it is. A text, not octets: a WebSocket would send
    those as binary frames, which clients refuse."""
    return orjson.dumps(data).decode()
