"""The closed lists of `models.enums` as clients see them."""

import strawberry

from models.enums import (
    Acceptance,
    Custody,
    Duty,
    EntryStatus,
    EventKind,
    IdentificationMethod,
    ImportRowStatus,
    ImportStatus,
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
    SigningObstacle,
    SlotStatus,
    Standing,
    StatusChange,
    Succession,
    VolumePeriod,
)
from models.enums import CertificateStanding as CertificateStatus
from rules.refusals import Code as ProblemCode
from rules.verification_answer import FileState

__all__ = [
    "Acceptance",
    "CertificateStatus",
    "Custody",
    "Duty",
    "EntryStatus",
    "EventKind",
    "FileState",
    "IdentificationMethod",
    "ImportRowStatus",
    "ImportStatus",
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
    "SigningObstacle",
    "SlotStatus",
    "Standing",
    "StatusChange",
    "Succession",
    "VolumePeriod",
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
    FileState,
    IdentificationMethod,
    ImportRowStatus,
    ImportStatus,
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
    SigningObstacle,
    SlotStatus,
    Standing,
    StatusChange,
    Succession,
    VolumePeriod,
):
    strawberry.enum(_enum)
