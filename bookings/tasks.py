"""What the worker does about bookings by the clock. Jobs carry no data: everything is read from the rows."""

from django.utils import timezone
from procrastinate.contrib.django import app

from bookings import watch


@app.periodic(cron="* * * * *")
@app.task(name="bookings.tasks.look", queueing_lock="bookings.look")
def look(timestamp: int) -> None:
    """Every minute: forms that are overdue, and visits without an outcome."""
    watch.look(now=timezone.now())
