-- One more event of the kind that rules.signing.decline_entry records, and the bell that rules.unit rings by its commit.
-- $1 the entry
insert into events (id, epoch, kind, occurred_at, operator_id, subscriber_id, object_id, type_id, journal_id, entry_id,
                    revision_id, changes)
select gen_random_uuid(), (select max(number) from epochs), 'ENTRY_DECLINED', date_trunc('second', now()), operator_id,
       subscriber_id, object_id, type_id, journal_id, id, current_revision_id, '{}'
from entries where id = $1
