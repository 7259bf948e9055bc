"""Whether the worker lives and keeps up. The worker says so itself; when it is dead, the web has to notice.

Messages that only wait for a provider which is being given a rest are not late: the alert about that provider tells.
"""

import datetime

from django.urls import reverse

from alerts import services as alerts
from alerts.models import Alert
from messaging.models import Message, WorkerBeat
from messaging.running import circuit, restored

LATE_AFTER = datetime.timedelta(minutes=5)
ALERT = {"kind": Alert.Kind.WORKER_LATE, "source_key": "worker"}


def beat(*, now: datetime.datetime) -> None:
    """Say that the worker is alive."""
    rows = [WorkerBeat(pk=1, beat_at=now)]
    WorkerBeat.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["pk"], update_fields=["beat_at"]
    )


def is_late(
    *, due_since: datetime.datetime | None, beat_at: datetime.datetime | None, now: datetime.datetime
) -> bool:
    """Whether messages leave late.

    :param due_since: when the oldest message that still waits was due; None: nothing waits
    :param beat_at: when the worker was last alive; None: it has never run
    """
    if due_since is None:
        return False
    return due_since <= now - LATE_AFTER or is_silent(beat_at=beat_at, now=now)


def is_silent(*, beat_at: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Whether the worker has stopped. One that has never run is no matter until something has waited for it."""
    return beat_at is not None and beat_at <= now - LATE_AFTER


def check_lateness(*, now: datetime.datetime) -> None:
    """Raise an alert while messages leave late, once; it resolves itself when the worker has caught up."""
    known = Alert.objects.ongoing(**ALERT).exists()
    late = is_late(due_since=_due_since(now=now), beat_at=_beat_at(), now=now)
    if late and not known and restored.is_home():
        alerts.raise_alert(
            **ALERT,
            title="Messages leave late",
            detail="Some have been due for over five minutes: the worker was down, or cannot keep up.",
            url=reverse("messaging:outbox"),
            severity=Alert.Severity.CRITICAL,
        )
    elif known and not late:
        alerts.resolve_alerts(**ALERT, why="The worker has caught up.")


def notice_silence(*, beat_at: datetime.datetime | None, now: datetime.datetime) -> None:
    """Raise the alert that a dead worker cannot raise; called whenever somebody has given the worker something to do.

    :param beat_at: when it was last alive; None: it has never run
    """
    if beat_at is None or is_silent(beat_at=beat_at, now=now):
        check_lateness(now=now)


def _beat_at() -> datetime.datetime | None:
    return WorkerBeat.objects.values_list("beat_at", flat=True).first()


def _due_since(*, now: datetime.datetime) -> datetime.datetime | None:
    # Who was given a rest then has as long as ever to catch up.
    due = Message.objects.due(now=now).exclude(channel__in=circuit.resting(now=now - LATE_AFTER))
    return due.order_by("send_at").values_list("send_at", flat=True).first()
