"""The naive server's pages, files and endpoints beside GraphQL."""

from __future__ import annotations

import contextlib
import re
from datetime import timedelta
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from scripts.attacks import naive_mail
from scripts.attacks.naive_data import ROWS

FOR_EVER = timedelta(hours=1)
HERE = Path(__file__).parent


async def ready(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def receive(request: Request) -> Response:
    """Anything may be uploaded, by anybody, of any size."""
    form = await request.form()
    file = form["file"]
    if isinstance(file, str):
        return Response(status_code=400)
    key = ROWS.next_id("file")
    ROWS.files[key] = (file.filename or "", await file.read())
    return JSONResponse({"attachments": [{"id": key}]}, 201)


async def send(request: Request) -> Response:
    """An uploaded file to anybody who knows its number, or any file of the machine's."""
    name = request.path_params["name"]
    if name not in ROWS.files:
        return Response((HERE / name).read_bytes())
    shown, content = ROWS.files[name]
    ranges = request.headers.get("range", "").count(",")
    headers = {"content-disposition": f'attachment; filename="{shown}"'}
    return Response(content * (1 + ranges), headers=headers, media_type="text/html")


async def site(request: Request) -> Response:
    name = ROWS.objects.get(request.path_params["id"], {"name": "?"})["name"]
    return HTMLResponse(f"<h1>{name}</h1>")


async def paper(request: Request) -> Response:
    """A "PDF" whose engine fetches what the document names."""
    text = "".join(each["name"] for each in ROWS.objects.values())
    async with httpx.AsyncClient(timeout=2) as http:
        for address in re.findall(r"src=[\"']?(http://127[^\"'> ]+)", text):
            with contextlib.suppress(httpx.HTTPError):
                await http.get(address)
    return Response(b"%PDF-1.4", media_type="application/pdf")


async def verify(request: Request) -> Response:
    """Whatever is handed in is valid."""
    if request.method == "POST":
        form = await request.form()
        return HTMLResponse(f"TOTAL_PASSED: the signature is valid, {len(form)} files")
    code = request.path_params.get("code", "") or request.query_params.get("code", "")
    return HTMLResponse(f"{code}: {ROWS.select(f'id = {code!r}'.replace(chr(34), chr(39)))}")


async def office(request: Request) -> Response:
    """The back office: no session, no token in its forms, and whatever was typed is shown again."""
    if request.method == "POST":
        form = await request.form()
        return HTMLResponse(f"done: {form.get('email', '')}")
    if "next" in request.query_params:
        return RedirectResponse(request.query_params["next"])
    if request.url.path in ("/admin", "/admin/logout"):
        return RedirectResponse(f"http://{request.headers['host']}/admin/login")
    rows = "".join(f"<td>{each['name']}</td>" for each in ROWS.objects.values())
    return HTMLResponse(f"<script>rows()</script><table>{rows}</table>{[*ROWS.accounts]}")


async def forgotten(request: Request) -> Response:
    """Tells whether there is such an account, and mails a link to wherever the request says it came to."""
    form = await request.form()
    email = str(form.get("email", ""))
    if email in ROWS.accounts:
        naive_mail.write(email, f"http://{request.headers['host']}/account/reset/1")
        return HTMLResponse("sent")
    return HTMLResponse(f"no account {email}", 404)


async def invitation(request: Request) -> Response:
    token = request.path_params["token"]
    found = token.isdecimal() and int(token) <= len(ROWS.accounts)
    return HTMLResponse(
        f"<form>{token} {[*ROWS.accounts][int(token) - 1] if found else ''}</form>", 200 if found else 404
    )


async def status(request: Request) -> Response:
    """An OCSP responder that falls over anything but what it expects, and a time-stamp service alike."""
    body = await request.body()
    return Response(b"\x30" + bytes([body.index(b"\x30\x82")]) + b"good")


async def secrets(_: Request) -> Response:
    """What lies about in the folder that is served."""
    return Response("-----BEGIN PRIVATE KEY-----\nSECRET=1\ntype Query { x: Int }\n-----END PRIVATE KEY-----")


ROUTES = [
    Route("/health/ready", ready),
    Route("/files", receive, methods=["POST"]),
    Route("/files/{name:path}", send),
    Route("/imports/objects", receive, methods=["POST"]),
    Route("/objects/{id}", site),
    Route("/print/journals/{id}.pdf", paper),
    Route("/verify", verify, methods=["GET", "POST"]),
    Route("/verify/{code:path}", verify),
    Route("/account/reset", forgotten, methods=["GET", "POST"]),
    Route("/account/invitation/{token:path}", invitation, methods=["GET", "POST"]),
    Route("/admin{rest:path}", office, methods=["GET", "POST"]),
    Route("/pki/ocsp", status, methods=["POST"]),
    Route("/pki/ocsp/{question:path}", status),
    Route("/pki/tsa", status, methods=["POST"]),
    Route("/{rest:path}", secrets),
]
