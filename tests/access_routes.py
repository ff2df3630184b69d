"""How each address of the application and of the back office is asked in the access matrix."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import itsdangerous
from access_world import AccessWorld
from client import Client
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from admin.office import SCREENS
from rules.identifiers import parse

SHEET = "Название;Адрес;Часовой пояс\nСклад 20;Москва;Europe/Moscow\n"
Sent = Callable[[Client, str], httpx.Request]
BY_OURSELVES = {"accept": "text/html", "x-requested-with": "matrix"}


def addresses(application: Starlette) -> Iterator[str]:
    """The method and path of every route outside the back office."""
    for route in application.routes:
        if isinstance(route, Route):
            for method in sorted((route.methods or {"ANY"}) - {"HEAD"}):
                yield f"{method} {route.path}"
        elif isinstance(route, WebSocketRoute):
            yield f"SOCKET {route.path}"
        elif not (isinstance(route, Mount) and route.path == "/admin"):
            yield f"MOUNT {getattr(route, 'path', route)}"


def office_addresses(application: Starlette) -> Iterator[str]:
    """The method and path of every route of the back office, of each screen where there is one for all."""
    (office,) = (route for route in application.routes if isinstance(route, Mount) and route.path == "/admin")
    for route in office.routes or ():
        yield from _of_office(route)


def _of_office(route: BaseRoute) -> Iterator[str]:
    if not isinstance(route, Route):
        yield f"GET {getattr(route, 'path', route)}/…"
        return
    for method in sorted((route.methods or set()) - {"HEAD"}):
        if "{identity}" in route.path:
            yield from (f"{method} {route.path.replace('{identity}', screen.identity)}" for screen in SCREENS)
        else:
            yield f"{method} {route.path}"


def _get(path: str) -> Sent:
    return lambda client, id: client.http.build_request("GET", path.replace("{id}", id))


def _post(path: str, **body: Any) -> Sent:
    return lambda client, id: client.http.build_request("POST", path, headers=BY_OURSELVES, **body)


def _uploaded(client: Client, id: str) -> httpx.Request:
    return client.http.build_request("POST", "/files", headers=BY_OURSELVES, files={"file": ("a.txt", b"a")})


def _staged(client: Client, id: str) -> httpx.Request:
    files = {"file": ("Объекты.csv", SHEET.encode())}
    return client.http.build_request(
        "POST", "/imports/objects", headers=BY_OURSELVES, files=files, data={"contract": id}
    )


OCSP_QUESTION = base64.b64encode(b"-").decode()
ADDRESSES: dict[str, Sent] = {
    "ANY /graphql": lambda client, id: client.http.build_request("POST", "/graphql", json={"query": "{ __typename }"}),
    "GET /verify": _get("/verify"),
    "POST /verify": _post("/verify", data={}),
    "GET /verify/{code}": _get("/verify/{code}"),
    "GET /verify/{code}/payload.json": _get("/verify/{code}/payload.json"),
    "GET /verify/{code}/signature.p7s": _get("/verify/{code}/signature.p7s"),
    "GET /pki/root.{form:str}": _get("/pki/root.crl"),
    "GET /pki/issuing.{form:str}": _get("/pki/issuing.crl"),
    "GET /pki/issuing-{key_id:str}.{form:str}": _get("/pki/issuing-00.crt"),
    "GET /pki/chain.pem": _get("/pki/chain.pem"),
    "GET /pki/practice": _get("/pki/practice"),
    "POST /pki/ocsp": _post("/pki/ocsp", content=b"-"),
    "GET /pki/ocsp/{question:path}": _get(f"/pki/ocsp/{OCSP_QUESTION}"),
    "POST /pki/tsa": _post("/pki/tsa", content=b"-"),
    "GET /print/journals/{id}.pdf": _get("/print/journals/{id}.pdf"),
    "POST /files": _uploaded,
    "GET /files/{id}": _get("/files/{id}"),
    "POST /imports/objects": _staged,
    "GET /imports/objects/template.xlsx": _get("/imports/objects/template.xlsx"),
    "GET /imports/{id}/report.csv": _get("/imports/{id}/report.csv"),
    "GET /objects/{id}": _get("/objects/{id}"),
    "GET /objects/{id}/qr.{kind}": _get("/objects/{id}/qr.svg"),
    "GET /account/reset": _get("/account/reset"),
    "POST /account/reset": _post("/account/reset", data={"email": "-"}),
    "GET /account/invitation/{token}": _get("/account/invitation/-"),
    "POST /account/invitation/{token}": _post("/account/invitation/-", data={}),
    "GET /account/reset/{token}": _get("/account/reset/-"),
    "POST /account/reset/{token}": _post("/account/reset/-", data={}),
    "GET /admin": _get("/admin"),
    "GET /health/live": _get("/health/live"),
    "GET /health/ready": _get("/health/ready"),
}
"""By method and path, how it is asked about a row."""
SOCKETS = {"SOCKET /graphql"}


async def asked_over_http(access: AccessWorld, member: str, role: str, id: str) -> Sent:
    """The request, for an identifier that is to be put into it."""
    sent = ADDRESSES[member]
    if "{code}" not in member:
        return sent
    code = await access.database.text("select code from signatures where id = $1", parse(id, "id")[1])

    def of_code(client: Client, id: str) -> httpx.Request:
        request = sent(client, id)
        request.url = request.url.copy_with(path=request.url.path.replace("{code}", code))
        return request

    return of_code


# ---------------------------------------------------------------------- the back office

LET_IN, SENT_AWAY = "+", "L"
LOGIN = "/admin/login"
SIGNING_OUT = "POST /logout"


def _cookie(access: AccessWorld, session: str) -> str:
    """The cookie that the door gives, for whatever session: as if its key had been stolen."""
    signer = itsdangerous.TimestampSigner(access.cookie_secret.hex())
    return signer.sign(base64.b64encode(json.dumps({"session": session}).encode())).decode()


def _form_token(access: AccessWorld, session: str) -> str:
    signer = itsdangerous.Signer(
        access.cookie_secret, salt="admin.form", key_derivation="hmac", digest_method=hashlib.sha256
    )
    return signer.get_signature(session).decode()


async def asked_of_office(access: AccessWorld, member: str, role: str) -> str:
    """Whether somebody of the role is let in: with the cookie of their own session, and the form's token of it."""
    method, _, path = member.partition(" ")
    actor = access.actors.get(role)
    screen = next((each for each in SCREENS if path.startswith(f"/{each.identity}/")), None)
    if "{pk" in path:
        assert screen is not None
        key = await access.database.text(f"select id::text from {screen.model.__table__.name} limit 1")
        path = path.partition("{")[0] + key
    headers, body, session = {}, {"email": "-"}, ""
    if actor is not None:
        session = str(actor.session_id)
        if member == SIGNING_OUT and role == "superadmin":
            session = str(await access.database.clone("sessions", actor.session_id, token_digest=secrets.token_hex(32)))
        headers["cookie"] = f"admin={_cookie(access, session)}"
        body["token"] = _form_token(access, session)
    path = path.replace("…", "css/main.css")
    client = access.visitor.http if role != "partner" else access.clients[role].http
    data = {"data": body} if method == "POST" else {}
    answer = await client.request(method, f"/admin{path}", headers=headers, **data)  # type: ignore[arg-type]
    assert answer.status_code < 500, (member, role, answer.text)
    away = answer.status_code == 303 and answer.headers["location"].endswith(LOGIN)
    if away and member == SIGNING_OUT and session:
        ended = "select ended_at is not null from sessions where id = $1::text::uuid"
        away = await access.database.text(ended, session) == "False"
    return SENT_AWAY if away else LET_IN if answer.status_code not in (401, 403) else str(answer.status_code)
