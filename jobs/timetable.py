"""What is done when. Times are UTC; minutes differ so that not everything comes at once."""

from __future__ import annotations

from jobs import mail
from jobs.task import Task
from rules import (
    authority_renewal,
    certificate_requests,
    compromise,
    entries,
    expiry,
    journals,
    object_import,
    orphaned_files,
    password_resets,
    revocation_lists,
    sign_in_delays,
    slot_watch,
    stamping,
)
from rules.mail import SEND_LINK, SEND_NOTICE

EVERY_MINUTE, EVERY_QUARTER = "* * * * *", "*/15 * * * *"

TIMETABLE: tuple[Task, ...] = (
    Task(name="stamping.stamp_later", rule=stamping.stamp_later, cron=EVERY_MINUTE, retried=False),
    Task(name="compromise.remind", rule=compromise.remind, cron=EVERY_QUARTER, retried=False),
    Task(name="revocation_lists.refresh", rule=revocation_lists.refresh, cron="7 * * * *"),
    Task(name="certificate_requests.expire", rule=certificate_requests.expire, cron="22 * * * *"),
    Task(name="authority_renewal.renew", rule=authority_renewal.renew, cron="37 2 * * *"),
    Task(name="orphaned_files.remove", rule=orphaned_files.remove, cron="52 * * * *"),
    Task(name=entries.SUCCEED, rule=journals.succeed, cron="2 * * * *"),
    Task(name="slot_watch.watch", rule=slot_watch.watch, cron="12,42 * * * *"),
    Task(name=object_import.TASK, rule=object_import.apply_requested),
    Task(name="sign_in_delays.forget", rule=sign_in_delays.forget, cron="27 3 * * *"),
    Task(name="expiry.give_notices", rule=expiry.give_notices, cron="20 * * * *"),
    Task(name=password_resets.SEND, rule=password_resets.send_reset),
    Task(name=SEND_LINK, rule=mail.send_link),
    Task(name=SEND_NOTICE, rule=mail.send_notice),
)
