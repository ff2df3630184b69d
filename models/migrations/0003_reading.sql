-- Add index to Certificate
CREATE INDEX "certificates_of_user" ON "certificates" ("user_id");
-- Add index to Entry
CREATE INDEX "entries_of_journal" ON "entries" ("journal_id", "status");
-- Add index to Event
CREATE INDEX "events_of_operator" ON "events" ("operator_id", "epoch", "transaction_id", "position");
-- Add index to Event
CREATE INDEX "events_of_subscriber" ON "events" ("subscriber_id", "epoch", "transaction_id", "position");
-- Add index to ServiceObject
CREATE INDEX "objects_by_name" ON "objects" ("name_sort", "id");
-- Run SQL
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
end $$;
create trigger same_place before insert or update on entries for each row execute function same_place('journals', 'journal_id');
create trigger same_place before insert or update on revisions for each row execute function same_place('entries', 'entry_id');
create trigger same_place before insert or update on slots for each row execute function same_place('revisions', 'revision_id');
create trigger same_place before insert or update on signatures for each row execute function same_place('slots', 'slot_id');
