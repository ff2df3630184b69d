"""The closed lists of `models.enums` as clients see them."""

import strawberry

from models import enums
from rules.refusals import Code

ProblemCode = strawberry.enum(Code, name="ProblemCode", description="What went wrong, for programs.")
OrganizationKind = strawberry.enum(enums.OrganizationKind)
Side = strawberry.enum(enums.Side)
Duty = strawberry.enum(enums.Duty)
JournalStatus = strawberry.enum(enums.JournalStatus)
EntryStatus = strawberry.enum(enums.EntryStatus)
RevisionKind = strawberry.enum(enums.RevisionKind)
SlotStatus = strawberry.enum(enums.SlotStatus)
SignatureLevel = strawberry.enum(enums.SignatureLevel)
Standing = strawberry.enum(enums.Standing)
Custody = strawberry.enum(enums.Custody)
CertificateStatus = strawberry.enum(enums.CertificateStanding, name="CertificateStatus")
RequestKind = strawberry.enum(enums.RequestKind)
RequestStatus = strawberry.enum(enums.RequestStatus)
IdentificationMethod = strawberry.enum(enums.IdentificationMethod)
Acceptance = strawberry.enum(enums.Acceptance)
EventKind = strawberry.enum(enums.EventKind)
SignatureEventKind = strawberry.enum(enums.SignatureEventKind)
Indication = strawberry.enum(enums.Indication)
