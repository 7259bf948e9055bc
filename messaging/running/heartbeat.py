"""Whether the worker lives and keeps up. Its clock says so; when that has stopped, the web has to notice.

Messages that only wait for a provider which is being given a rest are not late: the alert about that provider tells.
What an outage has kept back is late, and leaves: nobody is told of it as the outage ends.
"""

import datetime

from django.db.models import Count, F, Min
from django.urls import reverse

from alerts import services as alerts
from alerts.models import Alert
from messaging.models import Message, WorkerBeat
from messaging.models.message import MessageQuerySet
from messaging.running import circuit, restored

LATE_AFTER = datetime.timedelta(minutes=5)
ALERT = {"kind": Alert.Kind.WORKER_LATE, "source_key": "worker"}
LATE = "Messages leave late", "Some have been due for over five minutes: the worker cannot keep up."
SILENT = "The worker has stopped", "It or its clock has done nothing for over five minutes: messages wait."


def beat(*, now: datetime.datetime) -> None:
    """Say that the worker is alive and its clock goes: only that says so, for other jobs may run without it."""
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
    """Whether the worker has stopped. One that has never run is no matter until something has waited for it.

    What it said in the future, it said before the clock on the wall was put back.
    """
    return beat_at is not None and not now - LATE_AFTER < beat_at <= now + LATE_AFTER


def check_lateness(*, now: datetime.datetime) -> None:
    """Raise an alert while messages leave late, once; it resolves itself when the worker has caught up.

    The worker asks after a round, so that what an outage has kept back has begun to leave.
    """
    beat_at = WorkerBeat.objects.values_list("beat_at", flat=True).first()
    silent = is_silent(beat_at=beat_at, now=now)
    late = is_late(due_since=_due_since(now=now), beat_at=beat_at, now=now)
    known = Alert.objects.ongoing(**ALERT).exists()
    if known and not (late or silent):
        alerts.resolve_alerts(**ALERT, why="The worker has caught up.")
    elif not known and (silent or (late and not _catches_up(now=now))) and restored.is_home():
        title, detail = SILENT if silent else LATE
        alerts.raise_alert(
            **ALERT,
            title=title,
            detail=detail,
            url=reverse("messaging:outbox"),
            severity=Alert.Severity.CRITICAL,
        )


def notice_silence(*, beat_at: datetime.datetime | None, now: datetime.datetime) -> None:
    """Raise the alert that a dead worker cannot raise; called whenever somebody has given the worker something to do.

    :param beat_at: when it was last alive; None: it has never run
    """
    if beat_at is None or is_silent(beat_at=beat_at, now=now):
        check_lateness(now=now)


def _waiting(*, now: datetime.datetime) -> MessageQuerySet:
    # Who was given a rest then has as long as ever to catch up.
    return Message.objects.due(now=now).exclude(channel__in=circuit.at_rest(now=now - LATE_AFTER))


def _due_since(*, now: datetime.datetime) -> datetime.datetime | None:
    return _waiting(now=now).order_by("send_at").values_list("send_at", flat=True).first()


def _catches_up(*, now: datetime.datetime) -> bool:
    """Whether late messages leave, and since the first of them no more have fallen due than left."""
    lately = Message.objects.filter(sent_at__gt=now - LATE_AFTER, sent_at__lte=now)
    left = lately.filter(sent_at__gte=F("send_at") + LATE_AFTER).aggregate(
        count=Count("pk"), since=Min("sent_at")
    )
    if not left["count"]:  # the first may be in the hand of another worker
        return Message.objects.filter(status=Message.Status.SENDING, lease_until__gt=now).exists()
    return _waiting(now=now).filter(send_at__gte=left["since"]).count() <= left["count"]
