"""What wakes the worker, and keeps its own house. Jobs carry no data: what is due is read from the rows."""

import datetime

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status

from messaging.delivery import sending
from messaging.inbox import watch
from messaging.outbox import staff
from messaging.running import heartbeat, restored

BATCH = 500  # messages a job looks at, and
ROUND = datetime.timedelta(seconds=5)  # how long it does, before it makes room for others
KEEP_JOBS = 7 * 24  # hours; those that succeeded are deleted at once
MOST_ATTEMPTS = 5  # of a job whose worker dies each time


@app.task(name="messaging.tasks.deliver_due", queueing_lock="deliver_due", pass_context=True)
def deliver_due(context: JobContext) -> None:
    if restored.may_send():
        _deliver(context)


def _deliver(context: JobContext) -> None:
    until = timezone.now() + ROUND
    sending.deliver_due(
        limit=BATCH,
        go_on=lambda: timezone.now() < until and not context.should_abort(),
        after_first=sending.wake_worker,  # whoever is free helps with the others
    )


@app.periodic(cron="* * * * * */5")
@app.task(name="messaging.tasks.tick", queueing_lock="tick", pass_context=True)
def tick(context: JobContext, timestamp: int) -> None:
    """Every five seconds: whatever is due, whether or not somebody was woken for it."""
    now = timezone.now()
    heartbeat.beat(now=now)
    if restored.may_send():
        sending.release_abandoned(now=now)
        _deliver(context)
    heartbeat.check_lateness(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="messaging.tasks.look_around", queueing_lock="look_around")
def look_around(timestamp: int) -> None:
    """Every minute: what has run out, what somebody should look at, and whom to tell of that."""
    now = timezone.now()
    if restored.may_send():
        watch.look_around(now=now)
        staff.notify(now=now)


@app.periodic(cron="* * * * *")
@app.task(name="messaging.tasks.tidy_jobs", queueing_lock="tidy_jobs", pass_context=True)
async def tidy_jobs(context: JobContext, timestamp: int) -> None:
    """Every minute: run again what died with its worker, and forget what is over."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        if job.queueing_lock or job.attempts >= MOST_ATTEMPTS:  # the clock brings the former again by itself
            await manager.finish_job(job, Status.FAILED, delete_job=bool(job.queueing_lock))
        else:
            await manager.retry_job(job)
    await manager.delete_old_jobs(
        KEEP_JOBS, include_failed=True, include_cancelled=True, include_aborted=True
    )
