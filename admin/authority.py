"""The authority at a glance: what it consists of, what ends when, what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqladmin import BaseView, expose
from starlette.requests import Request
from starlette.responses import Response

from admin.certificate_requests import AUTHORITY
from admin.wording import both
from models.certificates import Certificate, CertificateRequest
from models.enums import UNDECIDED, CertificateStatus
from models.revocation import CompromiseReport, RevocationList
from rules import clock, installation, revocation_lists

SOON = timedelta(days=30)
LATE = revocation_lists.REFRESHED_AFTER + timedelta(hours=2)
"""A list of this age should have been refreshed: the job looks once an hour."""
ROOT_KEY = "file:root.key"


@dataclass(frozen=True, slots=True)
class Member:
    """One certificate of the authority, and in words where its private key is.

    `signs_until` is the end of the key's own use (RFC 5280 §4.2.1.1 calls it privateKeyUsagePeriod), if it has one.
    """

    fingerprint: str
    not_before: datetime
    not_after: datetime
    signs_until: datetime | None
    key: str
    key_warning: str | None
    ends: str | None

    @classmethod
    def of(cls, certificate: x509.Certificate, key: str, now: datetime) -> Member:
        """What the page says of `certificate` at `now`; `key` is the URI of its key."""
        usage, not_after = _signs_until(certificate), certificate.not_valid_after_utc
        return cls(
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            not_before=certificate.not_valid_before_utc,
            not_after=not_after,
            signs_until=usage,
            key=key_place(key),
            key_warning=_misplaced(key),
            ends=ends(min(not_after, usage) if usage else not_after, now),
        )


@dataclass(frozen=True, slots=True)
class IssuerState:
    """A generation of the issuing authority with its responder and its last revocation list."""

    key_id: str
    issuing: Member
    ocsp: Member
    last: RevocationList | None
    age: str
    stale: bool


class AuthorityPage(BaseView):
    """The page of the whole authority. It shows no secret: the passphrase, PINs and keys are nowhere near it."""

    name = both("Состояние центра", "State of the authority")
    category = AUTHORITY
    icon = "fa-solid fa-shield-halved"

    @expose("/authority", identity="authority")
    async def page(self, request: Request) -> Response:
        """The state now."""
        context = {"model_view": self, **await _state(clock.now())}
        return await self.templates.TemplateResponse(request, "authority.html", context)


async def _state(now: datetime) -> dict[str, Any]:
    present = installation.current()
    authority = present.authority

    def member(certificate: x509.Certificate) -> Member:
        return Member.of(certificate, authority.place_of(certificate), now)

    generations = [
        await _issuer(
            generation.key_id, member(generation.issuing.certificate), member(generation.ocsp.certificate), now
        )
        for generation in authority.generations
    ]
    root_list = x509.load_der_x509_crl(authority.root_revocation_list)
    reports = CompromiseReport.filter(decided_at=None)
    ending = Certificate.filter(status=CertificateStatus.ACTIVE, not_after__gte=now, not_after__lte=now + SOON)
    return {
        "owner": authority.owner_name,
        "public_url": authority.public_url,
        "policy": authority.policy,
        "four_eyes": present.four_eyes,
        "stamps": present.time_stamp_service,
        "root": member(authority.root),
        "root_list": {
            "from": root_list.last_update_utc,
            "until": root_list.next_update_utc,
            "ends": root_list.next_update_utc and ends(root_list.next_update_utc, now),
        },
        "generations": generations,
        "time_stamping": member(authority.time_stamping.certificate),
        "requests": await CertificateRequest.filter(status__in=UNDECIDED, expires_at__gt=now).count(),
        "reports": await reports.count(),
        "overdue": await reports.filter(decide_by__lte=now).count(),
        "ending": await ending.count(),
        "from_today": f"{now:%Y-%m-%d}",
        "until_soon": f"{now + SOON:%Y-%m-%d}",
    }


async def _issuer(key_id: str, issuing: Member, ocsp: Member, now: datetime) -> IssuerState:
    last = await revocation_lists.latest(key_id)
    if last is None:
        return IssuerState(key_id, issuing, ocsp, None, "", stale=True)
    return IssuerState(key_id, issuing, ocsp, last, _age(now - last.this_update), stale=last.this_update + LATE <= now)


def _signs_until(certificate: x509.Certificate) -> datetime | None:
    try:
        period = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    except x509.ExtensionNotFound:
        return None
    # cryptography tells this one end, unlike all others, without its zone, which is UTC.
    return period.not_after and period.not_after.replace(tzinfo=UTC)


def key_place(uri: str) -> str:
    """Where a key is, in words, from `file:issuing-1.key` or `pkcs11:token=journals;object=issuing-1;…` (RFC 7512)."""
    scheme, _, path = uri.partition(":")
    if scheme == "file":
        return f"{both('файл', 'file')} {path}"
    attributes = dict(_attributes(path))
    return (
        f"{both('токен', 'token')} {attributes.get('token', '')}, {both('ключ', 'key')} {attributes.get('object', '')}"
    )


def _misplaced(uri: str) -> str | None:
    """A warning of the root's key, which after the ceremony belongs into a safe."""
    file = installation.current().kept_authority.folder / uri.partition(":")[2]
    if uri == ROOT_KEY and file.exists():
        return str(both("лежит в папке центра, унесите его в сейф", "is in the authority's folder, take it to a safe"))
    return None


def _attributes(path: str) -> Iterator[tuple[str, str]]:
    for attribute in path.partition("?")[0].split(";"):
        name, _, value = attribute.partition("=")
        yield name, unquote(value)


def ends(end: datetime, now: datetime) -> str | None:
    """A warning of an end that is past or near."""
    if end <= now:
        return str(both("срок истёк", "expired"))
    if end <= now + SOON:
        return f"{both('осталось дней:', 'days left:')} {(end - now).days}"
    return None


def _age(age: timedelta) -> str:
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return f"{hours} {both('ч', 'h')} {minutes} {both('мин', 'min')}"
