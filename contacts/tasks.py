"""Working off what came in. Jobs carry no data: what waits is read from the rows."""

import datetime

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext

from contacts import inbound, unverified
from messaging.inbound import events

BATCH = 500  # events a job looks at, and
ROUND = datetime.timedelta(seconds=5)  # how long it does, before it makes room for others


@app.periodic(cron="* * * * * */5")
@app.task(name="contacts.tasks.process_events", queueing_lock="process_events", pass_context=True)
def process_events(context: JobContext, timestamp: int | None = None) -> None:
    """As soon as a webhook has brought something, and every five seconds."""
    now = timezone.now()
    until = now + ROUND
    inbound.process_events(
        limit=BATCH, now=now, go_on=lambda: timezone.now() < until and not context.should_abort()
    )


def wake() -> None:
    """Have what came in worked off as soon as the transaction has committed. Losing that costs five seconds."""
    transaction.on_commit(_enqueue, robust=True)


def _enqueue() -> None:
    try:
        with transaction.atomic():
            process_events.defer()
    except AlreadyEnqueued:
        pass  # the worker has been woken already


@app.periodic(cron="17 * * * *")
@app.task(name="contacts.tasks.forget_events", queueing_lock="forget_events")
def forget_events(timestamp: int) -> None:
    events.forget(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="contacts.tasks.end_floods", queueing_lock="end_floods")
def end_floods(timestamp: int) -> None:
    """Every minute: floods of strangers that are over."""
    unverified.end_floods(now=timezone.now())
