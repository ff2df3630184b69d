"""What a verification answers (legal.md §3): plain values for any edge to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.enums import (
    CertificateStanding,
    Duty,
    IdentificationMethod,
    Indication,
    Side,
    SignatureLevel,
    SlotStatus,
    Standing,
)
from models.users import Person


@dataclass(frozen=True, slots=True)
class SignedWork:
    """What the signed bytes are about, read from these bytes themselves. `journal` is the type's name by language."""

    object_name: str
    address: str
    time_zone: str
    journal: dict[str, str]
    volume: int
    entry: int
    performed_at: datetime
    annulment: bool
    """It was signed that the entry does not hold."""


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """The certificate a signature was made with. `serial` and `fingerprint` (SHA-256) are hexadecimal."""

    serial: str
    fingerprint: str
    issuer: str
    not_before: datetime
    not_after: datetime
    identification_method: IdentificationMethod | None
    identified_on: date | None
    standing_at_signing: CertificateStanding
    standing_now: CertificateStanding


@dataclass(frozen=True, slots=True)
class Authority:
    """A link of the chain above the signer's certificate."""

    name: str
    organization: str | None
    fingerprint: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class RequiredSignature:
    """One of the signatures that the revision requires; `signer` is whoever has given it."""

    side: Side
    duty: Duty
    status: SlotStatus
    signer: Person | None
    is_this: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One check that was made. `indication` None: it could not be, or there was nothing to check."""

    name: str
    indication: Indication | None


class FileState(StrEnum):
    """What a file that was signed is now."""

    INTACT = "INTACT"
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class FileIntegrity:
    """A file that the signed bytes name: `size` in octets and `digest`, SHA-256 in hexadecimal, are those signed;
    `state` is that of the stored file. UNREADABLE: the storage did not answer, so nothing is known."""

    name: str
    size: int
    media_type: str
    digest: str
    state: FileState


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to "is this signature good?" (legal.md §3). Two axes: `indication` is cryptographic, `standing` says
    what has become of the signed revision since.

    `verdict`, `cause` and `summary` are in the caller's language. `signed_at` is the time the signer claims,
    `proved_at` the one a time-stamp proves. `digest` is hexadecimal, of the signed bytes by `digest_algorithm`,
    `stored_digest` the SHA-256 of the bytes that are kept and served now.
    `revision` is one of `revisions`; `replaced_at` and `replaced_because` tell of the one that followed. `complete`:
    all required signatures of the revision are there; `incompleteness` says what a current one lacks. `attachments` are
    the files that the signed bytes name; `files_warning` is a sentence about those that are not what was signed. It
    turns neither axis: the signature covers the files' digests, which stand in the bytes.
    `file_stem` names the files of this signature.
    """

    code: str
    indication: Indication
    sub_indication: str | None
    standing: Standing
    verdict: str
    cause: str | None
    summary: str
    signer: Person
    side: Side
    basis: str
    work: SignedWork
    certificate: SigningCertificate
    chain: tuple[Authority, ...]
    level: SignatureLevel
    signed_at: datetime
    proved_at: datetime | None
    digest: str
    digest_algorithm: str
    stored_digest: str
    revision: int
    revisions: int
    replaced_at: datetime | None
    replaced_because: str | None
    required: tuple[RequiredSignature, ...]
    incompleteness: str | None
    complete: bool
    attachments: tuple[FileIntegrity, ...]
    files_warning: str | None
    steps: tuple[Step, ...]
    file_stem: str
    checked_at: datetime

    @property
    def signer_name(self) -> str:
        return self.signer.name

    @property
    def organization(self) -> str:
        """The signer's, as it was called then."""
        return self.signer.organization

    @property
    def certificate_serial(self) -> str:
        return self.certificate.serial


@dataclass(frozen=True, slots=True)
class SignedDocuments:
    """What a stranger needs besides our certificates: the exact bytes that were signed, and the detached CMS over
    them (DER)."""

    payload: bytes
    cms: bytes
    file_stem: str
