"""Every law of design.md §3 that a history can break, looked at over the rows themselves."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from asn1crypto import cms
from history_deeds import Outcome, Stage
from history_plan import Deed, Member
from history_replay import Book, Replay
from history_rows import Row, Rows
from tortoise import connections

from models.entries import Comment, Entry, Revision, Slot
from models.journals import ClosingRecord, Journal
from models.signatures import Signature
from rules import access
from rules.access import Parameters
from rules.events import Cursor
from rules.slots import signable
from rules.standing import standing, standing_of

EVENT_OF = {
    Deed.RECORD: {"ENTRY_RECORDED"},
    Deed.SUBMIT: {"ENTRY_RECORDED"},
    Deed.SIGN: {"SIGNATURE_MADE"},
    Deed.DECLINE: {"ENTRY_DECLINED", "ANNULMENT_DECLINED"},
    Deed.REVISE: {"ENTRY_REVISED"},
    Deed.ANNUL: {"ANNULMENT_PROPOSED"},
    Deed.COMMENT: {"ENTRY_COMMENTED"},
    Deed.ROTATE: {"JOURNAL_OPENED"},
    Deed.ARCHIVE: {"JOURNAL_ARCHIVED"},
    Deed.END: {"ASSIGNMENT_ENDED"},
    Deed.ASSIGN: {"ASSIGNED"},
}
"""What a deed, once done, has as its event on the object."""
REPEATABLE = {Deed.RECORD, Deed.COMMENT}
"""With a `clientId` they are done once and answered as often as asked."""


SEEN = {"NOT_FOUND", "FORBIDDEN"}
DECIDED = SEEN | {"STALE_REVISION", "ALREADY_SIGNED", "NOT_YOUR_SLOT", "CONFLICT"}
REFUSED = {
    Deed.RECORD: SEEN | {"JOURNAL_ARCHIVED"},
    Deed.SUBMIT: SEEN | {"JOURNAL_ARCHIVED"},
    Deed.SIGN: DECIDED | {"NO_CERTIFICATE"},
    Deed.DECLINE: DECIDED,
    Deed.REVISE: SEEN | {"STALE_REVISION", "JOURNAL_ARCHIVED", "CONFLICT"},
    Deed.ANNUL: SEEN | {"STALE_REVISION", "CONFLICT"},
    Deed.COMMENT: SEEN | {"CONFLICT"},
    Deed.ROTATE: SEEN,
    Deed.ARCHIVE: SEEN | {"JOURNAL_ARCHIVED"},
    Deed.SUCCEED: set(),
    Deed.REVOKE: {"CONFLICT"},
    Deed.SUSPEND: {"CONFLICT"},
    Deed.RELEASE: {"CONFLICT"},
    Deed.ISSUE: {"CONFLICT"},
    Deed.END: {"CONFLICT"},
    Deed.ASSIGN: set(),
    Deed.ABSENCE: {"CONFLICT"},
    Deed.RETURN: {"CONFLICT"},
    Deed.RETYPE: {"CONFLICT"},
}
"""As what a deed can be refused: another code is a rule that has lost its way."""


@dataclass
class Laws:
    """The laws over one history, put down in `book`."""

    book: Book
    kept: dict[str, dict[UUID, str]] = field(default_factory=dict)
    """What has been written so far and must stay."""

    def after_a_round(self, rows: Rows, since: datetime) -> None:
        """What holds whenever nobody is at work; the round began at `since`."""
        known = {*self.kept.get("revisions", {})}
        self._law_1(rows)
        self._law_2(rows)
        self._law_3(rows)
        self._law_4(rows, [row for id, row in rows.revisions.items() if id not in known], since)
        self._law_7(rows)
        self._law_8(rows)

    def _law_1(self, rows: Rows) -> None:
        active = Counter(row["type_id"] for row in rows.journals.values() if row["status"] == "ACTIVE")
        self.book.hold("1", all(count == 1 for count in active.values()), "active volumes", active)
        closings = {row["journal_id"]: row for row in rows.closings.values()}
        volumes = [*rows.journals.values()]
        numbered = [row["volume"] for row in volumes] == [*range(1, len(volumes) + 1)]
        self.book.hold("1", numbered, "volumes", [row["volume"] for row in volumes])
        for row in volumes:
            self.book.hold("1", (row["status"] == "ARCHIVED") == (row["id"] in closings), "closing of", row["id"])
        for former, volume in pairwise(volumes):
            cited = (volume["previous_id"], volume["previous_digest"])
            closing = closings.get(former["id"])
            right = closing is not None and cited == (former["id"], closing["digest"])
            self.book.hold("1", right, "volume", volume["volume"], "cites", cited)

    def _law_2(self, rows: Rows) -> None:
        for journal in rows.journals.values():
            numbers = sorted(row["number"] for row in rows.entries.values() if row["journal_id"] == journal["id"])
            whole = numbers == [*range(1, len(numbers) + 1)] and journal["last_number"] == len(numbers)
            self.book.hold("2", whole, "numbers", numbers, "last", journal["last_number"])
        for closing in rows.closings.values():
            said = json.loads(closing["payload"])
            journal = rows.journals[closing["journal_id"]]
            incomplete = sum(entry["status"] == "AWAITING_SIGNATURES" for entry in said["entries"])
            own = (closing["entry_count"], closing["incomplete_count"], closing["digest"])
            digest = hashlib.sha256(closing["payload"]).hexdigest()
            there = (journal["last_number"], incomplete, digest)
            self.book.hold("2", own == there == (said["entryCount"], *there[1:]), "closing", own, "of", there)
            named = (said["journal"]["id"], said["journal"]["previousDigest"])
            same = named == (str(journal["id"]), journal["previous_digest"])
            self.book.hold("2", same, "closing names", said["journal"])

    def _law_3(self, rows: Rows) -> None:
        now, known = rows.fingerprints(), self.kept.get("revisions", {})
        for table, before in self.kept.items():
            changed = [id for id, digest in before.items() if now[table].get(id) != digest]
            self.book.hold("3", not changed, table, "changed or gone:", changed)
        self.kept = now
        for entry_id in rows.entries:
            chain = [row for row in rows.revisions.values() if row["entry_id"] == entry_id]
            chain.sort(key=lambda row: int(row["number"]))
            numbered = [row["number"] for row in chain] == [*range(1, len(chain) + 1)]
            self.book.hold("3", numbered, "revisions", [row["number"] for row in chain])
            for former, row in zip([None, *chain], chain, strict=False):
                if row["id"] not in known:
                    self._revision(rows, row, former and former["digest"])

    def _revision(self, rows: Rows, row: Row, former: str | None) -> None:
        said = json.loads(row["payload"])
        digest = hashlib.sha256(row["payload"]).hexdigest()
        chained = row["previous_digest"] == said["revision"]["previousDigest"] == former
        self.book.hold("3", digest == row["digest"] and chained, "chain at", row["id"])
        entry = rows.entries[row["entry_id"]]
        stated = (said["values"], said["entry"]["number"], said["revision"]["number"], said["revision"]["kind"])
        stored = (json.loads(row["values"]), entry["number"], row["number"], row["kind"])
        self.book.hold("3", stated == stored, "payload states", stated, "row has", stored)
        place = (said["object"]["id"], said["journal"]["id"])
        self.book.hold("3", place == (str(row["object_id"]), str(entry["journal_id"])), "payload's place", place)

    def _law_4(self, rows: Rows, made: Sequence[Row], since: datetime) -> None:
        """The slots are those of the policy in force; the form is the one that the entry was made with."""
        in_force = [row for row in rows.versions.values() if row["created_at"] >= since]
        in_force += [row for row in rows.versions.values() if row["created_at"] < since][-1:]
        for revision in made:
            policy = json.loads(revision["payload"])["signaturePolicy"]
            right = any(json.loads(row["signature_policy"]) == policy for row in in_force)
            self.book.hold("4", right, "a policy that is not in force", policy)
            first = [
                row for row in rows.revisions.values() if row["entry_id"] == revision["entry_id"] and row["number"] == 1
            ]
            same = all(row["type_version_id"] == revision["type_version_id"] for row in first)
            self.book.hold("4", same, "another version of the form", revision["id"])

    def _law_7(self, rows: Rows) -> None:
        for revision in rows.revisions.values():
            slots = rows.of_revision("slots", revision["id"])
            people = Counter(slot["decided_by_id"] for slot in slots if slot["decided_by_id"])
            self.book.hold("7", all(count == 1 for count in people.values()), "slots a person", people)
            entry = rows.entries[revision["entry_id"]]
            open_ones = [slot for slot in slots if slot["status"] == "OPEN"]
            waits = not open_ones or entry["current_revision_id"] == revision["id"]
            self.book.hold("5", waits, "slots of a revision that is not current are open", revision["id"])
            declined = any(slot["status"] == "DECLINED" for slot in slots)
            self.book.hold("7", not (declined and open_ones), "a declined revision waits", revision["id"])
        for signature in rows.signatures.values():
            slot = rows.slots[signature["slot_id"]]
            filled = slot["status"] == "SIGNED" and slot["decided_by_id"] == signature["user_id"]
            self.book.hold("7", filled, "slot of signature", signature["id"], slot["status"])
        signed = {row["slot_id"] for row in rows.signatures.values()}
        said = {row["id"] for row in rows.slots.values() if row["status"] == "SIGNED"}
        self.book.hold("7", signed == said, "slots signed without signature", said ^ signed)

    def _law_8(self, rows: Rows) -> None:
        for entry in rows.entries.values():
            slots = {slot["status"] for slot in rows.of_revision("slots", entry["current_revision_id"])}
            current = rows.revisions[entry["current_revision_id"]]
            complete = "SIGNED" if current["kind"] == "RECORD" else "ANNULLED"
            self.book.hold("8", (entry["status"] == complete) == (slots == {"SIGNED"}), entry["status"], slots)
            self.book.hold("8", (entry["status"] == "AWAITING_SIGNATURES") == ("OPEN" in slots), entry["status"], slots)
            self.book.hold("8", (entry["status"] == "DECLINED") == ("DECLINED" in slots), entry["status"], slots)

    def signed_content(self, rows: Rows, known: set[UUID]) -> None:
        """Each new signature's octets are over the payload of its revision."""
        for id, row in rows.signatures.items():
            if id not in known:
                info = cms.ContentInfo.load(row["cms"])["content"]["signer_infos"][0]
                attributes = {each["type"].native: each["values"][0].native for each in info["signed_attrs"]}
                payload = rows.revisions[row["revision_id"]]["payload"]
                whole = attributes["message_digest"] == hashlib.sha256(payload).digest()
                self.book.hold("6", whole, "signature", id, "is over other octets")

    def of_outcomes(self, rows: Rows, outcomes: Sequence[Outcome]) -> None:
        """What was done is there, what was refused left no trace, and each was done upon what was expected."""
        by_request: dict[str, list[Row]] = {}
        for event in [*rows.events.values(), *rows.certificate_events.values()]:
            by_request.setdefault(event["request_id"], []).append(event)
        answered: dict[str, set[UUID]] = {"entries": set(), "signatures": set(), "comments": set()}
        for outcome in outcomes:
            events = by_request.get(outcome.request, [])
            kinds = {event["kind"] for event in events}
            for table, ids in outcome.made.items():
                if table in answered:
                    answered[table] |= ids
                    self.book.hold("12", len(ids) == 1, outcome.step, "made", ids)
            if not outcome.done:
                requested = kinds - {"CERTIFICATE_REQUESTED"}  # it was granted; its approval was refused
                self.book.hold("12", not requested, outcome.step, outcome.code, "left", kinds)
                possible = outcome.idle or outcome.code in REFUSED[outcome.step.deed] or self._reused(outcome, outcomes)
                self.book.hold("12", possible, outcome.step, "refused as", outcome.code)
                continue
            wanted = EVENT_OF.get(outcome.step.deed, set())
            repeated = outcome.step.deed in REPEATABLE and outcome.step.stale and not kinds
            self.book.hold("12", not wanted or repeated or bool(wanted & kinds), outcome.step, "told", kinds)
            if outcome.expected and outcome.expected[0] is not None:
                self._law_6(rows, outcome, [event for event in events if event["kind"] in wanted])
        for table, ids in answered.items():
            there = {*getattr(rows, table)}
            self.book.hold("12", ids == there, table, "without an answer, or answers without:", ids ^ there)
        revisions = sum(event["kind"] in REVISING for event in rows.events.values())
        self.book.hold("12", revisions == len(rows.revisions), len(rows.revisions), "revisions", revisions, "events")
        clients = Counter((row["author_id"], row["client_id"]) for row in rows.entries.values() if row["client_id"])
        self.book.hold("12", all(count == 1 for count in clients.values()), "client ids", clients)

    @staticmethod
    def _reused(outcome: Outcome, outcomes: Sequence[Outcome]) -> bool:
        """Whether the same person's same key was asked for with another content."""
        own = [other for other in outcomes if other.again and other.step.who is outcome.step.who]
        said = {(other.step.whom, other.journal_id) for other in own}
        return outcome.again and outcome.code == "CONFLICT" and len(said) > 1

    def _law_6(self, rows: Rows, outcome: Outcome, events: Sequence[Row]) -> None:
        """The deed was done on the revision that was seen; a revising one made the next after it."""
        for event in events:
            revision = rows.revisions[event["revision_id"]]
            if event["kind"] in REVISING:
                chain = [row for row in rows.revisions.values() if row["entry_id"] == event["entry_id"]]
                # A declined annulment between them is not what was revised.
                before = [row for row in chain if row["number"] < revision["number"] and row["kind"] == "RECORD"]
                revision = max(before, key=lambda row: int(row["number"]))
            assert outcome.expected is not None
            number, digest = outcome.expected
            same = revision["number"] == number and digest in (None, revision["digest"])
            self.book.hold("6", same, outcome.step, "expected", number, "and was done on", revision["number"])

    def of_places(self, rows: Rows, stage: Stage) -> None:
        """Every event has its place, and what hangs on an entry has the entry's."""
        site = stage.site
        for event in rows.events.values():
            place = (event["operator_id"], event["subscriber_id"])
            self.book.hold("11", place == (site.operator_id, site.subscriber_id), event["kind"], "at", place)
            if event["entry_id"]:
                entry = rows.entries[event["entry_id"]]
                same = (event["type_id"], event["journal_id"]) == (entry["type_id"], entry["journal_id"])
                self.book.hold("11", same, event["kind"], "away from its entry")

    def of_replay(self, rows: Rows, replay: Replay) -> None:
        """What stands is what the events make of it."""
        for id, entry in rows.entries.items():
            told = replay.entries.get(id)
            if not self.book.hold("12", told is not None, "entry without event", id) or told is None:
                continue
            stands = (entry["status"], entry["current_revision_id"], entry["record_revision_id"])
            self.book.hold("2", stands == (told.status, told.current, told.record), "entry", stands, "by events", told)
            for slot in rows.slots.values():
                if slot["entry_id"] == id:
                    status = told.slots.get(slot["id"])
                    self.book.hold("5", slot["status"] == status, "slot", slot["status"], "by events", status)
        for certificate, (user_id, status) in replay.certificates.items():
            self.book.hold("9", bool(user_id and status), "certificate", certificate)

    async def of_sight(self, rows: Rows, stage: Stage, replay: Replay) -> None:
        """Everybody sees what they may, is offered what they can sign, and is told how signatures stand."""
        entries = {entry.id: entry for entry in await Entry.filter(id__in=[*rows.entries])}
        ids = {
            Journal: rows.journals,
            Entry: rows.entries,
            Revision: rows.revisions,
            Slot: rows.slots,
            Comment: rows.comments,
            Signature: rows.signatures,
            ClosingRecord: rows.closings,
        }
        duties = {"RESPONSIBLE", "PARTICIPANT"}
        in_full = [*Member][len(rows.events) % len(Member)]  # one a history: it takes its time
        for member in Member:
            actor = stage.world.by(member)
            person = replay.people[actor.user_id]
            assigned = replay.right(actor.user_id, actor.now, stage.site.type_id, duties)
            own = person.organization_id in (stage.site.operator_id, stage.site.subscriber_id)
            sees = own if person.admin else assigned
            for model, table in ids.items():
                if model not in (Entry, Signature) and member is not in_full:
                    continue
                seen = await access.visible_ids(model, actor, [*table])
                may = {*table} if sees else set()
                if model is Signature and not person.admin:
                    may |= {id for id, row in table.items() if row["user_id"] == actor.user_id}
                self.book.hold("11", seen == may, member, "sees", len(seen), model.__name__, "and may", len(may))
            found = await _asked(actor, signable, "entries", [*rows.entries])
            can = {
                id
                for id, told in replay.entries.items()
                if told.status == "AWAITING_SIGNATURES"
                and replay.certified(actor.user_id)
                and any(
                    told.slots[slot["id"]] == "OPEN" and replay.may_fill(slot, actor.user_id, actor.now)
                    for slot in rows.of_revision("slots", told.current)
                )
            }
            offered = {id for id, yes in found.items() if yes}
            self.book.hold("7", offered == can, member, "is offered", offered, "and can", can)
        stood = await _asked(stage.world.by(Member.OPERATOR_ADMIN), standing, "signatures", [*rows.signatures])
        for id, signature in rows.signatures.items():
            wanted = _standing(replay, signature)
            told_by = (standing_of(entries[signature["entry_id"]], signature["revision_id"]).value, stood[id])
            self.book.hold("2", told_by == (wanted, wanted), "signature stands", told_by, "and is", wanted)

    def of_order(self, rows: Rows, delivered: Sequence[tuple[Cursor, UUID]]) -> None:
        """Following lost and repeated nothing, and went upwards (law 13)."""
        cursors = [cursor for cursor, _ in delivered]
        self.book.hold("13", cursors == sorted(set(cursors)), "delivered out of order, or twice")
        missing = {*rows.events} ^ {id for _, id in delivered}
        self.book.hold("13", not missing, "events lost, or of elsewhere:", missing)
        for entry_id in rows.entries:
            own = [event for event in rows.events.values() if event["entry_id"] == entry_id]
            for former, event in pairwise(own):  # by position: as it happened
                if former["transaction_id"] > event["transaction_id"]:
                    self.book.noted[f"cursor: {event['kind']} before {former['kind']}, which it followed"] += 1


REVISING = {"ENTRY_RECORDED", "ENTRY_REVISED", "ANNULMENT_PROPOSED"}


def _standing(replay: Replay, signature: Row) -> str:
    """By design.md §2 and law 2: what was signed is current as long as the entry says it."""
    told = replay.entries[signature["entry_id"]]
    if signature["revision_id"] == told.current:
        return "CURRENT"
    if signature["revision_id"] == told.record:
        return "ANNULLED" if told.status == "ANNULLED" else "CURRENT"
    return "SUPERSEDED"


async def _asked(actor: Any, expression: Any, table: str, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What an expression of the product says of rows to somebody."""
    parameters = Parameters()
    wanted = parameters.bind([*ids], "uuid[]")
    said = expression(actor, "looked", parameters)
    statement = f"select looked.id, {said} as said from {table} looked where looked.id = any({wanted})"
    rows = await connections.get("default").execute_query_dict(statement, parameters.values)
    return {UUID(str(row["id"])): row["said"] for row in rows}
