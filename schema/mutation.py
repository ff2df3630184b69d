"""What can be done."""

from __future__ import annotations

import strawberry

from resolvers import certificates, entries, events, identity, journals, objects, organizations
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
    AbsenceResult,
    AgreementResult,
    AssignmentResult,
    CertificateRequestResult,
    CertificateResult,
    CommentResult,
    ContractResult,
    DraftResult,
    EntryResult,
    JournalResult,
    JournalTypeResult,
    ObjectImportResult,
    OrganizationResult,
    PreparedSignatureResult,
    ReferenceListResult,
    ServiceObjectResult,
    SessionResult,
    SignatureResult,
    SystemResult,
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
    update_object: ServiceObjectResult = answered_by(
        objects.update_object, takes=inputs.UpdateObjectInput, may=founders
    )
    close_object: ServiceObjectResult = answered_by(
        objects.close_object,
        takes=inputs.CloseObjectInput,
        may=founders,
        description="Archives its journals; what is open there may still be signed.",
    )
    reopen_object: ServiceObjectResult = answered_by(
        objects.reopen_object, takes=inputs.ReopenObjectInput, may=founders
    )
    move_object: ServiceObjectResult = answered_by(
        objects.move_object,
        takes=inputs.MoveObjectInput,
        may=founders,
        description="Puts it under another contract; of other parties, which the owner arranges, as a successor.",
    )
    merge_objects: ServiceObjectResult = answered_by(
        objects.merge_objects, takes=inputs.MergeObjectsInput, may=founders
    )
    add_system: SystemResult = answered_by(objects.add_system, takes=inputs.AddSystemInput, may=founders)
    update_system: SystemResult = answered_by(objects.update_system, takes=inputs.UpdateSystemInput, may=founders)
    remove_system: SystemResult = answered_by(objects.remove_system, takes=inputs.RemoveSystemInput, may=founders)
    apply_object_import: ObjectImportResult = answered_by(
        objects.apply_object_import,
        takes=inputs.ApplyObjectImportInput,
        may=founders,
        description="Makes the objects of the rows that are ready; POST /imports/objects has staged them.",
    )
    assign: AssignmentResult = answered_by(objects.assign, takes=inputs.AssignInput, may=administrators)
    end_assignment: AssignmentResult = answered_by(
        objects.end_assignment, takes=inputs.EndAssignmentInput, may=administrators
    )
    plan_absence: AbsenceResult = answered_by(
        objects.plan_absence,
        takes=inputs.PlanAbsenceInput,
        may=administrators,
        description="The substitute holds the person's duties while it lasts.",
    )
    cancel_absence: AbsenceResult = answered_by(
        objects.cancel_absence, takes=inputs.CancelAbsenceInput, may=administrators
    )
    deactivate_user: UserResult = answered_by(
        organizations.deactivate_user,
        takes=inputs.DeactivateUserInput,
        may=administrators,
        description="Ends their sessions and duties at once; what they did stays theirs.",
    )
    create_journal_type: JournalTypeResult = answered_by(
        journals.create_journal_type, takes=inputs.CreateJournalTypeInput, may=superadmin
    )
    revise_journal_type: JournalTypeResult = answered_by(
        journals.revise_journal_type, takes=inputs.ReviseJournalTypeInput, may=founders
    )
    derive_journal_type: JournalTypeResult = answered_by(
        journals.derive_journal_type,
        takes=inputs.DeriveJournalTypeInput,
        may=founders,
        description="A form of one's own, as the other stands: revise it then.",
    )
    publish_journal_type: JournalTypeResult = answered_by(
        journals.publish_journal_type,
        takes=inputs.PublishJournalTypeInput,
        may=founders,
        description="Ends a draft: it has been reviewed, journals of it may be opened.",
    )
    save_reference_list: ReferenceListResult = answered_by(
        journals.save_reference_list, takes=inputs.SaveReferenceListInput, may=superadmin
    )
    open_journal: JournalResult = answered_by(
        journals.open_journal,
        takes=inputs.OpenJournalInput,
        may=operator_admin,
        description="Archives the former volume of the type.",
    )
    archive_journal: JournalResult = answered_by(
        journals.archive_journal, takes=inputs.ArchiveJournalInput, may=operator_admin
    )
    create_entry: EntryResult = answered_by(entries.create_entry, takes=inputs.CreateEntryInput, may=recorders)
    revise_entry: EntryResult = answered_by(
        entries.revise_entry,
        takes=inputs.ReviseEntryInput,
        may=recorders,
        description="Makes a new revision: its signatures are asked for anew, earlier ones are superseded.",
    )
    annul_entry: EntryResult = answered_by(
        entries.annul_entry,
        takes=inputs.AnnulEntryInput,
        may=recorders,
        description="Proposes that the entry does not hold: both sides sign that, in an archived volume too.",
    )
    comment_entry: CommentResult = answered_by(entries.comment_entry, takes=inputs.CommentEntryInput, may=signers)
    save_draft: DraftResult = answered_by(entries.save_draft, takes=inputs.SaveDraftInput, may=recorders)
    submit_draft: EntryResult = answered_by(
        entries.submit_draft, may=recorders, description="Makes an entry of it; repeating it is safe."
    )
    discard_draft: bool = answered_by(entries.discard_draft, may=recorders)
    copy_entry: DraftResult = answered_by(
        entries.copy_entry,
        takes=inputs.CopyEntryInput,
        may=recorders,
        description="A draft for the active volume with what an earlier entry says.",
    )
    sign_entry: SignatureResult = answered_by(entries.sign_entry, takes=inputs.SignEntryInput, may=signers)
    sign_entries: list[SignatureResult] = answered_by(
        entries.sign_entries,
        takes=inputs.SignEntriesInput,
        may=signers,
        description="One act of will over a package: each is signed by itself and has an answer of its own.",
    )
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
