insert into slots (id, entry_id, revision_id, object_id, type_id, operator_id, subscriber_id, side, duty, "order",
                   "group", status, decided_by_id, decided_at, declined_reason)
select pg_temp.key('slot', slot), pg_temp.key('entry', work), pg_temp.key('revision', revision), object_id, type_id,
       operator_id, subscriber_id, side, 'RESPONSIBLE', place, place, slot_status,
       case when slot_status in ('SIGNED', 'DECLINED') then user_id end,
       case when slot_status in ('SIGNED', 'DECLINED') then recorded_at + make_interval(mins => place) end,
       case when slot_status = 'DECLINED' then 'Не согласен' end
from pg_temp.places order by slot
