"""The public check of a signature: type or scan a code or bring the file, read the answer, take the files and verify
without us.

Who knows the code may see (docs/decisions/0007-public-verification.md): no sign-in is asked for and none is used.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from rules import clock
from rules.actor import Anonymous
from rules.local_time import local_date, local_time
from rules.published_certificates import root
from rules.refusals import not_found
from rules.upload_refusals import UploadFlaw, UploadRefused
from rules.uploads import CONTENT_OCTETS, SIGNATURE_OCTETS, verify_upload
from rules.verification import SignedDocuments, normalised, signed_documents, verify_code
from web import wording
from web.language import chosen_language, language_of
from web.limiter import Limiter
from web.pages import page
from web.refusals import problem
from web.uploads import Reception

GROUP = 5
"""Codes are shown in groups of so many characters."""

UPLOADS_PER_MINUTE = 20
"""How many signatures one address may bring: each may cost seconds of a processor."""

LIMITS = {"signature_mib": SIGNATURE_OCTETS >> 20, "content_mib": CONTENT_OCTETS >> 20}
LONGEST_NAME = 100

REFUSED = {
    UploadFlaw.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UploadFlaw.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    UploadFlaw.NOT_A_FORM: HTTPStatus.BAD_REQUEST,
    UploadFlaw.NO_SIGNATURE: HTTPStatus.BAD_REQUEST,
    UploadFlaw.TOO_HEAVY: HTTPStatus.UNPROCESSABLE_ENTITY,
    UploadFlaw.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
}


def routes(limiter: Limiter) -> list[Route]:
    """`/verify`, by code and by file, `/verify/{code}` and the two files of a signature. `limiter` counts what costs a
    look-up."""
    uploads = Limiter(UPLOADS_PER_MINUTE, seconds=60)
    reception = Reception()

    async def answer(request: Request) -> Response:
        """What a check of the signature answers. Every miss gets the same page, whatever was asked for."""
        limiter.spend(request)
        language = language_of(request)
        check = await verify_code(Anonymous(now=clock.now(), language=language), request.path_params["code"])
        if check is None:
            return page(request, "verify.html", status_code=HTTPStatus.NOT_FOUND, missed=True, limits=LIMITS)
        zone = check.work.time_zone
        return page(
            request,
            "verification.html",
            check=check,
            code=grouped(check.code),
            root=root(),
            when=lambda moment: local_time(moment, zone, language),
            day=lambda moment: local_date(moment, zone, language),
            words=wording,
        )

    async def judge(request: Request) -> Response:
        """What a check of the signature that was brought answers."""
        uploads.spend(request)
        language = language_of(request)
        try:
            async with reception.received(request) as upload:
                caller = Anonymous(now=clock.now(), language=language)
                check = await verify_upload(caller, upload.signature, upload.content)
        except UploadRefused as refusal:
            headers = {"Connection": "close"} | ({"Retry-After": "60"} if refusal.flaw is UploadFlaw.BUSY else {})
            return problem(request, REFUSED[refusal.flaw], refusal.flaw, refusal.message(language), headers=headers)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
        return page(
            request,
            "upload.html",
            check=check,
            code=check.code and grouped(check.code),
            file=upload.signature_name[:LONGEST_NAME],
            document=upload.content_name and upload.content_name[:LONGEST_NAME],
            when=lambda moment: local_time(moment, "UTC", language),
            words=wording,
        )

    async def payload(request: Request) -> Response:
        """The exact bytes that were signed."""
        documents = await found(request)
        return _file(documents.payload, "application/json", f"{documents.file_stem}.json")

    async def signature(request: Request) -> Response:
        """The detached signature: CMS, DER."""
        documents = await found(request)
        return _file(documents.cms, "application/pkcs7-signature", f"{documents.file_stem}.p7s")

    async def found(request: Request) -> SignedDocuments:
        limiter.spend(request)
        documents = await signed_documents(request.path_params["code"])
        if documents is None:
            raise not_found()
        return documents

    return [
        Route("/verify", ask, methods=["GET"]),
        Route("/verify", judge, methods=["POST"]),
        Route("/verify/{code}", answer),
        Route("/verify/{code}/payload.json", payload),
        Route("/verify/{code}/signature.p7s", signature),
    ]


async def ask(request: Request) -> Response:
    """The form; what is typed into it leads to the answer's own address, which can be kept."""
    typed = request.query_params.get("code")
    if typed is None:
        return page(request, "verify.html", missed=False, limits=LIMITS)
    language = chosen_language(request)
    suffix = f"?lang={language.value}" if language else ""
    return RedirectResponse(f"/verify/{normalised(typed) or '-'}{suffix}", HTTPStatus.SEE_OTHER)


def grouped(code: str) -> str:
    """The code as people read it."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow",
        },
    )
