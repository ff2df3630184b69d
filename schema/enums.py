"""The closed lists of `models.enums` as clients see them."""

import strawberry

from models.enums import (
    Acceptance,
    Custody,
    Duty,
    EntryStatus,
    EventKind,
    IdentificationMethod,
    Indication,
    JournalStatus,
    Language,
    OrganizationKind,
    RequestKind,
    RequestStatus,
    RevisionKind,
    RevocationReason,
    Role,
    Side,
    SignatureEventKind,
    SignatureLevel,
    SlotStatus,
    Standing,
    StatusChange,
)
from models.enums import CertificateStanding as CertificateStatus
from rules.refusals import Code as ProblemCode

__all__ = [
    "Acceptance",
    "CertificateStatus",
    "Custody",
    "Duty",
    "EntryStatus",
    "EventKind",
    "IdentificationMethod",
    "Indication",
    "JournalStatus",
    "Language",
    "OrganizationKind",
    "ProblemCode",
    "RequestKind",
    "RequestStatus",
    "RevisionKind",
    "RevocationReason",
    "Role",
    "Side",
    "SignatureEventKind",
    "SignatureLevel",
    "SlotStatus",
    "Standing",
    "StatusChange",
]

# Strawberry marks the classes in place; these three carry a description or another name for clients.
strawberry.enum(Role, description="What a person may do, and for which side.")
strawberry.enum(CertificateStatus, name="CertificateStatus")
strawberry.enum(ProblemCode, name="ProblemCode", description="What went wrong, for programs.")
for _enum in (
    Acceptance,
    Custody,
    Duty,
    EntryStatus,
    EventKind,
    IdentificationMethod,
    Indication,
    JournalStatus,
    Language,
    OrganizationKind,
    RequestKind,
    RequestStatus,
    RevisionKind,
    RevocationReason,
    Side,
    SignatureEventKind,
    SignatureLevel,
    SlotStatus,
    Standing,
    StatusChange,
):
    strawberry.enum(_enum)
