-- Who is there: organisations, people with sessions and certificates, contracts, journal types.

insert into organizations (id, kind, name, name_sort, created_at)
select pg_temp.key('organization', n), kind, kind_name || ' ' || lpad(n::text, 4, '0'),
       lower(kind_name) || ' ' || lpad(n::text, 4, '0'), '2024-12-01Z'
from generate_series(0, pg_temp.number('operators') + pg_temp.number('subscribers')) as n,
     lateral (select case when n = 0 then 'OWNER' when n <= pg_temp.number('operators') then 'OPERATOR'
                          else 'SUBSCRIBER' end) as k(kind),
     lateral (select case kind when 'OWNER' then 'Владелец' when 'OPERATOR' then 'Оператор'
                               else 'Абонент' end) as named(kind_name);

-- Accounts by number: the owner's, one admin an operator, the operators' employees, one admin a subscriber, two
-- employees a subscriber.
create temp table accounts as
select row_number() over (order by rank, organization, place) - 1 as n, * from (
    select 0 as rank, 0 as organization, 0 as place, 'SUPERADMIN' as role, null as side
    union all
    select 1, o, 0, 'OPERATOR_ADMIN', 'OPERATOR' from generate_series(1, pg_temp.number('operators')) as o
    union all
    select 2, o, e, 'OPERATOR_EMPLOYEE', 'OPERATOR'
    from generate_series(1, pg_temp.number('operators')) as o, generate_series(0, pg_temp.number('employees') - 1) as e
    union all
    select 3, pg_temp.number('operators') + s, 0, 'SUBSCRIBER_ADMIN', 'SUBSCRIBER'
    from generate_series(1, pg_temp.number('subscribers')) as s
    union all
    select 4, pg_temp.number('operators') + s, e, 'SUBSCRIBER_EMPLOYEE', 'SUBSCRIBER'
    from generate_series(1, pg_temp.number('subscribers')) as s, generate_series(0, 1) as e
) as accounts;

insert into people (id, name, surname, given_name, position, organization, side)
select pg_temp.key('person', n), 'Фамилия' || n || ' Имя Отчество', 'Фамилия' || n, 'Имя Отчество',
       case when role like '%ADMIN' then 'Директор' else 'Электромонтёр' end, o.name, side
from accounts join organizations o on o.id = pg_temp.key('organization', organization);

insert into users (id, organization_id, person_id, name_sort, email, role, language, password_hash, active,
                   created_at)
select pg_temp.key('user', n), pg_temp.key('organization', organization), pg_temp.key('person', n),
       'фамилия' || n || ' имя отчество', 'user' || n || '@benchmark.test', role, 'ru', 'none', true, '2024-12-01Z'
from accounts;

-- The token of account n, of which only this digest is kept as everywhere, is written by data.token.
insert into sessions (id, user_id, token_digest, created_at, expires_at)
select pg_temp.key('session', n), pg_temp.key('user', n),
       encode(sha256(convert_to('benchmark-' || current_setting('benchmark.seed') || '-' || n, 'UTF8')), 'hex'),
       '2024-12-01Z', '2100-01-01Z'
from accounts;

-- Keys, requests and certificates hold their columns' shortest values: no query of the bench reads DER.
insert into signing_keys (id, user_id, custody, public_key, public_key_digest, sealed, pin_failures, created_at)
select pg_temp.key('signing key', n), pg_temp.key('user', n), 'SERVER', '\x00',
       encode(sha256(convert_to('public key' || n, 'UTF8')), 'hex'), '\x00', 0, '2024-12-01Z'
from accounts;

insert into certificate_requests (id, kind, status, user_id, requested_by_id, organization_id, person_id, key_id,
                                  certification_request, created_at, expires_at, decided_by_id, decided_at,
                                  identification_method)
select pg_temp.key('request', n), 'ISSUE', 'ISSUED', pg_temp.key('user', n), pg_temp.key('user', n),
       pg_temp.key('organization', organization), pg_temp.key('person', n), pg_temp.key('signing key', n), '\x00',
       '2024-12-01Z', '2024-12-31Z', pg_temp.key('user', 0), '2024-12-02Z', 'IN_PERSON'
from accounts where n > 0;

insert into certificates (id, user_id, organization_id, holder_id, request_id, key_id, serial, status, custody,
                          not_before, not_after, fingerprint, issuer_key_id, der, lint, issued_at)
select pg_temp.key('certificate', n), pg_temp.key('user', n), pg_temp.key('organization', organization),
       pg_temp.key('person', n), pg_temp.key('request', n), pg_temp.key('signing key', n),
       upper(md5('serial' || n)), 'ACTIVE', 'SERVER', '2024-12-02Z', '2099-12-02Z',
       encode(sha256(convert_to('certificate' || n, 'UTF8')), 'hex'), '00', '\x00', '{}', '2024-12-02Z'
from accounts where n > 0;

-- Subscriber s is served by one operator, under one contract.
insert into contracts (id, operator_id, subscriber_id, number, starts_on, shares_history, created_at)
select pg_temp.key('contract', s), pg_temp.key('organization', 1 + s % pg_temp.number('operators')),
       pg_temp.key('organization', 1 + pg_temp.number('operators') + s), 'Д-' || s, '2024-12-01', false,
       '2024-12-01Z'
from generate_series(0, pg_temp.number('subscribers') - 1) as s;

insert into journal_types (id, code, name_ru, name_en, current_version_id, draft, created_at)
select pg_temp.key('type', n), 'TYPE_' || n, 'Журнал вида ' || n, 'Journal of kind ' || n,
       pg_temp.key('type version', n), false, '2024-12-01Z'
from generate_series(0, 4) as n;

insert into journal_type_versions (id, type_id, number, name_ru, name_en, regulation, columns, signature_policy,
                                   retention_years, record_within_hours, created_at)
select pg_temp.key('type version', n), pg_temp.key('type', n), 1, 'Журнал вида ' || n, 'Journal of kind ' || n, '—',
       '[]', '[{"side": "OPERATOR", "duty": "RESPONSIBLE", "order": 1, "group": 1, "deadline_days": null},
               {"side": "SUBSCRIBER", "duty": "RESPONSIBLE", "order": 2, "group": 2, "deadline_days": null}]',
       5, 24, '2024-12-01Z'
from generate_series(0, 4) as n;
