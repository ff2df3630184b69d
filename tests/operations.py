"""Random valid operations over the whole query type, found by asking the schema itself: new types are covered by
themselves. An operation is drawn from a seed; its variables can be drawn again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from operation_values import OMITTED, Draw, Pool, Value, arguments_of, literal, members_of

LONG = "a_response_key_that_is_longer_than_the_sixty_three_octets_of_a_name_in_postgresql_"
FRAGMENTS_DEEP = 3
MISCHIEF = 0.12
"""How many operations may hold what must be refused."""

Refusals = set[tuple[str, str | None]]


@dataclass
class Variable:
    """A declared variable: the text of its type and default, and how its value is drawn."""

    name: str
    declared: str
    draw: Draw


@dataclass
class Operation:
    """A document, how its variables are drawn, and what may be refused in it: (code, argument)."""

    document: str
    drawn: Sequence[Variable]
    refusals: Refusals

    def variables(self, random: Random) -> dict[str, Any]:
        """Values for the variables; some are left out, some null."""
        given = {variable.name: variable.draw(random) for variable in self.drawn}
        return {name: value for name, value in given.items() if value is not OMITTED}


@dataclass
class _Drawing:
    """One operation in the making."""

    schema: GraphQLSchema
    pool: Pool
    random: Random
    budget: int
    mischief: bool
    variables: list[Variable] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    named: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=set)
    aliases: int = 0

    def chance(self, likelihood: float) -> bool:
        return self.random.random() < likelihood

    # ------------------------------------------------------------------ the whole

    def operation(self) -> Operation:
        query = self.schema.query_type
        assert query is not None
        names = self.random.choices(list(query.fields), k=self.random.choice([1, 1, 1, 2, 2, 3]))
        parts = [self.field(name, query.fields[name], 6, alias=True) for name in names]
        if self.chance(0.05):
            parts.append("__typename")
        declared = ", ".join(variable.declared for variable in self.variables)
        head = f"query Drawn{f'({declared})' if declared else ''}"
        return Operation("\n".join([f"{head} {{ {' '.join(parts)} }}", *self.fragments]), self.variables, self.refusals)

    # ------------------------------------------------------------------ selections

    def selection(self, kind: GraphQLNamedType, depth: int, *, fresh: bool = False, nested: int = 0) -> str:
        """A selection set; `fresh`: every key in it is new, so that it can stand beside one on another type."""
        if isinstance(kind, GraphQLObjectType):
            return f"{{ {' '.join(self.fields(kind, depth, fresh=fresh, nested=nested))} }}"
        assert isinstance(kind, GraphQLInterfaceType)
        return f"{{ {' '.join(self.abstract(kind, depth, nested))} }}"

    def abstract(self, kind: GraphQLInterfaceType, depth: int, nested: int) -> list[str]:
        parts = [part for part, likely in (("__typename", 0.6), ("id", 0.6)) if self.chance(likely)]
        possible = self.schema.get_possible_types(kind)
        for member in self.random.choices(possible, k=self.random.randint(1, 4)):
            within = self.fields(member, depth - 1, fresh=True, nested=nested)
            parts.append(f"... on {member.name}{self.directive()} {{ {' '.join(within)} }}")
        if nested < FRAGMENTS_DEEP and self.chance(0.2):
            parts.append(self.spread(kind, depth, nested))
        return parts

    def fields(self, kind: GraphQLObjectType, depth: int, *, fresh: bool = False, nested: int = 0) -> list[str]:
        """What is selected of an object: fields, some twice, some in fragments."""
        leaves = [name for name, each in kind.fields.items() if is_leaf_type(get_named_type(each.type))]
        deeper = [name for name in kind.fields if name not in leaves]
        room = self.budget > 0
        chosen = self.random.choices(leaves, k=self.random.randint(0 if deeper and room else 1, 3)) if leaves else []
        if deeper and ((depth > 0 and room) or not leaves):
            chosen += self.random.choices(deeper, k=self.random.choice([1, 1, 1, 2, 2, 3]) if room else 1)
        parts = [
            self.field(name, kind.fields[name], depth, alias=fresh, nested=nested) for name in dict.fromkeys(chosen)
        ]
        if self.chance(0.12):
            parts.append("__typename")
        if chosen and self.chance(0.12):  # merged with, or beside, the same field
            name = self.random.choice(chosen)
            parts.append(self.field(name, kind.fields[name], depth - 2, alias=fresh, nested=nested))
        if self.chance(0.1) and nested < FRAGMENTS_DEEP:
            within = " ".join(self.fields(kind, depth - 1, fresh=fresh, nested=nested + 1))
            condition = self.random.choice([f"... on {kind.name}", "..."])
            parts.append(f"{condition}{self.directive()} {{ {within} }}")
        if not fresh and nested < FRAGMENTS_DEEP and self.chance(0.15):
            parts.append(self.spread(kind, depth, nested))
        self.random.shuffle(parts)
        return parts or ["__typename"]

    def spread(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, nested: int) -> str:
        """A named fragment: one that stands already, or a new one."""
        usable = [name for name, level in self.named.get(kind.name, []) if level > nested]
        if usable and self.chance(0.5):
            return f"...{self.random.choice(usable)}{self.directive()}"
        name = f"F{len(self.fragments)}"
        self.fragments.append("")
        place = len(self.fragments) - 1
        selection = self.selection(kind, depth - 1, nested=nested + 1)
        self.fragments[place] = f"fragment {name} on {kind.name} {selection}"
        self.named.setdefault(kind.name, []).append((name, nested + 1))
        return f"...{name}{self.directive()}"

    def field(self, name: str, core: GraphQLField, depth: int, *, alias: bool = False, nested: int = 0) -> str:
        self.budget -= 1
        arguments = self.arguments(name, core)
        key = ""
        if arguments or alias or self.chance(0.08):
            self.aliases += 1
            # Letters that a compiler could be tempted to name its own tables and rows by.
            letter = LONG if self.chance(0.06) else self.random.choice("aaarrtcn")
            key = f"{letter}{'' if self.aliases == 1 else self.aliases}: "
        named = get_named_type(core.type)
        below = "" if is_leaf_type(named) else " " + self.selection(named, depth - _steps(named), nested=nested)
        return f"{key}{name}{arguments}{self.directive()}{below}"

    def directive(self) -> str:
        if not self.chance(0.07):
            return ""
        name = self.random.choice(["skip", "include"])
        if self.chance(0.5):
            return f" @{name}(if: {self.random.choice(['true', 'false'])})"
        return f" @{name}(if: {self.variable('Boolean!', lambda random: random.random() < 0.5)})"

    # ------------------------------------------------------------------ arguments

    def arguments(self, name: str, core: GraphQLField) -> str:
        values = arguments_of(self.pool, name, core, self.random, mischief=self.mischief, refusals=self.refusals)
        written = [f"{argument}: {self.value(core.args[argument].type, value)}" for argument, value in values.items()]
        return f"({', '.join(written)})" if written else ""

    def value(self, kind: GraphQLInputType, value: Value) -> str:
        """A value as it is written: a literal, a variable, or an object of either."""
        if self.chance(0.4):
            return self.as_variable(kind, value)
        if isinstance(value.of, Mapping):
            fields = members_of(kind)
            parts = [f"{name}: {self.value(fields[name].type, each)}" for name, each in value.of.items()]
            return f"{{{', '.join(parts)}}}"
        drawn = value.draw(self.random)
        return "null" if drawn is OMITTED or drawn is None else literal(kind, drawn)

    def as_variable(self, kind: GraphQLInputType, value: Value) -> str:
        """A variable that is always given, sometimes null or left out where that is allowed, or left to its default."""
        if isinstance(kind, GraphQLNonNull) or value.needed:
            plain = str(kind).removesuffix("!")
            if self.chance(0.3):
                default = literal(kind, value.draw(self.random))
                return self.variable(f"{plain} = {default}", _sometimes(OMITTED, value.draw))
            return self.variable(f"{plain}!", value.draw)
        if self.chance(0.2):
            default = value.draw(self.random)
            text = "null" if default is None or default is OMITTED else literal(kind, default)
            return self.variable(f"{kind} = {text}", _sometimes(OMITTED, _sometimes(None, value.draw)))
        return self.variable(str(kind), _sometimes(OMITTED, _sometimes(None, value.draw)))

    def variable(self, kind: str, draw: Draw) -> str:
        name = f"v{len(self.variables)}"
        self.variables.append(Variable(name, f"${name}: {kind}", draw))
        return f"${name}"


def _sometimes(instead: Any, draw: Draw) -> Draw:
    return lambda random: instead if random.random() < 0.25 else draw(random)


def _steps(kind: GraphQLNamedType) -> int:
    """How much deeper a relation leads; a connection's own levels cost nothing."""
    return 0 if kind.name.endswith(("Connection", "Edge", "PageInfo")) else 1


def drawn(schema: GraphQLSchema, pool: Pool, seed: str) -> Operation:
    """The operation of a seed."""
    random = Random(seed)
    budget = random.choice([5, 10, 15, 25, 40])
    return _Drawing(schema, pool, random, budget, mischief=random.random() < MISCHIEF).operation()
