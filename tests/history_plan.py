"""What a history may be: who tries what, and when. Hypothesis draws plans, and makes failing ones small."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st


class Deed(StrEnum):
    """One thing that somebody tries."""

    RECORD = "record"
    SUBMIT = "submit a draft"
    SIGN = "sign"
    DECLINE = "decline"
    REVISE = "revise"
    ANNUL = "annul"
    COMMENT = "comment"
    ROTATE = "rotate: open the next volume"
    ARCHIVE = "rotate: archive"
    SUCCEED = "rotate: full volumes succeeded"
    REVOKE = "revoke a certificate"
    SUSPEND = "suspend a certificate"
    RELEASE = "release a certificate"
    ISSUE = "issue anew"
    END = "reassign: end an assignment"
    ASSIGN = "reassign: assign"
    ABSENCE = "reassign: plan an absence"
    RETURN = "reassign: cancel an absence"
    RETYPE = "change the type's policy"


class Member(StrEnum):
    """The people of every history. A stranger works for another operator."""

    OPERATOR_ADMIN = "operator admin"
    OPERATOR_FIRST = "operator, responsible"
    OPERATOR_SECOND = "operator, responsible, of this type"
    OPERATOR_HAND = "operator, participant"
    OPERATOR_ELSEWHERE = "operator, of another type"
    SUBSCRIBER_ADMIN = "subscriber admin"
    SUBSCRIBER_FIRST = "subscriber, responsible"
    SUBSCRIBER_SECOND = "subscriber, responsible, of this type"
    SUBSCRIBER_HAND = "subscriber, participant"
    SUBSCRIBER_NEW = "subscriber, without assignment"
    STRANGER = "stranger"

    @property
    def staff(self) -> list[Member]:
        """Those of the same organisation, oneself among them."""
        side = self.value.split()[0].strip(",")
        return [each for each in Member if each.value.split()[0].strip(",") == side]


OPERATOR = Member.OPERATOR_ADMIN.staff
SUBSCRIBER = Member.SUBSCRIBER_ADMIN.staff
SIGNERS = (
    Member.OPERATOR_FIRST,
    Member.OPERATOR_SECOND,
    Member.OPERATOR_HAND,
    Member.SUBSCRIBER_FIRST,
    Member.SUBSCRIBER_SECOND,
    Member.SUBSCRIBER_HAND,
)


def _slot(side: str, order: int, group: int, duty: str = "RESPONSIBLE", days: int | None = None) -> dict[str, Any]:
    return {"side": side, "duty": duty, "order": order, "group": group, "deadlineDays": days}


class Kind(StrEnum):
    """The journal types of the histories; `USUAL` asks for one responsible person of each side."""

    USUAL = "HISTORY_USUAL"
    ORDERED = "HISTORY_ORDERED"
    QUORUM = "HISTORY_QUORUM"
    SHORT = "HISTORY_SHORT"


USUAL_POLICY = [_slot("OPERATOR", 1, 1), _slot("SUBSCRIBER", 1, 2)]
ORDERED_POLICY = [_slot("OPERATOR", 1, 1, days=3), _slot("SUBSCRIBER", 2, 2, days=10)]
QUORUM_POLICY = [
    _slot("OPERATOR", 1, 1, "PARTICIPANT"),
    *[_slot("SUBSCRIBER", 1, 2, "PARTICIPANT")] * 2,
    _slot("OPERATOR", 2, 3),
]
POLICIES = {
    Kind.USUAL: (USUAL_POLICY, ORDERED_POLICY),
    Kind.ORDERED: (ORDERED_POLICY, USUAL_POLICY),
    Kind.QUORUM: (QUORUM_POLICY, [*[_slot("OPERATOR", 1, 1)] * 2, _slot("SUBSCRIBER", 2, 2)]),
    Kind.SHORT: (USUAL_POLICY, ORDERED_POLICY),
}
"""The policy a type begins with, and the one that it is changed to and from."""
SHORT_VOLUME = 2


@dataclass(frozen=True, slots=True)
class Step:
    """`who` tries `deed` on the entry `which` (counted from the newest) or with `whom`. `stale`: by what it was before
    it was last changed, or with a `clientId` that others use."""

    deed: Deed
    who: Member
    which: int = 0
    whom: Member = Member.OPERATOR_FIRST
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds of steps; the steps of a round are taken at the same time, each by what stood before the round."""

    kind: Kind
    rounds: tuple[tuple[Step, ...], ...]


def _often(*weighted: tuple[Any, int]) -> st.SearchStrategy[Any]:
    """One of the values, each as often as its weight says; the first is the simplest."""
    return st.sampled_from([value for value, weight in weighted for _ in range(weight)])


WHICH = _often((0, 8), (1, 3), (2, 1))
STALE = _often((False, 9), (True, 1))
RECORDERS = _often(
    (Member.OPERATOR_FIRST, 6),
    (Member.OPERATOR_ADMIN, 2),
    (Member.OPERATOR_HAND, 2),
    (Member.OPERATOR_ELSEWHERE, 1),
    (Member.SUBSCRIBER_FIRST, 1),
    (Member.STRANGER, 1),
)
CHANGERS = _often(
    (Member.OPERATOR_ADMIN, 6), (Member.OPERATOR_FIRST, 4), (Member.OPERATOR_HAND, 1), (Member.SUBSCRIBER_ADMIN, 1)
)
DECIDERS = _often(*((member, 4 if member in SIGNERS else 1) for member in Member))
STAFF = _often(*((member, 3 if member in SIGNERS else 1) for member in Member if member is not Member.STRANGER))


