insert into entries (id, journal_id, object_id, type_id, operator_id, subscriber_id, number, status,
                     current_revision_id, record_revision_id, author_id, request_digest, created_at)
select pg_temp.key('entry', work), journal_id, object_id, type_id, operator_id, subscriber_id, number, status,
       pg_temp.key('revision', 4 * work + revisions), pg_temp.key('revision', 4 * work + revisions), author_user_id,
       '-', performed_at + interval '1 hour'
from pg_temp.works order by work
