"""The second wall (design.md §4): PostgreSQL itself shows a row of one organisation's to no other, whatever a statement
forgets to ask. Who asks stands in the setting `journals.organization`: an organisation's id, or `every` for the owner and
for the product's own work; without it nothing is shown."""

from tortoise import migrations
from tortoise.migrations import operations as ops

SETTING = "current_setting('journals.organization', true)"
EVERY = f"(select {SETTING}) = 'every'"
OWN = f"(select nullif(nullif({SETTING}, 'every'), '')::uuid)"
PARTY = f"operator_id = {OWN} or subscriber_id = {OWN} or {EVERY}"
SHARED = f"in (select h.former_id from object_successions h where h.operator_id = {OWN} and h.shares_history)"
"""What was recorded under an object that another of the operator's stands for (law 11)."""

VISIBLE = {
    "contracts": f"{PARTY} or exists(select 1 from objects o where o.contract_id = contracts.id)",
    "object_successions": PARTY,
    "object_imports": PARTY,
    "assignments": PARTY,
    "drafts": PARTY,
    # What its own people did and were told, too, even where it touches another organisation alone or none.
    "events": f"{PARTY} or actor_user_id in (select u.id from users u where u.organization_id = {OWN})"
    " or exists(select 1 from notifications n join users u on u.id = n.user_id"
    f" where n.event_id = events.id and u.organization_id = {OWN})",
    "objects": f"{PARTY} or id {SHARED}",
    **{
        table: f"{PARTY} or object_id {SHARED}"
        for table in (
            "systems",
            "journals",
            "entries",
            "revisions",
            "slots",
            "signatures",
            "comments",
            "revision_attachments",
        )
    },
    "closing_records": f"{PARTY} or exists(select 1 from journals j where j.id = journal_id)",
    "journal_types": f"operator_id is null or operator_id = {OWN} or {EVERY}"
    " or exists(select 1 from journals j where j.type_id = journal_types.id)",
}

STRICT = """
create or replace function {name}() returns trigger language plpgsql as $$
declare
    parent record;
begin
    execute format('select {one}_id, {other}_id from %I where id = $1', tg_argv[0])
        into parent using (to_jsonb(new) ->> tg_argv[1])::uuid;
    if parent.{one}_id is distinct from new.{one}_id or parent.{other}_id is distinct from new.{other}_id then
        raise exception '%: {one} or {other} differs from its %', tg_table_name, tg_argv[0]
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0005_journals")]

    operations = [
        ops.RunSQL(
            sql=[
                # Counts by status are read off the index alone: so it holds what the policy looks at.
                "drop index entries_of_journal",
                "create index entries_of_journal on entries (journal_id, status)"
                " include (operator_id, subscriber_id, object_id)",
            ],
            reverse_sql=[
                "drop index entries_of_journal",
                "create index entries_of_journal on entries (journal_id, status)",
            ],
        ),
        ops.RunSQL(
            # A parent that is not shown to who writes would be compared with nothing, and nothing refused.
            sql=[STRICT.format(name="same_tenant", one="operator", other="subscriber")]
            + [STRICT.format(name="same_place", one="object", other="type")],
            reverse_sql=[],
        ),
        ops.RunSQL(
            sql=[
                statement
                for table, visible in VISIBLE.items()
                for statement in (
                    f"alter table {table} enable row level security",
                    f"alter table {table} force row level security",
                    f"create policy shown on {table} for select using ({visible})",
                    f"create policy added on {table} for insert with check (true)",
                    f"create policy changed on {table} for update using ({visible})",
                    f"create policy removed on {table} for delete using ({visible})",
                )
            ],
            reverse_sql=[
                statement
                for table in VISIBLE
                for statement in (
                    *(f"drop policy {name} on {table}" for name in ("shown", "added", "changed", "removed")),
                    f"alter table {table} no force row level security",
                    f"alter table {table} disable row level security",
                )
            ],
        ),
    ]
