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
    AgreementResult,
    AssignmentResult,
    CertificateRequestResult,
    CertificateResult,
    ContractResult,
    EntryResult,
    JournalResult,
    OrganizationResult,
    PreparedSignatureResult,
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
    prepare_signature: PreparedSignatureResult = answered_by(
        entries.prepare_signature,
        takes=inputs.PrepareSignatureInput,
        may=signers,
        description="The first step with a key of DEVICE custody: what is to be shown and signed.",
    )
    submit_signature: SignatureResult = answered_by(
        entries.submit_signature, takes=inputs.SubmitSignatureInput, may=signers
    )
    decline_entry: EntryResult = answered_by(entries.decline_entry, takes=inputs.DeclineEntryInput, may=signers)
    accept_agreement: UserResult = answered_by(
        organizations.accept_agreement, takes=inputs.AcceptAgreementInput, may=signed_in
    )
    request_certificate: CertificateRequestResult = answered_by(
        certificates.request_certificate, takes=inputs.RequestCertificateInput, may=signers
    )
    request_revocation: CertificateRequestResult = answered_by(
        certificates.request_revocation,
        takes=inputs.RequestRevocationInput,
        may=signers,
        description="Of one's own certificate or, as an admin, of a colleague's.",
    )
    cancel_certificate_request: CertificateRequestResult = answered_by(
        certificates.cancel_certificate_request, takes=inputs.CancelCertificateRequestInput, may=signers
    )
    report_compromise: CertificateResult = answered_by(
        certificates.report_compromise,
        takes=inputs.ReportCompromiseInput,
        may=signers,
        description="Puts the certificate on hold at once; the owner decides within one working day.",
    )
    change_pin: CertificateResult = answered_by(certificates.change_pin, takes=inputs.ChangePinInput, may=signers)
    identify_requester: CertificateRequestResult = answered_by(
        certificates.identify_requester,
        takes=inputs.IdentifyRequesterInput,
        may=superadmin,
        description="The first of four eyes, where the installation asks for them.",
    )
    hold_certificate_request: CertificateRequestResult = answered_by(
        certificates.hold_certificate_request, takes=inputs.HoldCertificateRequestInput, may=superadmin
    )
    approve_certificate_request: CertificateResult = answered_by(
        certificates.approve_certificate_request, takes=inputs.ApproveCertificateRequestInput, may=superadmin
    )
    reject_certificate_request: CertificateRequestResult = answered_by(
        certificates.reject_certificate_request, takes=inputs.RejectCertificateRequestInput, may=superadmin
    )
    revoke_certificate: CertificateResult = answered_by(
        certificates.revoke_certificate, takes=inputs.RevokeCertificateInput, may=superadmin
    )
    suspend_certificate: CertificateResult = answered_by(
        certificates.suspend_certificate, takes=inputs.SuspendCertificateInput, may=superadmin
    )
    release_certificate: CertificateResult = answered_by(
        certificates.release_certificate, takes=inputs.ReleaseCertificateInput, may=superadmin
    )
    publish_agreement: AgreementResult = answered_by(
        organizations.publish_agreement,
        takes=inputs.PublishAgreementInput,
        may=superadmin,
        description="Puts a new version into force: everybody accepts it before they sign again.",
    )
    mark_notifications_read: int = answered_by(
        events.mark_notifications_read, may=signed_in, description="Answers with how many were unread."
    )
