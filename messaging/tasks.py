"""What wakes the worker. Jobs carry no data: what is due is read from the rows."""

from django.utils import timezone
from procrastinate.contrib.django import app

from messaging import delivery

BATCH = 50  # messages a job looks at before it makes room for others


@app.task(name="messaging.tasks.deliver_due", queueing_lock="deliver_due")
def deliver_due() -> None:
    delivery.beat(now=timezone.now())
    if delivery.deliver_due(limit=BATCH) == BATCH:
        delivery.wake_worker()


@app.periodic(cron="* * * * * */5")
@app.task(name="messaging.tasks.tick", queueing_lock="tick")
def tick(timestamp: int) -> None:
    """Every five seconds: whatever is due, whether or not somebody was woken for it."""
    now = timezone.now()
    delivery.beat(now=now)
    delivery.release_abandoned(now=now)
    deliver_due()
