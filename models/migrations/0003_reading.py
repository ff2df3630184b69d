"""What reading stands on: an index behind every order and count, and rows that stand where their parents stand, so that
who may see the parent may see them."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

SAME_PLACE = """
create function same_place() returns trigger language plpgsql as $$
declare
    parent record;
begin
    execute format('select object_id, type_id from %I where id = $1', tg_argv[0])
        into parent using (to_jsonb(new) ->> tg_argv[1])::uuid;
    if parent.object_id <> new.object_id or parent.type_id <> new.type_id then
        raise exception '%: object or type differs from its %', tg_table_name, tg_argv[0]
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$
"""

PLACE_PARENTS = (
    ("entries", "journals", "journal_id"),
    ("revisions", "entries", "entry_id"),
    ("slots", "revisions", "revision_id"),
    ("signatures", "slots", "slot_id"),
)


class Migration(migrations.Migration):
    dependencies = [("models", "0002_laws")]

    operations = [
        ops.AddIndex(
            model_name="Certificate",
            index=Index(fields=["user_id"], name="certificates_of_user"),
        ),
        ops.AddIndex(
            model_name="Entry",
            index=Index(fields=["journal_id", "status"], name="entries_of_journal"),
        ),
        ops.AddIndex(
            model_name="Event",
            index=Index(fields=["operator_id", "epoch", "transaction_id", "position"], name="events_of_operator"),
        ),
        ops.AddIndex(
            model_name="Event",
            index=Index(fields=["subscriber_id", "epoch", "transaction_id", "position"], name="events_of_subscriber"),
        ),
        ops.AddIndex(
            model_name="ServiceObject",
            index=Index(fields=["name_sort", "id"], name="objects_by_name"),
        ),
        ops.RunSQL(
            sql=[
                SAME_PLACE,
                *(
                    f"create trigger same_place before insert or update on {table} "
                    f"for each row execute function same_place('{parent}', '{column}')"
                    for table, parent, column in PLACE_PARENTS
                ),
            ],
            reverse_sql=[
                *(f"drop trigger same_place on {table}" for table, _, _ in PLACE_PARENTS),
                "drop function same_place()",
            ],
        ),
    ]
