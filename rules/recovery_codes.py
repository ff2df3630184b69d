"""Codes on paper for the day the app or the passkey is lost: each works once."""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

from models.enums import EventKind
from models.identity import RecoveryCode
from models.users import User
from rules import confirmation, installation, second_factors
from rules.actor import Actor
from rules.refusals import Code, Refusal
from rules.unit import Unit, unit

CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that handwriting confuses: about 50 bits in ten of them."""
LENGTH = 10


def _digest(user_id: UUID, code: str) -> str:
    message = b"recovery-code:" + user_id.bytes + code.encode(errors="replace")
    return hmac.digest(installation.current().server_secret, message, "sha256").hex()


async def regenerate(actor: Actor) -> list[str]:
    """Ten new codes, shown this once; all former ones work no longer.

    Raises CONFIRMATION_REQUIRED, CONFLICT without a second factor.
    """
    await confirmation.require(actor)
    if not (await second_factors.of_account(actor.user_id)).enrolled:
        raise Refusal(Code.CONFLICT, "second_factor_none")
    async with unit(actor) as deed:
        await User.select_for_update().get(id=actor.user_id)
        return await make(deed, actor)


async def make(deed: Unit, actor: Actor) -> list[str]:
    """Ten new codes in place of the former ones, inside `deed`."""
    await withdraw(actor)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    whose, now = actor.user_id, actor.now
    await RecoveryCode.bulk_create(
        [RecoveryCode(user_id=whose, digest=_digest(whose, code), created_at=now) for code in codes]
    )
    await deed.record_person(
        EventKind.RECOVERY_CODES_MADE,
        user_id=actor.user_id,
        organization_id=actor.organization_id,
        side=actor.side,
        changes={"codes": CODES},
    )
    return [f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}" for code in codes]


async def withdraw(actor: Actor) -> None:
    """No code of the actor works any longer."""
    await RecoveryCode.filter(user_id=actor.user_id, used_at=None, withdrawn_at=None).update(withdrawn_at=actor.now)


async def use(deed: Unit, user_id: UUID, code: str) -> bool:
    """Use a code up inside `deed`. Whether it was one: however many try it at once, it is so for one of them."""
    typed = "".join(code.split()).replace("-", "").lower()
    standing = RecoveryCode.filter(user_id=user_id, digest=_digest(user_id, typed), used_at=None, withdrawn_at=None)
    return bool(await standing.update(used_at=deed.now))
