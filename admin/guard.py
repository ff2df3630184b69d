"""What stands before every page of the back office: no request of another site's making, no page that could be framed,
kept or made to run a script."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_FORM = 64 * 1024
LARGER_FORMS = dict.fromkeys(
    ("/agreement/publish", "/journal-type/new", "/journal-type/revise", "/reference-list/save"), 2 * 1024 * 1024
)
"""Two texts of 50,000 characters, each character up to twelve octets as browsers send it, or the columns of a journal.
By the end of the path."""

HEADERS = {
    # No page of ours has a script, so none may run. The pictures in the style sheet are data: addresses.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # With no-referrer a browser would hide the Origin of our own forms too (Fetch standard, "append a request Origin").
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class Guard:
    """ASGI middleware. Refuses with 403 whatever another site sends under a signed-in browser's name: by the fetch
    metadata that browsers add and pages cannot forge, and by the Origin. With 413 what is no form of ours by its size.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if "/statics/" not in scope["path"]:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        refusal = _refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send_guarded)


def _refusal(scope: Scope) -> Response | None:
    if scope["method"] in SAFE_METHODS:
        return None
    headers = Headers(scope=scope)
    if _from_another_site(headers):
        return PlainTextResponse("Запрос с другого сайта отклонён. / A request of another site is refused.", 403)
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGER_FORMS.get(_form(scope["path"]), LARGEST_FORM):
        return PlainTextResponse("Слишком большой запрос. / The request is too large.", 413)
    return None


def _form(path: str) -> str:
    """The last two segments of an address: which form it takes."""
    return "/" + "/".join(path.split("/")[-2:])


def _from_another_site(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != headers.get("host"):
        return True
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
