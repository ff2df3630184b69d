"""What mutations answer with: the row, or a Problem. The one place where a Refusal becomes an answer."""

from __future__ import annotations

from typing import Annotated, Any, cast

import strawberry

from resolvers.context import Info
from resolvers.entries import Refused
from rules.refusals import Refusal
from schema.certificates import Agreement, Certificate, CertificateRequest
from schema.entries import Comment, Draft, Entry
from schema.enums import ProblemCode
from schema.fields import plain
from schema.identity import Identity, PasskeyCeremony, RecoveryCodes, Session, TotpEnrolment
from schema.imports import ObjectImport
from schema.journals import Journal, JournalType, ReferenceList
from schema.objects import Absence, Assignment, ServiceObject, System
from schema.organizations import Contract, Organization
from schema.people import User
from schema.scalars import JSON
from schema.service_accounts import IssuedServiceToken, ServiceAccount
from schema.signatures import PreparedSignature, Signature


@plain
@strawberry.type(description="A rule said no; nothing was changed.")
class Problem:
    code: ProblemCode
    message: str = strawberry.field(description="For people, in the viewer's language.")
    field: str | None = strawberry.field(description="The path of the argument at fault, if one is.")
    details: JSON | None

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, Problem | Refused)


class RefusalToProblem(strawberry.ExceptionHandler[Refusal, Problem]):
    """Answers a refused mutation with its Problem."""

    def handle(self, exception: Refusal, *, field: Any, info: Info) -> Problem:
        """The Problem of the refusal, in the caller's language."""
        return Problem(
            code=exception.code,
            message=exception.message(info.context.caller.language),
            field=exception.field,
            details=cast("JSON | None", exception.details or None),
        )


SessionResult = Annotated[Session | Problem, strawberry.union("SessionResult")]
IdentityResult = Annotated[Identity | Problem, strawberry.union("IdentityResult")]
TotpEnrolmentResult = Annotated[TotpEnrolment | Problem, strawberry.union("TotpEnrolmentResult")]
RecoveryCodesResult = Annotated[RecoveryCodes | Problem, strawberry.union("RecoveryCodesResult")]
PasskeyCeremonyResult = Annotated[PasskeyCeremony | Problem, strawberry.union("PasskeyCeremonyResult")]
OrganizationResult = Annotated[Organization | Problem, strawberry.union("OrganizationResult")]
UserResult = Annotated[User | Problem, strawberry.union("UserResult")]
ContractResult = Annotated[Contract | Problem, strawberry.union("ContractResult")]
ServiceObjectResult = Annotated[ServiceObject | Problem, strawberry.union("ServiceObjectResult")]
AssignmentResult = Annotated[Assignment | Problem, strawberry.union("AssignmentResult")]
JournalResult = Annotated[Journal | Problem, strawberry.union("JournalResult")]
EntryResult = Annotated[Entry | Problem, strawberry.union("EntryResult")]
SignatureResult = Annotated[Signature | Problem, strawberry.union("SignatureResult")]
CertificateRequestResult = Annotated[CertificateRequest | Problem, strawberry.union("CertificateRequestResult")]
CertificateResult = Annotated[Certificate | Problem, strawberry.union("CertificateResult")]
AgreementResult = Annotated[Agreement | Problem, strawberry.union("AgreementResult")]
PreparedSignatureResult = Annotated[PreparedSignature | Problem, strawberry.union("PreparedSignatureResult")]
AbsenceResult = Annotated[Absence | Problem, strawberry.union("AbsenceResult")]
CommentResult = Annotated[Comment | Problem, strawberry.union("CommentResult")]
DraftResult = Annotated[Draft | Problem, strawberry.union("DraftResult")]
JournalTypeResult = Annotated[JournalType | Problem, strawberry.union("JournalTypeResult")]
ObjectImportResult = Annotated[ObjectImport | Problem, strawberry.union("ObjectImportResult")]
ReferenceListResult = Annotated[ReferenceList | Problem, strawberry.union("ReferenceListResult")]
ServiceAccountResult = Annotated[ServiceAccount | Problem, strawberry.union("ServiceAccountResult")]
IssuedServiceTokenResult = Annotated[IssuedServiceToken | Problem, strawberry.union("IssuedServiceTokenResult")]
SystemResult = Annotated[System | Problem, strawberry.union("SystemResult")]
