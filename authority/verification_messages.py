"""What a process that verifies uploads is told and answers: lines of JSON, plain values only."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from asn1crypto import x509 as asn1_x509
from cryptography import x509

from authority.certificates import fingerprint, from_der, serial_text, to_asn1, to_der
from authority.distinguished_names import shorten, tidy
from authority.verification_report import (
    CertificateStatusHistory,
    Check,
    CheckName,
    Indication,
    SubIndication,
    VerificationReport,
)

Line = Mapping[str, Any]

LONGEST_TEXT = 200


@dataclass(frozen=True)
class Grounds:
    """What a signature is judged by, besides the registry: parameters of `verifier.verify`, named as there."""

    at: datetime
    roots: Sequence[x509.Certificate]
    intermediates: Sequence[x509.Certificate] = ()
    time_stamp_roots: Sequence[x509.Certificate] = ()
    revocation_lists: Sequence[bytes] = ()

    def as_line(self) -> dict[str, Any]:
        """These as values of JSON."""
        return {
            "at": self.at.isoformat(),
            "roots": [_text(to_der(each)) for each in self.roots],
            "intermediates": [_text(to_der(each)) for each in self.intermediates],
            "time_stamp_roots": [_text(to_der(each)) for each in self.time_stamp_roots],
            "revocation_lists": [_text(each) for each in self.revocation_lists],
        }

    @classmethod
    def of_line(cls, line: Line) -> Self:
        """What `as_line` told. Raises KeyError, TypeError or ValueError."""

        def certificates(name: str) -> list[x509.Certificate]:
            return [from_der(base64.b64decode(each)) for each in line[name]]

        return cls(
            at=datetime.fromisoformat(line["at"]),
            roots=certificates("roots"),
            intermediates=certificates("intermediates"),
            time_stamp_roots=certificates("time_stamp_roots"),
            revocation_lists=[base64.b64decode(each) for each in line["revocation_lists"]],
        )


@dataclass(frozen=True)
class CertificateCard:
    """What a certificate says of itself, for people: texts without control characters, of at most 200 characters.

    `serial` and `fingerprint` (SHA-256) are hexadecimal. Of a certificate that no root vouches for it is mere hearsay.
    """

    serial: str
    fingerprint: str
    name: str
    organization: str
    position: str
    issuer: str
    not_before: datetime
    not_after: datetime

    @classmethod
    def of(cls, certificate: x509.Certificate) -> Self:
        """The card of a certificate; what of its names cannot be read stays empty."""
        structure = to_asn1(certificate)
        return cls(
            serial=serial_text(certificate) if certificate.serial_number >= 0 else "",
            fingerprint=fingerprint(certificate),
            name=_said(structure, "subject", "common_name"),
            organization=_said(structure, "subject", "organization_name"),
            position=_said(structure, "subject", "title"),
            issuer=_said(structure, "issuer", "common_name") or _said(structure, "issuer", "organization_name"),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )


@dataclass(frozen=True)
class Answer:
    """A report that has come from another process: the certificates in it are cards."""

    report: VerificationReport
    certificate: CertificateCard | None
    chain: tuple[CertificateCard, ...]

    @staticmethod
    def line(report: VerificationReport) -> dict[str, Any]:
        """A report as values of JSON."""
        return {
            "checks": [
                [each.name, each.indication, each.sub_indication, _moment_text(each.moment), each.remark]
                for each in report.checks
            ],
            "certificate": _card_values(report.certificate) if report.certificate else None,
            "chain": [_card_values(each) for each in report.chain],
            "claimed_time": _moment_text(report.claimed_time),
            "proved_time": _moment_text(report.proved_time),
            "digest": report.digest,
            "digest_algorithm": report.digest_algorithm,
            "issuer_statuses": [history_line(each) for each in report.issuer_statuses],
        }

    @classmethod
    def of_line(cls, line: Line, status: CertificateStatusHistory | None) -> Self:
        """What `line` told; `status` is what the registry said of the signer's certificate when the process asked.

        Raises KeyError, TypeError or ValueError.
        """
        checks = tuple(
            Check(
                number,
                CheckName(name),
                Indication(indication) if indication else None,
                SubIndication(sub_indication) if sub_indication else None,
                _moment(moment),
                str(remark),
            )
            for number, (name, indication, sub_indication, moment, remark) in enumerate(line["checks"], start=1)
        )
        histories = (read_history(each) for each in line["issuer_statuses"])
        return cls(
            report=VerificationReport(
                checks=checks,
                claimed_time=_moment(line["claimed_time"]),
                proved_time=_moment(line["proved_time"]),
                digest=line["digest"],
                digest_algorithm=line["digest_algorithm"],
                status=status,
                issuer_statuses=tuple(each for each in histories if each),
            ),
            certificate=_card(line["certificate"]) if line["certificate"] else None,
            chain=tuple(map(_card, line["chain"])),
        )


def history_line(history: CertificateStatusHistory | None) -> dict[str, Any] | None:
    """What the registry says as values of JSON."""
    return None if history is None else {name: _moment_text(value) for name, value in vars(history).items()}


def read_history(line: Line | None) -> CertificateStatusHistory | None:
    """What `history_line` told."""
    if line is None:
        return None
    return CertificateStatusHistory(
        issued=datetime.fromisoformat(line["issued"]),
        as_of=datetime.fromisoformat(line["as_of"]),
        fresh_until=_moment(line["fresh_until"]),
        suspended_since=_moment(line["suspended_since"]),
        revoked_at=_moment(line["revoked_at"]),
        reason=line["reason"],
        invalid_since=_moment(line["invalid_since"]),
    )


def encoded(line: Line) -> bytes:
    """One line of JSON with its end."""
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _card_values(certificate: x509.Certificate) -> dict[str, Any]:
    return {name: _moment_text(value) for name, value in vars(CertificateCard.of(certificate)).items()}


def _card(values: Line) -> CertificateCard:
    moments = {name: datetime.fromisoformat(values[name]) for name in ("not_before", "not_after")}
    texts = {field.name: str(values[field.name]) for field in fields(CertificateCard) if field.name not in moments}
    return CertificateCard(**texts, **moments)  # type: ignore[arg-type]


def _said(certificate: asn1_x509.Certificate, whose: str, kind: str) -> str:
    try:
        said = certificate["tbs_certificate"][whose].native.get(kind)
    except Exception:  # a lazy parser fails with whatever its insides happen to raise on such octets
        return ""
    return shorten(tidy(", ".join(map(str, said)) if isinstance(said, list) else str(said or "")), LONGEST_TEXT)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _moment_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
