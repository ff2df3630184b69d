"""What each mutation is asked in the access matrix: about which row, and otherwise so that nothing but the right to it
and the row itself can be what it is refused for first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from access_world import ASSIGNED, FOREIGN, UNASSIGNED_PLACE, AccessWorld, side_of
from client import PIN
from entry_deeds import NOTE
from rich_world import CONFINED, UNASSIGNED
from world import VALUES

from app import demo
from rules.identifiers import encode
from tests.test_journal_types_by_graphql import POLICY

REASON = {"reason": "Проверка"}
COMMENT = {"comment": "Проверка"}
IDENTIFICATION = {"identification": {"method": "IN_PERSON", "document": "Паспорт", "date": "2026-01-12"}}
FORM = {
    "nameRu": "Форма",
    "nameEn": "Form",
    "regulation": "Приказ № 1",
    "columns": [NOTE],
    "signaturePolicy": POLICY,
    "retentionYears": 3,
}


@dataclass(frozen=True)
class Asked:
    """One question of the matrix."""

    access: AccessWorld
    role: str
    standing: str | None
    number: int
    """Of the question: what has to be unique is made of it."""
    id: str = ""
    """The identifier of the row that it is about."""

    @property
    def code(self) -> str:
        return f"Q{self.number}"

    def user(self, operator: str, subscriber: str) -> str:
        """Somebody of the role's own side."""
        email = subscriber if side_of(self.role) == "subscriber" else operator
        return encode("User", self.access.world.actors[email].user_id)

    @property
    def colleague(self) -> str:
        return self.user(CONFINED, UNASSIGNED)

    @property
    def revision(self) -> dict[str, Any]:
        """What the entry says there."""
        return self.access.revisions[self.standing or ASSIGNED]

    @property
    def place(self) -> dict[str, str]:
        """The rows of the place that is neither foreign nor the employees'."""
        return self.access.rows[side_of(self.role), UNASSIGNED_PLACE]

    @property
    def home(self) -> dict[str, str]:
        """The rows of the place that the employees are assigned to."""
        return self.access.rows[side_of(self.role), ASSIGNED]


Spare = Callable[[AccessWorld, UUID, str], Awaitable[UUID]]
Variables = Callable[[Asked], dict[str, Any]]


@dataclass(frozen=True)
class Deed:
    """`target`: the GraphQL type of the row that a mutation is about; `given`: its arguments; `spare`: makes another
    row like it, where the deed would spoil it for others; `alone`: ends the session that does it."""

    given: Variables
    target: str | None = None
    spare: Spare | None = None
    alone: bool = False


def _input(**given: Any) -> dict[str, Any]:
    return {"input": given}


def _about(argument: str, target: str, /, **more: Any) -> Deed:
    return Deed(lambda q: _input(**{argument: q.id}, **more), target)


async def _another_user(access: AccessWorld, key: UUID, code: str) -> UUID:
    return await access.database.clone("users", key, email=f"{code.lower()}@spare.test")


async def _another_object(access: AccessWorld, key: UUID, code: str) -> UUID:
    site = await access.database.clone("objects", key, external_id=None, name=code)
    duties = await access.database.connection.fetch("select id from assignments where object_id = $1", key)
    for duty in duties:
        await access.database.clone("assignments", duty["id"], object_id=site)
    return site


def _another(table: str, **changes: object) -> Spare:
    async def spare(access: AccessWorld, key: UUID, code: str) -> UUID:
        return await access.database.clone(table, key, **changes)

    return spare


async def _another_passkey(access: AccessWorld, key: UUID, code: str) -> UUID:
    return await access.database.clone("passkeys", key, credential_id=code)


def _days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def _absence(q: Asked) -> dict[str, Any]:
    begins = 200 + 3 * q.number
    return _input(
        userId=q.id, substituteId=q.colleague, startsAt=_days(begins), endsAt=_days(begins + 1), basis="Отпуск"
    )


def _new_user(q: Asked) -> dict[str, Any]:
    subscriber = (side_of(q.role) == "subscriber") == (q.standing != UNASSIGNED_PLACE)
    role = "SUBSCRIBER_EMPLOYEE" if subscriber and q.standing != FOREIGN else "OPERATOR_EMPLOYEE"
    given = {"role": role, "surname": "Новая", "givenName": "Анна", "email": f"{q.code.lower()}@new.test"}
    return _input(organizationId=q.id, **given)


