"""Somebody goes to work for another organisation: the account stays theirs, everything else begins anew."""

from __future__ import annotations

from uuid import UUID

from models.certificates import Certificate, CertificateRequest
from models.entries import Draft
from models.enums import UNDECIDED, CertificateStatus, EventKind, RequestKind, RequestStatus, RevocationReason, Role
from models.organizations import Organization
from models.users import Person, User
from rules import access, certificate_requests, departures, invitations, revocation, texts
from rules.account_status import UserStatus, status_of
from rules.actor import ADMINISTRATORS, SIDES, Actor
from rules.refusals import Code, Refusal, invalid, not_found
from rules.staff import ROLES_OF, refuse_last_admin, refuse_own, tell
from rules.unit import Unit, unit


async def transfer_user(actor: Actor, user_id: UUID, organization_id: UUID, role: Role, *, reason: str) -> User:
    """Move somebody to another organisation of the same kind, with a `role` there.

    What they had in the former one ends as if their account did: sessions, links, duties, absences, drafts. Their
    certificates are revoked at once, and what they asked for is rejected: a certificate names the organisation. The
    former organisation is told that they have left, the other one that they have come, neither of the other.

    Raises FORBIDDEN, NOT_FOUND, INVALID, CONFLICT (the account has been ended; the organisation's last admin).
    """
    actor.require(Role.SUPERADMIN)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        user, former, other = await _held(actor, user_id, organization_id)
        refuse_own(actor, user)
        if other.id == former.id or other.kind is not former.kind:
            raise invalid("organizationId", "organization_kind" if other.id != former.id else "same_organization")
        if role not in ROLES_OF[other.kind]:
            raise invalid("role", "role_of_organization")
        if not user.active:
            raise Refusal(Code.CONFLICT, "user_inactive", field="userId")
        await refuse_last_admin(user)
        left = await tell(
            deed,
            EventKind.USER_TRANSFERRED,
            user,
            {"before": {"organization": former.name, "role": user.role.value}, "reason": reason},
        )
        await departures.leave(deed, user, reason=reason)
        await _end_certificates(deed, actor, user, reason)
        await Draft.filter(author_id=user.id, entry_id=None).delete()
        await _move(user, other, role)
        came = await tell(
            deed, EventKind.USER_TRANSFERRED, user, {"after": {"organization": other.name, "role": role.value}}
        )
        await deed.tell(left, await _admins_of(former.id))
        await deed.tell(came, [user.id, *await _admins_of(other.id)])
        if await status_of(user) is UserStatus.INVITED:
            await invitations.invite(deed, user)
    return user


async def _held(actor: Actor, user_id: UUID, organization_id: UUID) -> tuple[User, Organization, Organization]:
    """The person and both organisations, locked in the order in which everybody locks them."""
    seen = await access.get(User, actor, user_id, field="userId")
    fields = {seen.organization_id: "userId", organization_id: "organizationId"}
    held = {id: await access.get(Organization, actor, id, field=fields[id], lock=True) for id in sorted(fields)}
    user = await access.get(User, actor, user_id, field="userId", lock=True)
    if user.organization_id not in held:
        raise not_found("userId")
    return user, held[seen.organization_id], held[organization_id]


async def _move(user: User, organization: Organization, role: Role) -> None:
    former = await Person.get(id=user.person_id)
    card = await Person.create(
        name=former.name,
        surname=former.surname,
        given_name=former.given_name,
        position=None,
        organization=organization.name,
        side=SIDES[role],
    )
    user.organization_id, user.role, user.person_id = organization.id, role, card.id
    await user.save(update_fields=["organization_id", "role", "person_id"])


async def _end_certificates(deed: Unit, actor: Actor, user: User, reason: str) -> None:
    """Requests are locked before certificates, as whoever decides on them does."""
    asked: dict[UUID | None, CertificateRequest] = {}
    undecided = CertificateRequest.filter(user_id=user.id, status__in=UNDECIDED)
    for request in await undecided.order_by("id").select_for_update(no_key=True):
        revocation_asked = request.kind is RequestKind.REVOKE
        request.status = RequestStatus.DONE if revocation_asked else RequestStatus.REJECTED
        request.comment = reason
        request.decided_by_id, request.decided_at = actor.user_id, actor.now
        await request.save(update_fields=["status", "comment", "decided_by_id", "decided_at"])
        if revocation_asked:
            asked[request.target_id] = request
        else:
            await certificate_requests.record(
                deed,
                EventKind.CERTIFICATE_REQUEST_REJECTED,
                request,
                {"request": str(request.id), "comment": reason},
            )
    valid = Certificate.filter(user_id=user.id, not_after__gt=actor.now).exclude(status=CertificateStatus.REVOKED)
    for certificate in await valid.order_by("id").select_for_update(no_key=True):
        await revocation.revoke(
            deed,
            actor,
            certificate,
            reason=RevocationReason.AFFILIATION_CHANGED,
            comment=reason,
            request=asked.get(certificate.id),
        )


async def _admins_of(organization_id: UUID) -> list[UUID]:
    admins = User.filter(organization_id=organization_id, role__in=ADMINISTRATORS, active=True)
    return [UUID(str(id)) for id in await admins.values_list("id", flat=True)]
