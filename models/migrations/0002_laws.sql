-- Run SQL
create unique index organization_inn_kpp on organizations (inn, kpp) nulls not distinct where inn is not null;
-- Run SQL
alter table journal_types alter constraint journal_types_current_version_id_fkey deferrable initially deferred;
alter table entries alter constraint entries_current_revision_id_fkey deferrable initially deferred;
-- Run SQL
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is immutable: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;
create trigger immutable before update or delete on people for each row execute function refuse_change();
create trigger immutable before update or delete on journal_type_versions for each row execute function refuse_change();
create trigger immutable before update or delete on closing_records for each row execute function refuse_change();
create trigger immutable before update or delete on revisions for each row execute function refuse_change();
create trigger immutable before update or delete on signatures for each row execute function refuse_change();
create trigger immutable before update or delete on agreements for each row execute function refuse_change();
create trigger immutable before update or delete on agreement_acceptances for each row execute function refuse_change();
create trigger immutable before update or delete on issuance_intents for each row execute function refuse_change();
create trigger immutable before update or delete on events for each row execute function refuse_change();
create trigger immutable_as_a_whole before truncate on people for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on journal_type_versions for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on closing_records for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on revisions for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on signatures for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on agreements for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on agreement_acceptances for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on issuance_intents for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on events for each statement execute function refuse_change();
-- Run SQL
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
end $$;
create trigger same_tenant before insert or update on objects for each row execute function same_tenant('contracts', 'contract_id');
create trigger same_tenant before insert or update on assignments for each row execute function same_tenant('objects', 'object_id');
create trigger same_tenant before insert or update on journals for each row execute function same_tenant('objects', 'object_id');
create trigger same_tenant before insert or update on closing_records for each row execute function same_tenant('journals', 'journal_id');
create trigger same_tenant before insert or update on entries for each row execute function same_tenant('journals', 'journal_id');
create trigger same_tenant before insert or update on revisions for each row execute function same_tenant('entries', 'entry_id');
create trigger same_tenant before insert or update on slots for each row execute function same_tenant('revisions', 'revision_id');
create trigger same_tenant before insert or update on signatures for each row execute function same_tenant('slots', 'slot_id');