def _steps(deed: Deed, who: st.SearchStrategy[Member] | Member) -> st.SearchStrategy[tuple[Step, ...]]:
    people = st.just(who) if isinstance(who, Member) else who
    return st.tuples(st.builds(Step, st.just(deed), people, WHICH, STAFF, STALE))


def _at_once(deed: Deed, which: st.SearchStrategy[int] = WHICH) -> st.SearchStrategy[tuple[Step, ...]]:
    """Everybody who may tries the same."""
    people = st.lists(st.sampled_from(SIGNERS), min_size=3, max_size=6, unique=True)
    return st.builds(lambda which, who: tuple(Step(deed, each, which) for each in who), which, people)


def _against(member: Member, which: int, deed: Deed) -> tuple[Step, ...]:
    """Somebody signs while what entitles them is taken away."""
    return Step(Deed.SIGN, member, which), Step(deed, Member.OPERATOR_ADMIN, which, member)


TAKING_AWAY = ((Deed.END, 3), (Deed.REVOKE, 1), (Deed.SUSPEND, 2), (Deed.REVISE, 2), (Deed.ANNUL, 1), (Deed.ARCHIVE, 1))

GROUPS: st.SearchStrategy[tuple[Step, ...]] = _often(
    (_steps(Deed.RECORD, RECORDERS), 5),
    (_at_once(Deed.SIGN), 8),
    (st.builds(_against, st.sampled_from(SIGNERS), WHICH, _often(*TAKING_AWAY)), 5),
    (_steps(Deed.SIGN, DECIDERS), 6),
    (_steps(Deed.REVISE, CHANGERS), 6),
    (_steps(Deed.ANNUL, CHANGERS), 5),
    (_steps(Deed.DECLINE, DECIDERS), 4),
    (_steps(Deed.SUBMIT, RECORDERS), 3),
    (_steps(Deed.COMMENT, DECIDERS), 2),
    (_steps(Deed.ROTATE, Member.OPERATOR_ADMIN), 3),
    (_steps(Deed.ARCHIVE, Member.OPERATOR_ADMIN), 1),
    (_steps(Deed.ROTATE, DECIDERS), 1),
    (_steps(Deed.SUCCEED, Member.OPERATOR_ADMIN), 1),
    (_steps(Deed.REVOKE, STAFF), 1),
    (_steps(Deed.SUSPEND, STAFF), 2),
    (_steps(Deed.RELEASE, STAFF), 2),
    (_steps(Deed.ISSUE, STAFF), 1),
    (_steps(Deed.END, STAFF), 3),
    (_steps(Deed.ASSIGN, STAFF), 2),
    (_steps(Deed.ABSENCE, STAFF), 2),
    (_steps(Deed.RETURN, STAFF), 2),
    (_steps(Deed.RETYPE, Member.OPERATOR_ADMIN), 1),
).flatmap(lambda strategy: strategy)


Round = tuple[Step, ...]


def _round(groups: list[tuple[Step, ...]]) -> Round:
    return tuple(step for group in groups for step in group)


def _story(deed: Deed, which: int, signing: tuple[Round, Round], beside: tuple[Round, Round, Round]) -> list[Round]:
    """A deed on an entry that is then signed by many, twice so that those whose turn is later come to it, with others
    at work meanwhile."""
    by = Member.OPERATOR_FIRST if deed is Deed.RECORD else Member.OPERATOR_ADMIN
    rounds = ((Step(deed, by, which),), *signing)
    # What is recorded now will be the newest.
    seen = 0 if deed is Deed.RECORD else which
    return [
        (*(replace(step, which=which if step.deed is deed else seen) for step in round_), *others)
        for round_, others in zip(rounds, beside, strict=True)
    ]


MEANWHILE = st.lists(GROUPS, min_size=0, max_size=2).map(_round)
STORIES = st.builds(
    _story,
    _often((Deed.ANNUL, 3), (Deed.RECORD, 2), (Deed.REVISE, 2)),
    WHICH,
    st.tuples(_at_once(Deed.SIGN) | _at_once(Deed.SIGN) | _at_once(Deed.DECLINE), _at_once(Deed.SIGN)),
    st.tuples(MEANWHILE, MEANWHILE, MEANWHILE),
)
CROWDS = st.lists(st.lists(GROUPS, min_size=2, max_size=4).map(_round), min_size=1, max_size=3)
CHAPTERS = st.lists(CROWDS | STORIES, min_size=2, max_size=4)
BEGINNING = (Step(Deed.RECORD, Member.OPERATOR_FIRST), Step(Deed.RECORD, Member.OPERATOR_ADMIN))


def _plan(kind: Kind, chapters: list[list[Round]]) -> Plan:
    return Plan(kind, (BEGINNING, *(round_ for chapter in chapters for round_ in chapter)))


PLANS = st.builds(_plan, st.sampled_from([*Kind]), CHAPTERS)
"""Every history begins with two entries: without them most deeds would have nothing to be done to."""
