"""The contract: printed, guarded, named as agreed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import strawberry
from graphql import ObjectTypeDefinitionNode, parse
from strawberry.permission import PermissionExtension

import schema
from models.enums import Language
from models.users import User
from resolvers import graph
from resolvers.graph import core_schema, uncovered
from rules.refusals import Code, Refusal
from rules.wording import REFUSALS
from schema.fields import Undeclared, answered_by, read_as, refuse_undeclared
from schema.people import Person
from schema.permissions import anyone

ROOTS = {"Query", "Mutation", "Subscription"}
SDL = Path(schema.__file__).with_name("schema.graphql")


def test_the_committed_contract_is_the_schema() -> None:
    assert SDL.read_text() == schema.build().as_str() + "\n"


def test_every_root_field_says_who_may() -> None:
    roots = [each for each in parse(SDL.read_text()).definitions if isinstance(each, ObjectTypeDefinitionNode)]
    fields = [each for root in roots if root.name.value in ROOTS for each in root.fields]
    assert len(fields) > 100
    for field in fields:
        assert [each.name.value for each in field.directives] == ["allowed"], field.name.value


def test_a_root_field_without_a_permission_cannot_be_built() -> None:
    @strawberry.type
    class Smuggled:
        open: int = strawberry.field(resolver=lambda: 1)

    with pytest.raises(Undeclared, match="open"):
        refuse_undeclared([Smuggled], [], core_schema(strawberry.Schema(Smuggled)))

    @strawberry.type
    class Declared:
        open: int = answered_by(lambda: 1, may=anyone)

    refuse_undeclared([Declared], [], core_schema(strawberry.Schema(Declared)))
    assert any(isinstance(e, PermissionExtension) for e in Declared.__strawberry_definition__.fields[0].extensions)  # type: ignore[attr-defined]


@strawberry.type
class Nothing:
    nothing: int = 0


def guarded() -> Any:
    """A field below the root with a permission of its own."""
    return read_as(graph.column(), may=anyone)


def checked_person() -> Any:
    """A row that may be hidden, by a policy that does not exist."""
    return graph.one("person", policy=graph.Policy.CHECKED)


@pytest.mark.parametrize(
    ("annotation", "field", "fault"),
    [
        (str, lambda: strawberry.field(default=""), "not declared where the value lives"),
        (str, lambda: graph.column("no_such"), "has no column no_such"),
        (str, lambda: graph.column("totp_confirmed_at"), "totp_confirmed_at may be null"),
        (datetime | None, lambda: graph.column("totp_confirmed_at"), None),
        (Decimal, lambda: graph.column("email"), "nothing says how Decimal is written"),
        (str, guarded, "permissions and extensions are for root fields"),
        (Person, checked_person, "must be nullable"),
        (Person | None, checked_person, "no policy for Person"),
        (Person, lambda: graph.one("person"), None),
    ],
)
def test_a_field_of_a_row_that_cannot_be_read_as_declared_cannot_be_built(
    annotation: Any, field: Callable[[], Any], fault: str | None
) -> None:
    class Smuggled:
        pass

    Smuggled.__annotations__ = {"smuggled": annotation}
    Smuggled.smuggled = field()  # type: ignore[attr-defined]
    before = dict(graph.NODES)
    try:
        row = graph.node(User)(Smuggled)
        found = list(uncovered(core_schema(strawberry.Schema(Nothing, types=[row]))))
    finally:
        graph.NODES.clear()
        graph.NODES.update(before)
    assert fault in "; ".join(found) if fault else found == []


def test_permission_and_policy_have_no_default() -> None:
    with pytest.raises(TypeError, match="may"):
        answered_by(lambda: 1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="policy"):
        graph.many(graph.NODES["Slot"], "revision", order=("id",))  # type: ignore[call-arg]


def test_every_refusal_has_words_in_both_languages() -> None:
    for code in Code:
        assert code.value in REFUSALS
    for reason, words in REFUSALS.items():
        assert set(words) == set(Language), reason
        assert words[Language.RU] != words[Language.EN]
        filled = {name: "x" for language in Language for _, name, _, _ in Formatter().parse(words[language]) if name}
        refusal = Refusal(Code.INVALID, reason, details=filled)
        assert "{" not in refusal.message(Language.RU) + refusal.message(Language.EN)
