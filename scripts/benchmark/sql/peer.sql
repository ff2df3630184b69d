-- What the peer needs beside the product's tables: a role of its own, and policies for the three tables that its root
-- fields read. What hangs below them is implied, as for the bare server, and has no root field; the product's own policies
-- let the peer pass there.
create schema bench;
grant usage on schema bench to bench_peer;
create view bench.actor as
select u.id, u.organization_id, u.role
from sessions s join users u on u.id = s.user_id
where s.token_digest = current_setting('app.token_digest', true)
  and s.ended_at is null and s.expires_at > now() and u.active;

grant select on bench.actor, sessions, users, assignments, assignment_types, objects, journals, journal_types, entries,
    revisions, slots, signatures, certificates, people to bench_peer;

create policy bench_peer on assignments to bench_peer using (true);
create policy bench_peer on journal_types to bench_peer using (true);
create policy bench_peer on revisions to bench_peer using (true);
create policy bench_peer on slots to bench_peer using (true);
create policy bench_peer on signatures to bench_peer using (true);
create policy bench_peer on objects to bench_peer using (
    case (select role from bench.actor)
        when 'SUPERADMIN' then true
        when 'OPERATOR_ADMIN' then operator_id = (select organization_id from bench.actor)
        when 'SUBSCRIBER_ADMIN' then subscriber_id = (select organization_id from bench.actor)
        else exists(
            select from assignments a where a.object_id = objects.id and a.user_id = (select id from bench.actor)
            and a.valid_from <= now() and (a.valid_to is null or a.valid_to > now()))
    end);
create policy bench_peer on journals to bench_peer using (
    case (select role from bench.actor)
        when 'SUPERADMIN' then true
        when 'OPERATOR_ADMIN' then operator_id = (select organization_id from bench.actor)
        when 'SUBSCRIBER_ADMIN' then subscriber_id = (select organization_id from bench.actor)
        else exists(
            select from assignments a where a.object_id = journals.object_id
            and a.user_id = (select id from bench.actor)
            and a.valid_from <= now() and (a.valid_to is null or a.valid_to > now())
            and (a.all_types or exists(
                select from assignment_types t where t.assignment_id = a.id and t.type_id = journals.type_id)))
    end);
create policy bench_peer on entries to bench_peer using (
    case (select role from bench.actor)
        when 'SUPERADMIN' then true
        when 'OPERATOR_ADMIN' then operator_id = (select organization_id from bench.actor)
        when 'SUBSCRIBER_ADMIN' then subscriber_id = (select organization_id from bench.actor)
        else exists(
            select from assignments a where a.object_id = entries.object_id
            and a.user_id = (select id from bench.actor)
            and a.valid_from <= now() and (a.valid_to is null or a.valid_to > now())
            and (a.all_types or exists(
                select from assignment_types t where t.assignment_id = a.id and t.type_id = entries.type_id)))
    end);
