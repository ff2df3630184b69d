"""WHAT IS: tables, enums, constraints, migrations. Imports nothing of ours."""

MODULES: list[str] = [
    "models.organizations",
    "models.users",
    "models.objects",
    "models.journals",
    "models.entries",
    "models.signatures",
    "models.certificates",
    "models.events",
]
"""The modules that hold tables, for Tortoise."""

DELETABLE: list[str] = []
"""Tables the serving role may delete from: none, nothing here is ever deleted (design.md §3, law 2)."""
