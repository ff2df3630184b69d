"""WHAT IS: tables, enums, constraints, migrations. Imports nothing of ours."""

import contextvars

from tortoise import Tortoise

MODULES: list[str] = [
    "models.organizations",
    "models.users",
    "models.identity",
    "models.service_accounts",
    "models.objects",
    "models.journals",
    "models.attachments",
    "models.entries",
    "models.signatures",
    "models.certificates",
    "models.revocation",
    "models.events",
    "models.imports",
]
"""The modules that hold tables, for Tortoise."""

DELETABLE: list[str] = [
    "drafts",
    "draft_attachments",
    "attachments",
    "challenges",
    "failed_tries",
    "known_devices",
]
"""Tables the serving role may delete from: what no entry holds yet, what a sign-in leaves behind, and no more
(design.md §3, law 2)."""


def declare() -> None:
    """Resolve the relations between the tables without a database, for whoever reads the models' metadata."""
    # In a context of its own: Tortoise would leave an unconnected one behind, found before the connected one.
    contextvars.Context().run(Tortoise.init_models, MODULES, "models")
