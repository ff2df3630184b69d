"""What can be done."""

from __future__ import annotations

import strawberry

from resolvers import (
    certificates,
    entries,
    events,
    identity,
    journals,
    objects,
    organizations,
    people,
    service_accounts,
)
from schema import inputs
from schema.fields import answered_by
from schema.permissions import (
    administrators,
    anyone,
    founders,
    operator_admin,
    recorders,
    setting_up,
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
    IdentityResult,
    IssuedServiceTokenResult,
    JournalResult,
    JournalTypeResult,
    ObjectImportResult,
    OrganizationResult,
    PasskeyCeremonyResult,
    PreparedSignatureResult,
    RecoveryCodesResult,
    ReferenceListResult,
    ServiceAccountResult,
    ServiceObjectResult,
    SessionResult,
    SignatureResult,
    SystemResult,
    TotpEnrolmentResult,
    UserResult,
)


@strawberry.type
class Mutation:
    sign_in: SessionResult = answered_by(identity.sign_in, takes=inputs.SignInInput, may=anyone)
    prepare_passkey_sign_in: PasskeyCeremonyResult = answered_by(
        identity.prepare_passkey_sign_in, may=anyone, description="The first step of signing in without a password."
    )
    sign_in_by_passkey: SessionResult = answered_by(
        identity.sign_in_by_passkey, takes=inputs.SignInByPasskeyInput, may=anyone
    )
    sign_out: bool = answered_by(identity.sign_out, may=setting_up)
    sign_out_everywhere: IdentityResult = answered_by(
        identity.sign_out_everywhere,
        may=setting_up,
        description="Ends the other sessions, with `hereToo` this one too.",
    )
    end_session: IdentityResult = answered_by(identity.end_session, may=setting_up)
    change_password: IdentityResult = answered_by(
        identity.change_password,
        takes=inputs.ChangePasswordInput,
        may=signed_in,
        description="Ends the other sessions.",
    )
    confirm_identity: IdentityResult = answered_by(
        identity.confirm_identity,
        takes=inputs.ConfirmIdentityInput,
        may=setting_up,
        description="For what answers CONFIRMATION_REQUIRED; lasts ten minutes.",
    )
    prepare_confirmation: PasskeyCeremonyResult = answered_by(identity.prepare_confirmation, may=setting_up)
    enrol_totp: TotpEnrolmentResult = answered_by(identity.enrol_totp, may=setting_up)
    confirm_totp: RecoveryCodesResult = answered_by(identity.confirm_totp, may=setting_up)
    remove_totp: IdentityResult = answered_by(identity.remove_totp, may=signed_in)
    make_recovery_codes: RecoveryCodesResult = answered_by(
        identity.make_recovery_codes, may=signed_in, description="The former ones work no longer."
    )
    prepare_passkey: PasskeyCeremonyResult = answered_by(identity.prepare_passkey, may=setting_up)
    register_passkey: RecoveryCodesResult = answered_by(
        identity.register_passkey, takes=inputs.RegisterPasskeyInput, may=setting_up
    )
    rename_passkey: IdentityResult = answered_by(
        identity.rename_passkey, takes=inputs.RenamePasskeyInput, may=signed_in
    )
    remove_passkey: IdentityResult = answered_by(identity.remove_passkey, may=signed_in)
    create_organization: OrganizationResult = answered_by(
        organizations.create_organization, takes=inputs.CreateOrganizationInput, may=founders
    )
    create_user: UserResult = answered_by(
        people.create_user,
        takes=inputs.CreateUserInput,
        may=administrators,
        description="Without a password the person is invited by mail to set one.",
    )
    invite_again: UserResult = answered_by(
        people.invite_again, may=administrators, description="Mails another link; the former one is void."
    )
    withdraw_invitation: UserResult = answered_by(
        people.withdraw_invitation, may=administrators, description="Voids the link and ends the account."
    )
    accept_invitation: UserResult = answered_by(
        people.accept_invitation,
        takes=inputs.AccountLinkInput,
        may=anyone,
        description="Sets the first password; the link works once.",
    )
    request_password_reset: bool = answered_by(
        people.request_password_reset,
        may=anyone,
        description="Mails a link to the account of that address; the answer is the same if there is none.",
    )
    reset_password: UserResult = answered_by(
        people.reset_password,
        takes=inputs.AccountLinkInput,
        may=anyone,
        description="Ends all sessions; second factors stay. The link works once.",
    )
    update_user: UserResult = answered_by(people.update_user, takes=inputs.UpdateUserInput, may=signed_in)
    change_user_role: UserResult = answered_by(
        people.change_user_role,
        takes=inputs.ChangeUserRoleInput,
        may=administrators,
        description="Their sessions end at once.",
    )
    reactivate_user: UserResult = answered_by(people.reactivate_user, may=administrators)
    transfer_user: UserResult = answered_by(
        people.transfer_user,
        takes=inputs.TransferUserInput,
        may=superadmin,
        description="To another organisation of the same kind: sessions and duties end, certificates are revoked.",
    )
    hand_over_duties: UserResult = answered_by(
        people.hand_over_duties,
        takes=inputs.HandOverDutiesInput,
        may=administrators,
        description="All duties of one person go to a colleague at one stroke; answers with the colleague.",
    )
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
        people.deactivate_user,
        takes=inputs.DeactivateUserInput,
        may=administrators,
        description="Ends their sessions and duties at once; what they did stays theirs.",
    )
    reset_second_factors: UserResult = answered_by(
        people.reset_second_factors,
        takes=inputs.ResetSecondFactorsInput,
        may=administrators,
        description="For whoever has lost theirs: all of them end, and their sessions.",
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
    create_service_account: IssuedServiceTokenResult = answered_by(
        service_accounts.create_service_account,
        takes=inputs.CreateServiceAccountInput,
        may=administrators,
        description="An account for a partner's system, and its first token.",
    )
    change_service_account: ServiceAccountResult = answered_by(
        service_accounts.change_service_account, takes=inputs.ChangeServiceAccountInput, may=administrators
    )
    rotate_service_token: IssuedServiceTokenResult = answered_by(
        service_accounts.rotate_service_token, takes=inputs.RotateServiceTokenInput, may=administrators
    )
    revoke_service_account: ServiceAccountResult = answered_by(
        service_accounts.revoke_service_account, takes=inputs.RevokeServiceAccountInput, may=administrators
    )
    mark_notifications_read: int = answered_by(
        events.mark_notifications_read, may=signed_in, description="Answers with how many were unread."
    )
