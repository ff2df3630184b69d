-- The CMS is a constant octet: no query of the bench reads it.
insert into signatures (id, code, slot_id, revision_id, entry_id, object_id, type_id, operator_id, subscriber_id,
                        certificate_id, user_id, signer_id, side, basis, level, signed_at, cms)
select pg_temp.key('signature', slot), upper(md5(current_setting('benchmark.seed') || slot)),
       pg_temp.key('slot', slot), pg_temp.key('revision', revision), pg_temp.key('entry', work), object_id, type_id,
       operator_id, subscriber_id, certificate_id, user_id, signer_id, side, 'Приказ № 1', 'B',
       recorded_at + make_interval(mins => place), '\x00'
from pg_temp.places where slot_status = 'SIGNED' order by slot
