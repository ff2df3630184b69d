-- Objects, who is assigned to them, and their journals.

insert into objects (id, contract_id, operator_id, subscriber_id, name, name_sort, address, time_zone, contacts,
                     created_at)
select pg_temp.key('object', n), pg_temp.key('contract', contract), pg_temp.key('organization', operator),
       pg_temp.key('organization', subscriber), 'Объект ' || lpad(place::text, 6, '0'),
       'объект ' || lpad(place::text, 6, '0'), 'Москва, ул. Проектная, д. ' || n, 'Europe/Moscow', '[]',
       '2024-12-01Z'
-- the order of names is not that of making
from sites, lateral (select (n::bigint * 7919) % 1000003) as named(place);

create temp table duties as
select row_number() over (order by n, place) as duty, n as site, account, place, operator, subscriber
from sites, lateral (values (0, operator_signer), (1, operator_second), (2, subscriber_signer),
                            (3, subscriber_signer + 1)) as assigned(place, account);

insert into assignments (id, object_id, operator_id, subscriber_id, user_id, person_id, duty, all_types, valid_from,
                         basis, created_at)
select pg_temp.key('assignment', duty), pg_temp.key('object', site), pg_temp.key('organization', operator),
       pg_temp.key('organization', subscriber), pg_temp.key('user', account), pg_temp.key('person', account),
       case when place in (0, 2) then 'RESPONSIBLE' else 'PARTICIPANT' end, place <> 1, '2024-12-01Z', 'Приказ № 1',
       '2024-12-01Z'
from duties;

-- The second employee of the operator is assigned for two of the five types only.
insert into assignment_types (id, assignment_id, type_id)
select pg_temp.key('assignment type', 2 * duty + t), pg_temp.key('assignment', duty),
       pg_temp.key('type', (site + t) % 5)
from duties, generate_series(0, 1) as t where place = 1;

insert into journals (id, object_id, operator_id, subscriber_id, type_id, volume, status, last_number, opened_at,
                      closed_at, previous_id, previous_digest)
select journal_id, object_id, operator_id, subscriber_id, type_id, case when later then 2 else 1 end,
       case when archived then 'ARCHIVED' else 'ACTIVE' end, entries,
       case when later then '2025-02-01Z'::timestamptz else '2024-12-15Z' end,
       case when archived then '2025-02-01Z'::timestamptz end, case when later then pg_temp.key('journal', journal + 3) end,
       case when later then encode(sha256(convert_to('closing' || journal + 3, 'UTF8')), 'hex') end
from volumes;

insert into closing_records (id, journal_id, operator_id, subscriber_id, person_id, entry_count, incomplete_count,
                             payload, digest, closed_at)
select pg_temp.key('closing', journal), journal_id, operator_id, subscriber_id, author_id, entries, 0,
       convert_to('closing' || journal, 'UTF8'), encode(sha256(convert_to('closing' || journal, 'UTF8')), 'hex'),
       '2025-02-01Z'
from volumes where archived;
