"""What strangers need to trust and to verify: the authority's certificates, its revocation lists (RFC 5280), status of
certificates (RFC 6960), time-stamps (RFC 3161), the practice statement.

A revocation is told at once (design.md §3, law 10). So caches may keep lists and answers but have to ask every time
whether they are still the last ones; a list that has not changed costs them 304 without a body.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rules import clock, status_answers
from rules import published_certificates as published
from rules.published_certificates import PublishedCertificate, PublishedList
from rules.refusals import not_found
from web.bodies import read_body
from web.limiter import Limiter
from web.pages import page

FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}
ASK_EVERY_TIME = {"Cache-Control": "public, no-cache"}
NEVER_KEPT = {"Cache-Control": "no-store"}
LARGEST_QUESTION = 16 * 1024
LIST_TYPE = "application/pkix-crl"  # RFC 2585 §4.2
STATUS_TYPE = "application/ocsp-response"  # RFC 6960 appendix A.1
TIME_STAMP_TYPE = "application/timestamp-reply"  # RFC 3161 §3.4


def routes(questions: Limiter) -> list[Route]:
    """`/pki/…`; a certificate is DER under `.crt` and PEM under `.pem` or with `?format=pem`. `questions` counts what
    each address asks of the two services that sign their answers."""

    async def status(request: Request) -> Response:
        """OCSP by POST: the request is the body."""
        questions.spend(request)
        answer = await status_answers.answer_status(await read_body(request, LARGEST_QUESTION), clock.now())
        return Response(answer, media_type=STATUS_TYPE, headers=NEVER_KEPT)

    async def status_by_address(request: Request) -> Response:
        """OCSP by GET: the request is base64 in the path (RFC 6960 appendix A.1)."""
        questions.spend(request)
        answer = await status_answers.answer_status(_from_base64(request.path_params["question"]), clock.now())
        return Response(answer, media_type=STATUS_TYPE, headers=ASK_EVERY_TIME)

    async def time_stamp(request: Request) -> Response:
        """RFC 3161 over HTTP."""
        questions.spend(request)
        answer = await status_answers.answer_time_stamp(await read_body(request, LARGEST_QUESTION), clock.now())
        return Response(answer, media_type=TIME_STAMP_TYPE, headers=NEVER_KEPT)

    return [
        Route("/pki/root.{form:str}", root),
        Route("/pki/issuing.{form:str}", issuing),
        Route("/pki/issuing-{key_id:str}.{form:str}", issuing_of),
        Route("/pki/chain.pem", chain),
        Route("/pki/practice", practice),
        Route("/pki/ocsp", status, methods=["POST"]),
        Route("/pki/ocsp/{question:path}", status_by_address),
        Route("/pki/tsa", time_stamp, methods=["POST"]),
    ]


async def root(request: Request) -> Response:
    """The root certificate, or its revocation list under `.crl`."""
    if request.path_params["form"] == "crl":
        return _list(request, published.root_revocation_list(), "root.crl")
    return _certificate(request, published.root(), "root")


async def issuing(request: Request) -> Response:
    """The certificate, or the revocation list, of the generation that issues now."""
    return await _issuing(request, published.issuing(), "issuing")


async def issuing_of(request: Request) -> Response:
    """The certificate, or the revocation list, of one generation, by its key identifier in hexadecimal."""
    certificate = published.issuing_of(request.path_params["key_id"])
    if certificate is None:
        raise not_found()
    return await _issuing(request, certificate, f"issuing-{certificate.key_id}")


async def chain(request: Request) -> Response:
    """Every issuing certificate and the root in one file."""
    return _file(published.chain_pem().encode(), "application/pem-certificate-chain", "chain.pem")


async def practice(request: Request) -> Response:
    """The practice statement: who vouches for whom, how to verify."""
    return page(request, "practice.html", practice=published.practice(), headers=FOR_AN_HOUR | {"X-Robots-Tag": "all"})


async def _issuing(request: Request, certificate: PublishedCertificate, name: str) -> Response:
    if request.path_params["form"] == "crl":
        found = await published.revocation_list(certificate.key_id, clock.now())
        if found is None:
            raise not_found()
        return _list(request, found, f"{name}.crl")
    return _certificate(request, certificate, name)


def _list(request: Request, published_list: PublishedList, name: str) -> Response:
    tag = f'"{hashlib.sha256(published_list.der).hexdigest()}"'
    headers = ASK_EVERY_TIME | {"ETag": tag, "Last-Modified": _http_date(published_list.this_update)}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response = _file(published_list.der, LIST_TYPE, name)
    response.headers.update(headers)
    return response


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _from_base64(text: str) -> bytes:
    """The octets, or none for what is no base64: no request either, which the service says itself."""
    try:
        return b64decode(text[: 2 * LARGEST_QUESTION], validate=True)
    except (ValueError, binascii.Error):
        return b""


def _certificate(request: Request, certificate: PublishedCertificate, name: str) -> Response:
    form = request.path_params["form"]
    if form not in ("crt", "pem"):
        raise not_found()
    if form == "pem" or request.query_params.get("format") == "pem":
        # RFC 8555 §9.1: one certificate is a chain too.
        return _file(certificate.pem.encode(), "application/pem-certificate-chain", f"{name}.pem")
    return _file(certificate.der, "application/pkix-cert", f"{name}.crt")  # RFC 5280 §4.2.2.1


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers=FOR_AN_HOUR | {"Content-Disposition": f'attachment; filename="{name}"'},
    )
