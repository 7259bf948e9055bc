"""Waking the worker. Apart from `messaging.delivery.sending`, so that whatever plans a message may import it."""

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued

from messaging.running import heartbeat


def wake_worker() -> None:
    """Have the worker look for due messages as soon as the transaction has committed.

    Losing the wake-up costs seconds: the worker's clock looks as well.
    """
    transaction.on_commit(_enqueue_delivery, robust=True)


def _enqueue_delivery() -> None:
    try:
        with transaction.atomic():
            jobs.configure_task("messaging.tasks.deliver_due", queueing_lock="deliver_due").defer()
    except AlreadyEnqueued:
        pass  # the worker has been woken already
    heartbeat.notice_silence(now=timezone.now())
