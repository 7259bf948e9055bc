"""Where this database lives. One that was restored from a backup finds itself elsewhere, and sends nothing.

Its messages may have left long ago, from the database that the backup was made of; and a copy for trying things out
must never write to customers. So the worker holds everything back until an admin decides.

A restored dump is noticed by itself: cluster, database or table are others than before. A copy of the whole data
folder is not, as nothing in it differs: there, change MESSAGING_EPOCH.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import User
from accounts.services import record
from alerts import services as alerts
from alerts.models import Alert
from messaging.models import Automation, Message
from messaging.models.message import MessageQuerySet
from messaging.words.reasons import Reason

# Where home is, where this is, and whether its cluster may be asked for, as not every host of databases allows that.
HERE = """
SELECT (SELECT home FROM messaging_automation WHERE id = 1),
       concat_ws(':', (SELECT oid FROM pg_database WHERE datname = current_database()),
                 'messaging_automation'::regclass::oid, %s),
       has_function_privilege('pg_control_system()', 'execute')
"""
CLUSTER = "SELECT system_identifier FROM pg_control_system()"
# Wake-ups carry a lock and do no harm; what else a backup holds are mails to colleagues, sent long ago.
FORGET_JOBS = "DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock IS NULL"


class AlreadyHome(Exception):
    """Nothing has to be decided: the database was not restored, or somebody was faster."""


@dataclass(frozen=True)
class Waiting:
    """What a decision would do to the messages of a backup.

    :param due: to be cancelled, as they were due by now
    :param in_hand: were being sent when the backup was made, so nobody knows whether they left
    :param planned: stay planned, as they are due later
    """

    due: MessageQuerySet
    in_hand: MessageQuerySet
    planned: MessageQuerySet


def is_home() -> bool:
    """Whether this database may send. A new one is at home wherever it is first asked."""
    home, here = _home_and_here()
    if not home:
        Automation.objects.get_or_create(pk=1)
        Automation.objects.filter(pk=1, home="").update(home=here)
    return not home or home == here


def may_send() -> bool:
    """Whether this database may send; where it may not, see to it that people learn of that."""
    if is_home():
        return True
    _note_restore()
    return False


def _home_and_here() -> tuple[str | None, str]:
    """In two statements; home is empty or None until it is decided on."""
    with connection.cursor() as cursor:
        home, here, may_be_asked = cursor.execute(HERE, [settings.MESSAGING_EPOCH]).fetchone()
        [cluster] = cursor.execute(CLUSTER).fetchone() if may_be_asked else [""]
    return home, f"{cluster}:{here}"


def _here() -> str:
    return _home_and_here()[1]


@transaction.atomic
def _note_restore() -> None:
    """Tell people, once. What is written from then on was not in the backup."""
    cause = {"kind": Alert.Kind.RESTORED, "source_key": _here()[:60]}
    if Alert.objects.ongoing(**cause).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(FORGET_JOBS)
    alerts.raise_alert(
        **cause,
        title="This database was restored from a backup",
        detail="Nothing is sent until an admin decides what becomes of the messages that waited in it.",
        url=reverse("messaging:after_restore"),
        severity=Alert.Severity.CRITICAL,
    )


def waiting(*, now: datetime.datetime) -> Waiting:
    """What waited in the backup, as opposed to what has been written since the restore was noticed."""
    alert = Alert.objects.filter(kind=Alert.Kind.RESTORED, source_key=_here()[:60]).order_by("-pk").first()
    old = Message.objects.filter(created_at__lt=alert.first_seen_at if alert else now)
    return Waiting(
        due=old.due(now=now) | old.held().filter(useless_after__gt=now),  # a pause in it may be over by now
        in_hand=old.filter(status=Message.Status.SENDING),
        planned=old.pending().filter(send_at__gt=now),
    )


@transaction.atomic
def settle(*, by: User | None, now: datetime.datetime) -> int:
    """Make this the database that sends: cancel what waited in the backup and is due by now, keep later plans.

    :param by: None where it was decided on the command line
    :returns: how many messages were cancelled
    :raises AlreadyHome: if there is nothing to decide
    """
    automation = Automation.objects.select_for_update().filter(pk=1).first()
    if is_home():
        raise AlreadyHome("This database is at home: there is nothing to decide.")
    found = waiting(now=now)
    found.in_hand.update(
        status=Message.Status.UNKNOWN,
        lease_until=None,
        reason_code=Reason.UNKNOWN,
        reason=Reason.UNKNOWN.sentence(words="It was being sent when the backup was made."),
    )
    cancelled = found.due.update(
        status=Message.Status.CANCELLED, reason_code=Reason.RESTORED, reason=Reason.RESTORED.label
    )
    automation.home = _here()
    automation.save(update_fields=["home"])
    record(by=by, action="automation.restored", subject=automation, changes={"cancelled": [0, cancelled]})
    keys = Alert.objects.filter(kind=Alert.Kind.RESTORED, cause_ended_at=None).values_list(
        "source_key", flat=True
    )
    for key in set(keys):
        alerts.resolve_alerts(kind=Alert.Kind.RESTORED, source_key=key, why="An admin has decided.")
    return cancelled
