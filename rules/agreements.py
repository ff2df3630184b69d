"""The agreement that makes electronic signatures count (63-FZ art. 6(2)) and who has accepted it."""

from __future__ import annotations

from uuid import UUID

from models.certificates import Agreement, AgreementAcceptance
from models.enums import Acceptance, EventKind, Role
from models.users import User
from rules.access import Parameters
from rules.actor import Actor, Anonymous, Caller
from rules.refusals import Code, Refusal, invalid
from rules.unit import unit

ADMINS = (Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)


async def in_force() -> Agreement:
    """The version that a signer must have accepted."""
    agreement = await Agreement.all().order_by("-version").first()
    if agreement is None:
        raise RuntimeError("no agreement: the installation was not founded")
    return agreement


async def accept_agreement(actor: Actor, version: int, on_behalf_of: Acceptance) -> User:
    """Accept the version in force, for oneself or, as an admin, for the organisation; again changes nothing."""
    if on_behalf_of is Acceptance.ORGANIZATION and actor.role not in ADMINS:
        raise Refusal(Code.FORBIDDEN, "agreement_for_organization", field="onBehalfOf")
    async with unit(actor) as deed:
        user = await User.select_for_update().get(id=actor.user_id)
        agreement = await in_force()
        if version != agreement.version:
            raise invalid("version", "agreement_version")
        _, accepted_now = await AgreementAcceptance.get_or_create(
            agreement_id=agreement.id,
            user_id=user.id,
            on_behalf_of=on_behalf_of,
            defaults={"organization_id": user.organization_id, "accepted_at": actor.now},
        )
        if accepted_now:
            await deed.record_person(
                EventKind.AGREEMENT_ACCEPTED,
                user_id=user.id,
                organization_id=user.organization_id,
                side=actor.side,
                changes={
                    "version": agreement.version,
                    "digest": agreement.digest,
                    "onBehalfOf": on_behalf_of.value,
                },
            )
    return user


async def require_accepted(user_id: UUID) -> None:
    """Raise AGREEMENT_REQUIRED unless the person has accepted the version in force (law 9)."""
    agreement = await in_force()
    accepted = await AgreementAcceptance.exists(
        agreement_id=agreement.id, user_id=user_id, on_behalf_of=Acceptance.PERSON
    )
    if not accepted:
        raise Refusal(Code.AGREEMENT_REQUIRED, details={"version": agreement.version})


def accepted(caller: Caller, a: str, parameters: Parameters) -> str:
    """The SQL condition under which the caller has accepted the version aliased `a` for themself."""
    if isinstance(caller, Anonymous):
        return "false"
    return (
        f"exists(select 1 from agreement_acceptances c where c.agreement_id = {a}.id"
        f" and c.user_id = {parameters.bind(caller.user_id, 'uuid')} and c.on_behalf_of = 'PERSON')"
    )


def latest(caller: Caller, a: str, parameters: Parameters) -> str:
    """The SQL condition under which the version aliased `a` is the one in force."""
    return f"{a}.version = (select max(version) from agreements)"
