"""Waking the worker. Apart from `messaging.delivery.sending`, so that whatever plans a message may import it."""

import contextlib

from django.db import connection, transaction
from django.db.models import Exists
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from messaging.models import WorkerBeat
from messaging.running import heartbeat

TASK, LOCK = "messaging.tasks.deliver_due", "deliver_due"
WAITING = ProcrastinateJob.objects.filter(queueing_lock=LOCK, status="todo")


def wake_worker() -> None:
    """Have the worker look for due messages as soon as the transaction has committed.

    Losing the wake-up costs seconds: the worker's clock looks as well.
    """
    transaction.on_commit(wake_now, robust=True)


def wake_now() -> None:
    """Have it look, by one look of our own where it has been woken already, as it has while much happens."""
    look = WorkerBeat.objects.annotate(is_awake=Exists(WAITING)).values_list("beat_at", "is_awake").first()
    beat_at, is_awake = look or (None, False)
    if not is_awake:
        _defer()
    heartbeat.notice_silence(beat_at=beat_at, now=timezone.now())


def _defer() -> None:
    # Within a transaction, as tests have it, a refusal must not break that; in none, a statement is one by itself.
    guard = transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
    # Somebody else may wake it this very moment.
    with contextlib.suppress(AlreadyEnqueued), guard:
        jobs.configure_task(TASK, queueing_lock=LOCK).defer()
