insert into revisions (id, entry_id, object_id, type_id, operator_id, subscriber_id, number, kind, type_version_id,
                       payload, digest, previous_digest, "values", author_id, author_user_id, performed_at, recorded_at,
                       reason)
select pg_temp.key('revision', revision), pg_temp.key('entry', work), object_id, type_id, operator_id, subscriber_id, r,
       case when r = 2 and status = 'ANNULLED' then 'ANNULMENT' else 'RECORD' end, type_version_id,
       convert_to(content, 'UTF8'), encode(sha256(convert_to(content, 'UTF8')), 'hex'),
       encode(sha256(convert_to(former, 'UTF8')), 'hex'), content::jsonb -> 'values', author_id, author_user_id,
       performed_at, recorded_at, case when r = 2 then 'Уточнение' end
from pg_temp.contents order by revision
