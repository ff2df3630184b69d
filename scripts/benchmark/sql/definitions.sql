-- What every connection that fills needs: numbers, keys, and what each row is made of. data.Size tells the numbers.

create function pg_temp.number(name text) returns int stable parallel safe language sql as $$
    select current_setting('benchmark.' || name)::int
$$;

-- A key as models.keys.uuid7 makes them, ordered by time, but always the same for the same kind and number.
create function pg_temp.key(kind text, number bigint) returns uuid stable parallel safe language sql as $$
    select overlay(overlay(
        lpad(to_hex(1735689600000 + number), 12, '0') || substr(md5(current_setting('benchmark.seed') || kind || number), 1, 20)
        placing '7' from 13) placing '8' from 17)::uuid
$$;

create temp table sites as
select o as n, 1 + o % operators as operator, 1 + operators + subscriber as subscriber, subscriber as contract,
       -- the accounts that may sign: two employees of the operator in turn, the two of the subscriber
       1 + operators + (o % operators) * employees + (o / operators) % employees as operator_signer,
       1 + operators + (o % operators) * employees + (o / operators + 1) % employees as operator_second,
       1 + operators + operators * employees + subscribers + 2 * subscriber as subscriber_signer
from generate_series(0, pg_temp.number('objects') - 1) as o,
     lateral (select pg_temp.number('operators'), pg_temp.number('subscribers'), pg_temp.number('employees'))
         as size(operators, subscribers, employees),
     -- a subscriber is served by one operator
     lateral (select o % operators + operators * ((o / operators) % (subscribers / operators))) as served(subscriber);

-- Five volumes an object: three active, and the two archived ones (3 and 4) before the first two.
create temp table volumes as
select sites.*, v, sites.n * 5 + v as journal, (sites.n + v % 3) % 5 as type, v >= 3 as archived, v < 2 as later,
       case v when 0 then 100 when 1 then 20 when 2 then 20 else 5 end as entries,
       pg_temp.key('object', sites.n) as object_id, pg_temp.key('journal', sites.n * 5 + v) as journal_id,
       pg_temp.key('type', (sites.n + v % 3) % 5) as type_id,
       pg_temp.key('type version', (sites.n + v % 3) % 5) as type_version_id,
       pg_temp.key('organization', operator) as operator_id, pg_temp.key('organization', subscriber) as subscriber_id,
       pg_temp.key('user', operator_signer) as author_user_id, pg_temp.key('person', operator_signer) as author_id
from sites, generate_series(0, 4) as v;

create temp table signers as
select n, place, account, pg_temp.key('user', account) as user_id, pg_temp.key('person', account) as signer_id,
       pg_temp.key('certificate', account) as certificate_id,
       case place when 1 then 'OPERATOR' else 'SUBSCRIBER' end as side
from sites, lateral (values (1, operator_signer), (2, subscriber_signer)) as signer(place, account);

-- The works of one turn, of which there are 150: each gives every object one work, as time goes on. First the archived
-- volumes are filled, then of each seven works five go to volume 0 and one each to 1 and 2. Of each hundred works
-- 85 are SIGNED (9 of them after a revision), 10 AWAITING_SIGNATURES, 3 DECLINED, 2 ANNULLED: two signatures a work.
create view pg_temp.works as
select volumes.*, work, number, status,
       case when status = 'ANNULLED' or lot between 20 and 28 then 2 else 1 end as revisions,
       -- two years, to the whole second
       '2025-02-01Z'::timestamptz
           + make_interval(secs => work * (63072000 / (pg_temp.number('objects') * 150))) as performed_at
from (select pg_temp.number('turn'), (pg_temp.number('turn') - 10) / 7, (pg_temp.number('turn') - 10) % 7)
         as turn(i, round, place)
     join volumes on v = case when i < 10 then 3 + i / 5 when place < 5 then 0 else place - 4 end,
     lateral (select i::bigint * pg_temp.number('objects') + n,
                     case when i < 10 then i % 5 + 1 when place < 5 then round * 5 + place + 1 else round + 1 end)
         as entry(work, number),
     lateral (select (work * 61 + work / 100 * 37 + i * 13) % 100) as drawn(lot),
     lateral (select case when lot < 10 then 'AWAITING_SIGNATURES' when lot < 13 then 'DECLINED'
                          when lot < 15 then 'ANNULLED' else 'SIGNED' end) as stands(status);

create view pg_temp.contents as
select works.*, r, 4 * work + r as revision, format(template, r) as content,
       case when r = 2 then format(template, 1) end as former, performed_at + make_interval(hours => r) as recorded_at
from pg_temp.works, generate_series(1, revisions) as r,
     lateral (select '{"entry":' || work || ',"revision":%1$s,"values":{"reading":' || work % 1000
                     || ',"result":"исправно","work":"Проверка № ' || number || '.%1$s"}}') as content(template);

-- Slot 1 is the operator's, slot 2 the subscriber's.
create view pg_temp.places as
select contents.*, place, side, user_id, signer_id, certificate_id, revision * 2 + place as slot,
       case when place = 1 then 'SIGNED'
            when r < revisions and status <> 'ANNULLED' then 'WITHDRAWN'
            when status = 'AWAITING_SIGNATURES' then 'OPEN'
            when status = 'DECLINED' then 'DECLINED'
            else 'SIGNED' end as slot_status
from pg_temp.contents join signers using (n);
