"""What the table declarations cannot say: what is born together, what never changes, what never contradicts."""

from tortoise import migrations
from tortoise.migrations import operations as ops

IMMUTABLE = (
    "people",
    "journal_type_versions",
    "closing_records",
    "revisions",
    "signatures",
    "agreements",
    "agreement_acceptances",
    "issuance_intents",
    "events",
)

REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is immutable: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$
"""

SAME_TENANT = """
create function same_tenant() returns trigger language plpgsql as $$
declare
    parent record;
begin
    execute format('select operator_id, subscriber_id from %I where id = $1', tg_argv[0])
        into parent using (to_jsonb(new) ->> tg_argv[1])::uuid;
    if parent.operator_id <> new.operator_id or parent.subscriber_id <> new.subscriber_id then
        raise exception '%: operator or subscriber differs from its %', tg_table_name, tg_argv[0]
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$
"""

TENANT_PARENTS = (
    ("objects", "contracts", "contract_id"),
    ("assignments", "objects", "object_id"),
    ("journals", "objects", "object_id"),
    ("closing_records", "journals", "journal_id"),
    ("entries", "journals", "journal_id"),
    ("revisions", "entries", "entry_id"),
    ("slots", "revisions", "revision_id"),
    ("signatures", "slots", "slot_id"),
)


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    operations = [
        ops.RunSQL(
            sql=[
                "create unique index organization_inn_kpp on organizations (inn, kpp) nulls not distinct "
                "where inn is not null"
            ],
            reverse_sql=["drop index organization_inn_kpp"],
        ),
        ops.RunSQL(
            sql=[
                "alter table journal_types alter constraint journal_types_current_version_id_fkey "
                "deferrable initially deferred",
                "alter table entries alter constraint entries_current_revision_id_fkey deferrable initially deferred",
            ],
            reverse_sql=[
                "alter table entries alter constraint entries_current_revision_id_fkey not deferrable",
                "alter table journal_types alter constraint journal_types_current_version_id_fkey not deferrable",
            ],
        ),
        ops.RunSQL(
            sql=[
                REFUSE,
                *(
                    f"create trigger immutable before update or delete on {table} "
                    "for each row execute function refuse_change()"
                    for table in IMMUTABLE
                ),
                *(
                    f"create trigger immutable_as_a_whole before truncate on {table} "
                    "for each statement execute function refuse_change()"
                    for table in IMMUTABLE
                ),
            ],
            reverse_sql=[
                *(f"drop trigger immutable on {table}" for table in IMMUTABLE),
                *(f"drop trigger immutable_as_a_whole on {table}" for table in IMMUTABLE),
                "drop function refuse_change()",
            ],
        ),
        ops.RunSQL(
            sql=[
                SAME_TENANT,
                *(
                    f"create trigger same_tenant before insert or update on {table} "
                    f"for each row execute function same_tenant('{parent}', '{column}')"
                    for table, parent, column in TENANT_PARENTS
                ),
            ],
            reverse_sql=[
                *(f"drop trigger same_tenant on {table}" for table, _, _ in TENANT_PARENTS),
                "drop function same_tenant()",
            ],
        ),
    ]
