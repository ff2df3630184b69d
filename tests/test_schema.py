"""The contract: printed, guarded, named as agreed."""

from __future__ import annotations

from pathlib import Path

import pytest
import strawberry
from strawberry.permission import PermissionExtension

import schema
from models.enums import Language
from resolvers import graph
from rules.refusals import Code, Refusal
from rules.wording import REFUSALS
from schema.fields import Undeclared, answered_by, refuse_undeclared
from schema.permissions import anyone

SDL = Path(schema.__file__).with_name("schema.graphql")


def test_the_committed_contract_is_the_schema() -> None:
    assert SDL.read_text() == schema.build().as_str() + "\n"


def test_every_root_field_says_who_may() -> None:
    for line in SDL.read_text().split("type Query {")[1].split("\n}")[0].splitlines():
        if ":" in line and not line.strip().startswith('"'):
            assert "@allowed(to:" in line, line


def test_a_root_field_without_a_permission_cannot_be_built() -> None:
    @strawberry.type
    class Smuggled:
        open: int = strawberry.field(resolver=lambda: 1)

    with pytest.raises(Undeclared, match="open"):
        refuse_undeclared([Smuggled], [])

    @strawberry.type
    class Declared:
        open: int = answered_by(lambda: 1, may=anyone)

    refuse_undeclared([Declared], [])
    assert any(isinstance(e, PermissionExtension) for e in Declared.__strawberry_definition__.fields[0].extensions)  # type: ignore[attr-defined]


def test_a_field_of_a_row_without_a_declaration_cannot_be_built() -> None:
    from models.users import Person

    @graph.node(Person)
    class Smuggled:
        name: str = graph.column()
        secret: str

    with pytest.raises(Undeclared, match="secret"):
        refuse_undeclared([], [Smuggled])
    del graph.NODES["Smuggled"]


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
    details = {
        "seconds": 3,
        "revision": 2,
        "version": 1,
        "most": 9,
        "first": 1900,
        "last": 2200,
        "least": 1,
        "column": "c",
        "cause": "c",
    }
    for reason in REFUSALS:
        refusal = Refusal(Code.INVALID, reason, details=details)
        assert "{" not in refusal.message(Language.RU) + refusal.message(Language.EN)