def _contract(q: Asked) -> dict[str, Any]:
    # Both parties are looked for before it is seen that an operator cannot serve itself.
    return _input(operatorId=q.id, subscriberId=q.id, number=q.code, startsOn="2026-01-01")


PASSKEY = {"challengeId": "-", "credential": {}}
SYSTEM = {"kind": "FIRE_ALARM", "name": "АПС"}
WORK = {"values": VALUES}

DEEDS: dict[str, Deed] = {
    "signIn": Deed(lambda q: _input(email=demo.NEWCOMER, password=demo.PASSWORD)),
    "preparePasskeySignIn": Deed(lambda q: {}),
    "signInByPasskey": Deed(lambda q: _input(passkey=PASSKEY)),
    "signOut": Deed(lambda q: {}, alone=True),
    "signOutEverywhere": Deed(lambda q: {"hereToo": False}, alone=True),
    "endSession": Deed(lambda q: {"id": q.id}, "OpenSession"),
    "changePassword": Deed(lambda q: _input(current="-", new="-")),
    "confirmIdentity": Deed(lambda q: _input()),
    "prepareConfirmation": Deed(lambda q: {}),
    "enrolTotp": Deed(lambda q: {}),
    "confirmTotp": Deed(lambda q: {"otp": "-"}),
    "removeTotp": Deed(lambda q: {}),
    "makeRecoveryCodes": Deed(lambda q: {}),
    "preparePasskey": Deed(lambda q: {}),
    "registerPasskey": Deed(lambda q: _input(name="Ключ", passkey=PASSKEY)),
    "renamePasskey": Deed(lambda q: _input(id=q.id, name="Ключ"), "Passkey"),
    "removePasskey": Deed(lambda q: {"id": q.id}, "Passkey", _another_passkey),
    "createOrganization": Deed(lambda q: _input(kind="SUBSCRIBER", name=q.code)),
    "createUser": Deed(_new_user, "Organization"),
    "inviteAgain": Deed(lambda q: {"userId": q.id}, "User", _another_user),
    "withdrawInvitation": Deed(lambda q: {"userId": q.id}, "User", _another_user),
    "acceptInvitation": Deed(lambda q: _input(token="-", password="-")),
    "requestPasswordReset": Deed(lambda q: {"email": "-"}),
    "resetPassword": Deed(lambda q: _input(token="-", password="-")),
    "updateUser": Deed(lambda q: _input(userId=q.id, language="RU"), "User"),
    "changeUserRole": Deed(lambda q: _input(userId=q.id, role="SUPERADMIN"), "User", _another_user),
    "reactivateUser": Deed(lambda q: {"userId": q.id}, "User", _another_user),
    "transferUser": Deed(
        lambda q: _input(userId=q.id, organizationId=q.home["Organization"], role="OPERATOR_EMPLOYEE", **REASON),
        "User",
        _another_user,
    ),
    "handOverDuties": Deed(
        lambda q: _input(fromUserId=q.id, toUserId=q.colleague, basis="Приказ"), "User", _another_user
    ),
    "createContract": Deed(_contract, "Organization"),
    "createObject": Deed(
        lambda q: _input(contractId=q.id, name=q.code, address="Псков", timeZone="Europe/Moscow"), "Contract"
    ),
    "updateObject": _about("objectId", "ServiceObject", address="Псков, 2"),
    "closeObject": Deed(lambda q: _input(objectId=q.id, **REASON), "ServiceObject", _another_object),
    "reopenObject": _about("objectId", "ServiceObject"),
    "moveObject": Deed(
        lambda q: _input(objectId=q.id, contractId=q.place["Contract"], **REASON), "ServiceObject", _another_object
    ),
    "mergeObjects": Deed(
        lambda q: _input(objectId=q.id, intoId=q.place["ServiceObject"], **REASON), "ServiceObject", _another_object
    ),
    "addSystem": _about("objectId", "ServiceObject", **SYSTEM),
    "updateSystem": _about("systemId", "System", **SYSTEM),
    "removeSystem": Deed(lambda q: _input(systemId=q.id, **REASON), "System", _another("systems")),
    "applyObjectImport": _about("importId", "ObjectImport"),
    "assign": Deed(
        lambda q: _input(objectId=q.id, userId=q.colleague, duty="PARTICIPANT", basis="Приказ"),
        "ServiceObject",
        _another_object,
    ),
    "endAssignment": Deed(lambda q: _input(assignmentId=q.id, **REASON), "Assignment", _another("assignments")),
    "planAbsence": Deed(_absence, "User", _another_user),
    "cancelAbsence": Deed(lambda q: _input(absenceId=q.id), "Absence", _another("absences")),
    "deactivateUser": Deed(lambda q: _input(userId=q.id, **REASON), "User", _another_user),
    "resetSecondFactors": Deed(lambda q: _input(userId=q.id, **REASON), "User", _another_user),
    "createJournalType": Deed(lambda q: _input(code=q.code, **FORM)),
    "reviseJournalType": _about("typeId", "JournalType", expectedVersion=99, **FORM),
    "deriveJournalType": Deed(lambda q: _input(typeId=q.id, code=q.code), "JournalType"),
    "publishJournalType": _about("typeId", "JournalType"),
    "saveReferenceList": Deed(
        lambda q: _input(code=q.code, nameRu="Р", nameEn="E", items=[{"key": "A", "ru": "А", "en": "A"}])
    ),
    "openJournal": Deed(
        lambda q: _input(objectId=q.id, typeId=q.home["JournalType"]), "ServiceObject", _another_object
    ),
    "archiveJournal": _about("journalId", "Journal"),
    "createEntry": Deed(lambda q: _input(journalId=q.id, **WORK), "Journal"),
    "reviseEntry": _about("entryId", "Entry", expectedRevision=99, values={}, **REASON),
    "annulEntry": Deed(lambda q: _input(entryId=q.id, **q.revision, **REASON), "Entry"),
    "commentEntry": _about("entryId", "Entry", text="!"),
    "saveDraft": Deed(lambda q: _input(journalId=q.id, values={}), "Journal"),
    "submitDraft": Deed(lambda q: {"id": q.id}, "Draft"),
    "discardDraft": Deed(lambda q: {"id": q.id}, "Draft", _another("drafts", client_id=None)),
    "copyEntry": _about("entryId", "Entry"),
    "signEntry": Deed(lambda q: _input(entryId=q.id, **q.revision, pin=PIN), "Entry"),
    "signEntries": Deed(lambda q: _input(items=[{"entryId": q.id, **q.revision}], pin=PIN), "Entry"),
    "prepareSignature": Deed(
        lambda q: _input(entryId=q.id, certificateId=q.home["Certificate"], **q.revision), "Entry"
    ),
    "submitSignature": Deed(lambda q: _input(preparationId=q.id, signature="AA=="), "SignaturePreparation"),
    "declineEntry": Deed(lambda q: _input(entryId=q.id, **q.revision, **REASON), "Entry"),
    "acceptAgreement": Deed(lambda q: _input(version=99, onBehalfOf="PERSON")),
    "requestCertificate": Deed(lambda q: _input(pin="1")),
    "requestRevocation": _about("certificateId", "Certificate", reason="SUPERSEDED"),
    "cancelCertificateRequest": _about("requestId", "CertificateRequest"),
    "reportCompromise": _about("certificateId", "Certificate"),
    "changePin": Deed(lambda q: _input(currentPin="1", newPin="2")),
    "identifyRequester": _about("requestId", "CertificateRequest", **IDENTIFICATION),
    "holdCertificateRequest": _about("requestId", "CertificateRequest", **COMMENT),
    "approveCertificateRequest": _about("requestId", "CertificateRequest", **IDENTIFICATION),
    "rejectCertificateRequest": _about("requestId", "CertificateRequest", **COMMENT),
    "revokeCertificate": _about("certificateId", "Certificate", reason="SUPERSEDED", **COMMENT),
    "suspendCertificate": _about("certificateId", "Certificate", **COMMENT),
    "releaseCertificate": _about("certificateId", "Certificate", **COMMENT),
    "publishAgreement": Deed(lambda q: _input(textRu="-", textEn="-")),
    "createServiceAccount": Deed(
        lambda q: _input(organizationId=q.id, name=q.code, scopes=["EVENTS"], endsAt=_days(3)), "Organization"
    ),
    "changeServiceAccount": Deed(
        lambda q: _input(serviceAccountId=q.id, name=q.code), "ServiceAccount", _another("service_accounts")
    ),
    "rotateServiceToken": Deed(
        lambda q: _input(serviceAccountId=q.id, endsAt=_days(3)), "ServiceAccount", _another("service_accounts")
    ),
    "revokeServiceAccount": Deed(
        lambda q: _input(serviceAccountId=q.id, **REASON), "ServiceAccount", _another("service_accounts")
    ),
    "markNotificationsRead": Deed(lambda q: {"ids": [q.id]}, "Notification"),
}
"""By the mutation's name, in the schema's order."""
