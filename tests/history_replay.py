"""The laws as a second, plain telling: the events of a history are gone through in the order in which they happened,
and what should stand is worked out of them alone.

Every deed on an entry is done under the entry's lock and draws its events' positions under it, likewise for volumes and
certificates: by position, causes stand before effects.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from history_rows import Row, Rows

STRICT = True
"""Whether what is done in the same round as the end of the assignment behind it, after that by the clock, is broken.
Nothing orders the two yet: both are asked for at the same time, and either may be kept first."""


@dataclass(slots=True)
class Book:
    """How often each law was looked at, and what broke it."""

    looked: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    noted: Counter[str] = field(default_factory=Counter)
    """What no law forbids and yet is worth a figure."""

    def hold(self, law: str, holds: bool, *words: object) -> bool:
        """Put down that `law` holds, or by `words` what broke it."""
        self.looked[law] += 1
        if not holds:
            self.broken.append(f"law {law}: {' '.join(map(str, words))}")
        return holds


@dataclass(slots=True)
class Told:
    """What the events say of an entry: the current revision, the one that says what the entry says, the slots."""

    journal_id: UUID
    current: UUID
    record: UUID
    status: str
    slots: dict[UUID, str] = field(default_factory=dict)
    finishing: str | None = None
    """What the last signature must be followed by, in its own transaction."""
    past: list[tuple[str, UUID]] = field(default_factory=list)
    """(status, current revision) as they were since the round began, now last."""


@dataclass(slots=True)
class Person:
    """A member as the laws see them."""

    side: str | None
    admin: bool
    organization_id: UUID


@dataclass
class Replay:
    """The telling, from `rows` and from how certificates stood before; `people` are the members by user."""

    book: Book
    rows: Rows
    people: Mapping[UUID, Person]
    certificates: dict[UUID, tuple[UUID, str]]
    began: Mapping[str, datetime]
    """When the rounds began, by the names that their requests share."""
    entries: dict[UUID, Told] = field(default_factory=dict)
    active: dict[UUID, UUID] = field(default_factory=dict)
    """The active volume of a type."""
    numbers: Counter[UUID] = field(default_factory=Counter)

    def tell(self) -> Replay:
        """All of it."""
        superseded = defaultdict(set)
        for event in self.rows.events.values():
            if event["kind"] == "SIGNATURE_SUPERSEDED":
                superseded[event["transaction_id"]].add(event["signature_id"])
        round_ = None
        events = [*self.rows.events.values(), *self.rows.certificate_events.values()]
        for event in sorted(events, key=lambda each: each["position"]):
            now = (event["request_id"] or f"{round_}.").rsplit(".", 1)[0]
            if now != round_:
                round_ = now
                for each in self.entries.values():
                    del each.past[:-1]
            told = self.entries.get(event["entry_id"])
            if told and told.finishing and event["kind"] != told.finishing:
                self._unfinished(event["entry_id"], told)
            tell = getattr(self, "_" + event["kind"].lower(), None)
            if tell is not None:
                tell(event)
            if event["kind"] == "ENTRY_REVISED":
                self._told_of_superseded(event, superseded[event["transaction_id"]])
            if told := self.entries.get(event["entry_id"]):
                told.past.append((told.status, told.current))
        for id, told in self.entries.items():
            if told.finishing:
                self._unfinished(id, told)
        return self

    def right(
        self, user_id: UUID, at: datetime, type_id: UUID, duties: set[str], since: datetime | None = None
    ) -> bool:
        """Whether somebody's assignment gave one of the duties at that moment, or had ended only `since`."""
        return any(
            row["user_id"] == user_id
            and row["duty"] in duties
            and row["valid_from"] <= at
            and (row["valid_to"] is None or at < row["valid_to"] or (since is not None and since <= row["valid_to"]))
            and (row["all_types"] or type_id in row["types"])
            for row in self.rows.assignments.values()
        )

    def may_fill(self, slot: Row, user_id: UUID, at: datetime, since: datetime | None = None) -> bool:
        """Whether the side, the duty, the turn and the one slot a person are right (law 7)."""
        duties = {"RESPONSIBLE"} | ({"PARTICIPANT"} if slot["duty"] == "PARTICIPANT" else set())
        told = self.entries[slot["entry_id"]]
        others = self.rows.of_revision("slots", slot["revision_id"])
        earlier = [each for each in others if each["order"] < slot["order"] and told.slots[each["id"]] == "OPEN"]
        signed = [each for each in others if told.slots[each["id"]] == "SIGNED" and each["decided_by_id"] == user_id]
        return (
            self.people[user_id].side == slot["side"]
            and self.right(user_id, at, slot["type_id"], duties, since)
            and not earlier
            and not signed
        )

    def certified(self, user_id: UUID) -> bool:
        """Whether somebody has a certificate to sign with (law 9)."""
        return (user_id, "ACTIVE") in self.certificates.values()

    def _unfinished(self, id: UUID, told: Told) -> None:
        self.book.hold("8", False, "all slots of entry", id, "are signed but there is no", told.finishing)
        told.finishing = None

    def _journal_opened(self, event: Row) -> None:
        former = self.active.get(event["type_id"])
        self.book.hold("1", former is None, "a second active volume", event["journal_id"], "beside", former)
        self.active[event["type_id"]] = event["journal_id"]

    def _journal_archived(self, event: Row) -> None:
        journal_id = event["journal_id"]
        active = self.active.pop(event["type_id"], None)
        self.book.hold("1", active == journal_id, "closed", journal_id, "while", active, "was active")
        closing = next(row for row in self.rows.closings.values() if row["journal_id"] == journal_id)
        said = json.loads(closing["payload"])["entries"]
        own = [(id, told) for id, told in self.entries.items() if told.journal_id == journal_id]
        numbers = [self.rows.entries[id]["number"] for id, _ in own]
        self.book.hold("2", [each["number"] for each in said] == sorted(numbers), "closing record lists", said)
        for id, told in own:
            number = self.rows.entries[id]["number"]
            listed: dict[str, Any] = next((each for each in said if each["number"] == number), {})
            # Signatures take the entry's lock only: one that was being made may be in the record or not.
            possible = [(status, self.rows.revisions[revision]["digest"]) for status, revision in told.past]
            holds = (listed.get("status"), listed.get("digest")) in possible
            self.book.hold("2", holds, "closing record says", listed, "but the entry was", possible)

    def _may_record(self, event: Row) -> None:
        person = self.people[event["actor_user_id"]]
        entry = self.rows.entries[event["entry_id"]]
        of_operator = person.organization_id == event["operator_id"]
        at, duties = event["occurred_at"], {"RESPONSIBLE", "PARTICIPANT"}
        assigned = person.admin or self.right(event["actor_user_id"], at, event["type_id"], duties)
        own = person.admin or entry["author_id"] == event["actor_user_id"]
        self.book.hold("4 (who may change)", of_operator and own, event["kind"], "by", event["actor_user_id"])
        if not assigned and self.right(event["actor_user_id"], at, event["type_id"], duties, self._round_of(event)):
            self._ended_meanwhile(event)
        else:
            self.book.hold("7", assigned, event["kind"], "by", event["actor_user_id"], "without assignment")

    def _round_of(self, event: Row) -> datetime:
        return self.began[event["request_id"].rsplit(".", 1)[0]]

    def _ended_meanwhile(self, event: Row) -> None:
        self.book.noted["deeds later by the clock than the end of their assignment in the same round"] += 1
        self.book.hold("7", not STRICT, event["kind"], "by", event["actor_user_id"], "whose assignment was ended")

    def _entry_recorded(self, event: Row) -> None:
        entry_id, journal_id, revision_id = event["entry_id"], event["journal_id"], event["revision_id"]
        active = self.active.get(event["type_id"])
        self.book.hold("2", active == journal_id, "recorded in", journal_id, "while", active, "was active")
        self.numbers[journal_id] += 1
        number = self.rows.entries[entry_id]["number"]
        self.book.hold("2", number == self.numbers[journal_id], "number", number, "comes", self.numbers[journal_id])
        self._may_record(event)
        self.entries[entry_id] = told = Told(journal_id, revision_id, revision_id, "AWAITING_SIGNATURES")
        self._open(told, revision_id)

    def _open(self, told: Told, revision_id: UUID) -> None:
        opened = self.rows.of_revision("slots", revision_id)
        told.slots.update({slot["id"]: "OPEN" for slot in opened})
        policy = json.loads(self.rows.revisions[revision_id]["payload"])["signaturePolicy"]
        wanted = Counter((slot["side"], slot["duty"], slot["order"], slot["group"]) for slot in policy)
        there = Counter((slot["side"], slot["duty"], slot["order"], slot["group"]) for slot in opened)
        self.book.hold("4", wanted == there, "slots", there, "of policy", wanted)

    def _withdraw(self, told: Told) -> None:
        for slot in self.rows.of_revision("slots", told.current):
            if told.slots[slot["id"]] == "OPEN":
                told.slots[slot["id"]] = "WITHDRAWN"

    def _entry_revised(self, event: Row) -> None:
        told = self.entries[event["entry_id"]]
        archived = self.active.get(event["type_id"]) != told.journal_id
        self.book.hold("2", not archived, "a record revised in an archived volume", event["revision_id"])
        closed = told.status == "ANNULLED" or told.current != told.record
        self.book.hold("2", not closed, "revised while", told.status, event["revision_id"])
        self._may_record(event)
        self._withdraw(told)
        told.current = told.record = event["revision_id"]
        told.status = "AWAITING_SIGNATURES"
        self._open(told, told.current)

    def _told_of_superseded(self, event: Row, told: set[UUID]) -> None:
        number = self.rows.revisions[event["revision_id"]]["number"]
        before = [
            revision
            for revision in self.rows.revisions.values()
            if (revision["entry_id"], revision["kind"]) == (event["entry_id"], "RECORD") and revision["number"] < number
        ]
        former = max(before, key=lambda revision: int(revision["number"]))
        signatures = self.rows.of_revision("signatures", former["id"])
        missing = {signature["id"] for signature in signatures} ^ told
        self.book.hold("5", not missing, "superseded signatures not told of, or others:", missing)
        self.heard(event, {signature["user_id"] for signature in signatures})

    def heard(self, event: Row, users: set[UUID]) -> None:
        """Each of `users` was notified of the event, unless it was their deed."""
        notified = {row["user_id"] for row in self.rows.notifications.values() if row["event_id"] == event["id"]}
        missing = users - notified - {event["actor_user_id"]}
        self.book.hold("5", not missing, event["kind"], "was not told to", missing)

    def _decided(self, event: Row, slot: Row, how: str) -> None:
        told = self.entries[event["entry_id"]]
        self.book.hold("6", slot["revision_id"] == told.current, how, "what is not current", slot["revision_id"])
        self.book.hold("7", told.slots[slot["id"]] == "OPEN", how, "a slot that is", told.slots[slot["id"]])
        user_id, at = event["actor_user_id"], event["occurred_at"]
        holds = self.may_fill(slot, user_id, at) and slot["decided_by_id"] == user_id
        if holds or self.people[user_id].side != slot["side"] or slot["decided_by_id"] != user_id:
            self.book.hold("7", holds, how, "by", user_id, "of", self.people[user_id].side, "for", dict(slot))
        elif self.may_fill(slot, user_id, at, self._round_of(event)):
            self._ended_meanwhile(event)
        else:
            self.book.hold("7", False, how, "out of turn, twice, or without the duty, by", user_id, "at", at)
        told.slots[slot["id"]] = how

    def _signature_made(self, event: Row) -> None:
        signature = self.rows.signatures[event["signature_id"]]
        told, slot = self.entries[event["entry_id"]], self.rows.slots[signature["slot_id"]]
        self._decided(event, slot, "SIGNED")
        certificate = self.certificates.get(signature["certificate_id"])
        wanted = (event["actor_user_id"], "ACTIVE")
        self.book.hold("9", certificate == wanted, "signed by a certificate of", certificate, "for", wanted)
        same = slot["revision_id"] == signature["revision_id"] == event["revision_id"]
        self.book.hold("7", same and slot["side"] == signature["side"], "signature beside its slot", signature["id"])
        left = [each for each in self.rows.of_revision("slots", told.current) if told.slots[each["id"]] == "OPEN"]
        if not left:
            told.finishing = "ENTRY_COMPLETED" if told.current == told.record else "ENTRY_ANNULLED"

    def _finish(self, event: Row, status: str) -> None:
        told = self.entries[event["entry_id"]]
        self.book.hold("8", told.finishing == event["kind"], event["kind"], "where due was", told.finishing)
        slots = {told.slots[slot["id"]] for slot in self.rows.of_revision("slots", told.current)}
        self.book.hold("8", slots == {"SIGNED"}, event["kind"], "with slots", slots)
        told.finishing, told.status = None, status

    def _entry_completed(self, event: Row) -> None:
        self._finish(event, "SIGNED")

    def _entry_annulled(self, event: Row) -> None:
        self._finish(event, "ANNULLED")
        told = self.entries[event["entry_id"]]
        signatures = self.rows.of_revision("signatures", told.record)
        self.heard(event, {self.rows.revisions[told.record]["author_user_id"], *(s["user_id"] for s in signatures)})

    def _decline(self, event: Row, *, of_record: bool) -> Told:
        told = self.entries[event["entry_id"]]
        self.book.hold("2", (told.current == told.record) == of_record, event["kind"], "of", told.current)
        slots = [s for s in self.rows.of_revision("slots", event["revision_id"]) if s["status"] == "DECLINED"]
        if self.book.hold("7", len(slots) == 1, len(slots), "slots declined of", event["revision_id"]):
            self._decided(event, slots[0], "DECLINED")
        self._withdraw(told)
        signatures = self.rows.of_revision("signatures", event["revision_id"])
        author = self.rows.revisions[event["revision_id"]]["author_user_id"]
        self.heard(event, {author, *(signature["user_id"] for signature in signatures)})
        return told

    def _entry_declined(self, event: Row) -> None:
        self._decline(event, of_record=True).status = "DECLINED"

    def _annulment_proposed(self, event: Row) -> None:
        told = self.entries[event["entry_id"]]
        possible = told.status != "ANNULLED" and told.current == told.record
        self.book.hold("2", possible, "annulment proposed while", told.status)
        self._may_record(event)
        self._withdraw(told)
        told.current, told.status = event["revision_id"], "AWAITING_SIGNATURES"
        self._open(told, told.current)

    def _annulment_declined(self, event: Row) -> None:
        told = self._decline(event, of_record=False)
        told.current = told.record
        slots = {slot["id"]: told.slots[slot["id"]] for slot in self.rows.of_revision("slots", told.record)}
        if "DECLINED" in slots.values():
            told.status = "DECLINED"
            return
        told.slots |= {id: "OPEN" for id, status in slots.items() if status == "WITHDRAWN"}
        told.status = "SIGNED" if {*slots.values()} == {"SIGNED"} else "AWAITING_SIGNATURES"

    def _entry_commented(self, event: Row) -> None:
        told = self.entries[event["entry_id"]]
        self.book.hold("6", event["revision_id"] == told.current, "a comment on what is not current")

    def _certificate(self, event: Row, status: str) -> None:
        self.certificates[event["certificate_id"]] = event["user_id"], status

    def _certificate_issued(self, event: Row) -> None:
        self._certificate(event, "ACTIVE")

    def _certificate_suspended(self, event: Row) -> None:
        self._certificate(event, "SUSPENDED")

    def _certificate_released(self, event: Row) -> None:
        self._certificate(event, "ACTIVE")

    def _certificate_revoked(self, event: Row) -> None:
        self._certificate(event, "REVOKED")
