"""The agreement that makes electronic signatures count (63-FZ art. 6(2)) and who has accepted it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from models.certificates import Agreement, AgreementAcceptance
from models.enums import Acceptance, EventKind, Role
from models.users import User
from rules import confirmation, installation, texts
from rules.access import Parameters
from rules.actor import Actor, Anonymous, Caller
from rules.refusals import Code, Refusal, invalid
from rules.unit import unit

LONGEST_TEXT = 50_000
ADMINS = (Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)


async def in_force() -> Agreement:
    """The version that a signer must have accepted."""
    agreement = await Agreement.all().order_by("-version").first()
    if agreement is None:
        raise RuntimeError("no agreement: the installation was not founded")
    return agreement


async def publish_agreement(actor: Actor, *, text_ru: str, text_en: str) -> Agreement:
    """Put a new version into force: everybody accepts it before they sign again, and is told so.

    It must name the address of the verification page, for the law wants the procedure of verification in it. Raises
    FORBIDDEN, INVALID, CONFIRMATION_REQUIRED.
    """
    actor.require(Role.SUPERADMIN)
    await confirmation.require(actor)
    texts_by_field = {
        field: texts.text(value, field, most=LONGEST_TEXT)
        for field, value in (("textRu", text_ru), ("textEn", text_en))
    }
    address = verification_address()
    for field, value in texts_by_field.items():
        if address not in value:
            raise invalid(field, "agreement_address", address=address)
    async with unit(actor) as deed:
        await deed.connection.execute_query("select pg_advisory_xact_lock(hashtext('agreements'))")
        former = await in_force()
        agreement = await add_version(former.version + 1, *texts_by_field.values(), effective_from=actor.now)
        event = await deed.record(
            EventKind.AGREEMENT_PUBLISHED, changes={"version": agreement.version, "digest": agreement.digest}
        )
        signers = await User.filter(active=True).exclude(role=Role.SUPERADMIN).only("id")
        await deed.tell(event, [user.id for user in signers])
    return agreement


async def add_version(version: int, text_ru: str, text_en: str, *, effective_from: datetime) -> Agreement:
    """Store a version; a part of somebody's deed."""
    return await Agreement.create(
        version=version,
        text_ru=text_ru,
        text_en=text_en,
        digest=hashlib.sha256(f"{text_ru}\n{text_en}".encode()).hexdigest(),
        effective_from=effective_from,
    )


def verification_address() -> str:
    """Where anybody verifies a signature: every version of the agreement names it."""
    return f"{installation.current().public_url}/verify"


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
