"""Checking a signature by its code: for anyone, by the code that stands on paper under it.

The code is the right to look (100 random bits, docs/decisions/0007-public-verification.md), so these two rules ask no
policy of `rules.access`. A miss costs as much time as a hit: it verifies another signature and throws the answer away.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography import x509
from tortoise import connections

from authority.certificates import fingerprint, to_asn1
from authority.verification_report import Check as ReportedCheck
from authority.verification_report import VerificationReport
from authority.verifier import verify
from models.certificates import Certificate
from models.entries import Entry, Revision, Slot
from models.enums import IdentificationMethod, Indication, RevisionKind, SignatureLevel, SlotStatus, Standing
from models.revocation import CertificateStatusChange
from models.signatures import Signature
from rules import canonical, installation
from rules.actor import Caller
from rules.attachments import integrity
from rules.certificate_status import registry_of, standing_at, standing_then
from rules.signature_making import CODE_ALPHABET, CODE_LENGTH
from rules.signed_octets import cms_of
from rules.standing import standing_of
from rules.tenancy import public
from rules.verdict import cause, files_warning, incompleteness, standing_sentence, verdict
from rules.verification_answer import (
    Authority,
    Check,
    RequiredSignature,
    SignedDocuments,
    SignedWork,
    SigningCertificate,
    Step,
)

__all__ = ["Check", "SignedDocuments", "normalised", "signed_documents", "verify_code"]

MISREAD = str.maketrans("OIL" + "АВЕКМНОРСТХ", "011" + "ABEKMH0PCTX")
"""Letters taken for digits (Crockford's base 32), and Cyrillic ones typed for Latin ones that look the same."""
CODE = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")
LONGEST_TYPED = 100

# The signature with this code, else any other, so that a miss is followed by the same work as a hit.
LOOK_UP = """
select id, 0 as rank from signatures where code = $1
union all (select id, 1 as rank from signatures order by id limit 1)
order by rank limit 1
"""


# A renewal signed with the former key identifies nobody anew: the person is who was identified for the former one.
IDENTIFIED = """
with recursive renewed as (
    select target_id, identification_method, identification_date from certificate_requests where id = $1
    union all
    select r.target_id, r.identification_method, r.identification_date from renewed
        join certificates c on c.id = renewed.target_id join certificate_requests r on r.id = c.request_id
        where renewed.identification_method is null
)
select identification_method, identification_date from renewed where identification_method is not null limit 1
"""


async def verify_code(caller: Caller, code: str) -> Check | None:
    """Verify the signature with this code, for anyone; None if there is none, after the same work.

    `code` may be in any case, with spaces and hyphens, and with letters that look like digits.
    """
    wanted = normalised(code)
    with public():
        rows = await connections.get("default").execute_query_dict(LOOK_UP, [wanted])
        if not rows:
            return None
        check = await _check(caller, UUID(str(rows[0]["id"])))
    return check if secrets.compare_digest(check.code, wanted) else None


async def signed_documents(code: str) -> SignedDocuments | None:
    """The files that let a stranger verify the signature without us; None if there is none with this code."""
    with public():
        signature = await Signature.get_or_none(code=normalised(code)).select_related("revision")
        if signature is None:
            return None
        payload = bytes(signature.revision.payload)
        return SignedDocuments(payload, await cms_of(signature), _file_stem(json.loads(payload), signature))


def normalised(code: str) -> str:
    """The code as it is kept, or an empty text, which is nobody's, for what cannot be one."""
    letters = unicodedata.normalize("NFKC", code[:LONGEST_TYPED]).upper()
    plain = "".join(letter for letter in letters if letter.isalnum()).translate(MISREAD)
    return plain if CODE.fullmatch(plain) else ""


async def _check(caller: Caller, signature_id: UUID) -> Check:
    signature = await Signature.get(id=signature_id).select_related("revision", "entry", "signer", "certificate")
    revision, certificate = signature.revision, signature.certificate
    revisions = (
        await Revision.filter(entry_id=signature.entry_id)
        .order_by("number")
        .only("id", "number", "kind", "recorded_at", "reason")
    )
    required = await _required(signature)
    payload = bytes(revision.payload)
    report = await asyncio.to_thread(_verified, await cms_of(signature), payload, certificate, caller.now)
    content = json.loads(payload)
    work = _work(content)
    standing = standing_of(signature.entry, revision.id)
    successor = _successor(signature.entry, revision, standing, revisions)
    indication = Indication(report.indication.value)
    said = verdict(indication, caller.language)
    why = cause(report, caller.language, work.time_zone)
    standing_words = standing_sentence(
        standing, revision.number, len(revisions), caller.language, annulment=work.annulment
    )
    lacking = incompleteness(standing, {slot.status for slot in required}, caller.language)
    if lacking:
        standing_words = f"{standing_words}, {lacking}"
    files = await integrity(revision)
    warning = files_warning(files, caller.language)
    summary = f"{said}: {why}." if why else f"{said}, {standing_words}."
    return Check(
        code=signature.code,
        indication=indication,
        sub_indication=report.sub_indication and report.sub_indication.value,
        standing=standing,
        verdict=said,
        cause=why,
        summary=f"{summary} {warning}" if warning else summary,
        signer=signature.signer,
        side=signature.side,
        basis=signature.basis,
        work=work,
        certificate=await _certificate(
            certificate, report, at=report.proved_time or signature.signed_at, now=caller.now
        ),
        chain=tuple(map(_link, report.chain[1:])),
        level=SignatureLevel(report.level),
        signed_at=report.claimed_time or signature.signed_at,
        proved_at=report.proved_time,
        digest=report.digest or revision.digest,
        stored_digest=canonical.digest(payload),
        digest_algorithm=report.digest_algorithm or "sha256",
        revision=revision.number,
        revisions=len(revisions),
        replaced_at=successor.recorded_at if successor else None,
        replaced_because=successor.reason if successor else None,
        required=required,
        incompleteness=lacking,
        attachments=files,
        files_warning=warning,
        complete=all(slot.status is SlotStatus.SIGNED for slot in required),
        steps=tuple(map(_step, report.checks)),
        file_stem=_file_stem(content, signature),
        checked_at=caller.now,
    )


def _successor(entry: Entry, revision: Revision, standing: Standing, revisions: Sequence[Revision]) -> Revision | None:
    """What took the place of a revision that does not hold any more: the next record, or the annulment. Nothing took
    the place of a declined annulment."""
    if standing is Standing.ANNULLED:
        return next(each for each in revisions if each.id == entry.current_revision_id)
    if standing is Standing.CURRENT or revision.kind is RevisionKind.ANNULMENT:
        return None
    later = (each for each in revisions if each.number > revision.number and each.kind is RevisionKind.RECORD)
    return next(later, None)


def _verified(cms: bytes, payload: bytes, certificate: Certificate, now: datetime) -> VerificationReport:
    return verify(cms, payload, status=registry_of(certificate, now), **vars(installation.current().grounds(now)))


async def _required(signature: Signature) -> tuple[RequiredSignature, ...]:
    slots = await Slot.filter(revision_id=signature.revision_id).order_by("order", "group", "id")
    given = await Signature.filter(revision_id=signature.revision_id).select_related("signer")
    signers = {each.slot_id: each.signer for each in given}
    return tuple(
        RequiredSignature(slot.side, slot.duty, slot.status, signers.get(slot.id), slot.id == signature.slot_id)
        for slot in slots
    )


async def _certificate(
    certificate: Certificate, report: VerificationReport, *, at: datetime, now: datetime
) -> SigningCertificate:
    changes = await CertificateStatusChange.filter(certificate_id=certificate.id)
    rows = await connections.get("default").execute_query_dict(IDENTIFIED, [certificate.request_id])
    identified = rows[0] if rows else None
    issuer = report.chain[1] if len(report.chain) > 1 else installation.current().authority.issuing.certificate
    return SigningCertificate(
        serial=certificate.serial,
        fingerprint=certificate.fingerprint,
        issuer=_link(issuer).name,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        identification_method=identified and IdentificationMethod(identified["identification_method"]),
        identified_on=identified and identified["identification_date"],
        standing_at_signing=standing_then(certificate, changes, at),
        standing_now=standing_at(certificate, now),
    )


def _link(certificate: x509.Certificate) -> Authority:
    subject = to_asn1(certificate).subject.native
    return Authority(
        name=subject["common_name"],
        organization=subject.get("organization_name"),
        fingerprint=fingerprint(certificate),
        not_after=certificate.not_valid_after_utc,
    )


def _step(check: ReportedCheck) -> Step:
    return Step(check.name.value, Indication(check.indication.value) if check.indication else None)


def _work(content: dict[str, Any]) -> SignedWork:
    return SignedWork(
        object_name=content["object"]["name"],
        address=content["object"]["address"],
        time_zone=content["object"]["timeZone"],
        journal=content["journal"]["type"]["name"],
        volume=content["journal"]["volume"],
        entry=content["entry"]["number"],
        performed_at=datetime.fromisoformat(content["performedAt"]),
        annulment=content["revision"]["kind"] == RevisionKind.ANNULMENT,
    )


def _file_stem(content: dict[str, Any], signature: Signature) -> str:
    """Distinct for every signature, and plain enough for any command line."""
    kind = re.sub(r"[^A-Za-z0-9_]", "_", content["journal"]["type"]["code"])
    volume, entry, revision = content["journal"]["volume"], content["entry"]["number"], content["revision"]["number"]
    return f"{kind}-v{volume}-e{entry}-r{revision}-{signature.code[:5]}"
