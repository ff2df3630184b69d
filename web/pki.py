"""What strangers need to trust and to verify: the authority's certificates, the root's list, the practice statement.

The revocation list, OCSP and time-stamp addresses of the issuing authority come with the issue about revocation.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rules import published_certificates as published
from rules.published_certificates import PublishedCertificate
from rules.refusals import not_found
from web.pages import page

FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}


def routes() -> list[Route]:
    """`/pki/…`; a certificate is DER under `.crt` and PEM under `.pem` or with `?format=pem`."""
    return [
        Route("/pki/root.{form:str}", root),
        Route("/pki/issuing.{form:str}", issuing),
        Route("/pki/issuing-{key_id:str}.{form:str}", issuing_of),
        Route("/pki/chain.pem", chain),
        Route("/pki/practice", practice),
    ]


async def root(request: Request) -> Response:
    """The root certificate, or its revocation list under `.crl`."""
    if request.path_params["form"] == "crl":
        return _file(published.root_revocation_list(), "application/pkix-crl", "root.crl")
    return _certificate(request, published.root(), "root")


async def issuing(request: Request) -> Response:
    """The issuing certificate of the generation that issues now."""
    return _certificate(request, published.issuing(), "issuing")


async def issuing_of(request: Request) -> Response:
    """The issuing certificate of one generation, by its key identifier in hexadecimal."""
    certificate = published.issuing_of(request.path_params["key_id"])
    if certificate is None:
        raise not_found()
    return _certificate(request, certificate, f"issuing-{certificate.key_id}")


async def chain(request: Request) -> Response:
    """Both certificates in one PEM text, for `openssl … -CAfile`."""
    return _file(published.chain_pem().encode(), "application/pem-certificate-chain", "chain.pem")


async def practice(request: Request) -> Response:
    """The practice statement: which signature this is, who vouches for whom, how to verify."""
    return page(request, "practice.html", practice=published.practice(), headers=FOR_AN_HOUR | {"X-Robots-Tag": "all"})


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
