"""Waking the worker. Apart from `messaging.delivery.sending`, so that whatever plans a message may import it."""

import contextlib

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued

from messaging.running import heartbeat

TASK, LOCK = "messaging.tasks.deliver_due", "deliver_due"
# Whatever plans a message asks this, so it is spelled out: composing the same by the ORM costs more than running it.
# While the database is down the worker can say nothing, and afterwards it has as long as ever to come back.
LOOK = """
SELECT (SELECT greatest(beat_at, pg_postmaster_start_time()) FROM messaging_workerbeat WHERE id = 1),
       EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')
"""


def wake_worker() -> None:
    """Have the worker look for due messages as soon as the transaction has committed.

    Losing the wake-up costs seconds: the worker's clock looks as well.
    """
    transaction.on_commit(wake_now, robust=True)


def wake_now() -> None:
    """Have it look, by one look of our own where it has been woken already, as it has while much happens."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [LOCK])
        beat_at, is_awake = cursor.fetchone()
    if not is_awake:
        _defer()
    heartbeat.notice_silence(beat_at=beat_at, now=timezone.now())


def _defer() -> None:
    # Within a transaction, as tests have it, a refusal must not break that; in none, a statement is one by itself.
    guard = transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
    # Somebody else may wake it this very moment.
    with contextlib.suppress(AlreadyEnqueued), guard:
        jobs.configure_task(TASK, queueing_lock=LOCK).defer()
