"""What the worker does about bookings by the clock. Jobs carry no data: everything is read from the rows."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from bookings.catalogue import materials
from bookings.intake import overdue
from bookings.visits import expiry, invitations, watch

logger = logging.getLogger(__name__)

STEPS = [
    expiry.expire_requests,
    invitations.read_answers,
    overdue.look,
    watch.look,
    materials.forget_deleted,
]


@app.periodic(cron="* * * * *")
@app.task(name="bookings.tasks.look", queueing_lock="bookings.look")
def look(timestamp: int) -> None:
    """Every minute: what has run out, what somebody should look at, what nobody needs any more.

    A step that fails is logged, and keeps no other from being done.
    """
    now = timezone.now()
    for step in STEPS:
        try:
            step(now=now)
        except Exception:
            logger.exception(
                "the worker could not look after bookings",
                extra={"step": f"{step.__module__}.{step.__name__}"},
            )
