"""Our HTML pages: one layout, no scripts, the only style inside the page and named in its policy by digest."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from models.enums import Language
from web.language import chosen_language, language_of

TEMPLATES = Environment(
    loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
STYLE = TEMPLATES.get_template("style.css").render()
STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


def page(
    request: Request, template: str, *, status_code: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """`template` in the visitor's language. It sees `values` and:

    `t(ru, en)`, the one of two texts to show; `link(path)`, an address of ours that keeps a chosen language;
    `language`; `other`, the address of this page in the other language.
    """
    language, chosen = language_of(request), chosen_language(request)
    other = Language.EN if language is Language.RU else Language.RU

    def t(ru: str, en: str) -> str:
        return ru if language is Language.RU else en

    def link(path: str) -> str:
        return f"{path}?lang={chosen.value}" if chosen else path

    html = TEMPLATES.get_template(template).render(
        values,
        t=t,
        link=link,
        chosen=chosen,
        language=language,
        other=f"?lang={other.value}",
        style=Markup(STYLE),  # noqa: S704 - our own file
    )
    return HTMLResponse(
        html,
        status_code,
        headers={
            "Content-Security-Policy": CONTENT_POLICY,
            "Content-Language": language.value,
            "Vary": "Accept-Language",
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow",
        }
        | (headers or {}),
    )
