"""What can be done."""

from __future__ import annotations

import strawberry

from resolvers import certificates, entries, events, identity, objects, organizations
from schema import inputs
from schema.fields import answered_by
from schema.permissions import (
    administrators,
    anyone,
    founders,
    operator_admin,
    recorders,
    signed_in,
    signers,
    superadmin,
)
from schema.results import (
    AssignmentResult,
    CertificateRequestResult,
    CertificateResult,
    ContractResult,
    EntryResult,
    JournalResult,
    OrganizationResult,
    ServiceObjectResult,
    SessionResult,
    SignatureResult,
    UserResult,
)


@strawberry.type
class Mutation:
    sign_in: SessionResult = answered_by(identity.sign_in, takes=inputs.SignInInput, may=anyone)
    sign_out: bool = answered_by(identity.sign_out, may=signed_in)
    create_organization: OrganizationResult = answered_by(
        organizations.create_organization, takes=inputs.CreateOrganizationInput, may=founders
    )
    create_user: UserResult = answered_by(organizations.create_user, takes=inputs.CreateUserInput, may=administrators)
    create_contract: ContractResult = answered_by(
        organizations.create_contract, takes=inputs.CreateContractInput, may=founders
    )
    create_object: ServiceObjectResult = answered_by(
        objects.create_object, takes=inputs.CreateObjectInput, may=founders
    )
    assign: AssignmentResult = answered_by(objects.assign, takes=inputs.AssignInput, may=administrators)
    open_journal: JournalResult = answered_by(
        objects.open_journal,
        takes=inputs.OpenJournalInput,
        may=operator_admin,
        description="Archives the former volume of the type.",
    )
    archive_journal: JournalResult = answered_by(
        objects.archive_journal, takes=inputs.ArchiveJournalInput, may=operator_admin
    )
    create_entry: EntryResult = answered_by(entries.create_entry, takes=inputs.CreateEntryInput, may=recorders)
    revise_entry: EntryResult = answered_by(
        entries.revise_entry,
        takes=inputs.ReviseEntryInput,
        may=recorders,
        description="Makes a new revision: its signatures are asked for anew, earlier ones are superseded.",
    )
    sign_entry: SignatureResult = answered_by(entries.sign_entry, takes=inputs.SignEntryInput, may=signers)
    decline_entry: EntryResult = answered_by(entries.decline_entry, takes=inputs.DeclineEntryInput, may=signers)
    accept_agreement: UserResult = answered_by(
        organizations.accept_agreement, takes=inputs.AcceptAgreementInput, may=signed_in
    )
    request_certificate: CertificateRequestResult = answered_by(
        certificates.request_certificate, takes=inputs.RequestCertificateInput, may=signers
    )
    approve_certificate_request: CertificateResult = answered_by(
        certificates.approve_certificate_request, takes=inputs.ApproveCertificateRequestInput, may=superadmin
    )
    reject_certificate_request: CertificateRequestResult = answered_by(
        certificates.reject_certificate_request, takes=inputs.RejectCertificateRequestInput, may=superadmin
    )
    mark_notifications_read: int = answered_by(
        events.mark_notifications_read, may=signed_in, description="Answers with how many were unread."
    )
