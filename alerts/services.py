"""What can be done with alerts. Raising one never breaks what caused it."""

import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from accounts.services import record
from alerts.models import Alert
from careops.core import locks


class AlreadySettled(Exception):
    """Somebody was faster, or the cause went away."""


@transaction.atomic(savepoint=False)
def raise_alert(
    *,
    kind: Alert.Kind,
    source_key: str,
    title: str,
    url: str,
    detail: str = "",
    severity: Alert.Severity = Alert.Severity.WARNING,
    matters_at: datetime.datetime | None = None,
) -> Alert:
    """Open an alert, or count one more sighting of the trouble that is already known.

    A dismissed alert stays silent while its cause lasts, unless the trouble has become more severe.

    :param matters_at: of the visit it is about; None: it is about none
    """
    _lock_cause(kind, source_key)
    said = {"title": title, "detail": detail, "severity": severity, "matters_at": matters_at}
    known = Alert.objects.ongoing(kind=kind, source_key=source_key).first()
    if known and (known.is_unsettled or known.severity >= severity):
        return _seen_again(known, **said)
    return Alert.objects.create(kind=kind, source_key=source_key, url=url, **said)


def _lock_cause(kind: Alert.Kind, source_key: str) -> None:
    """Let one transaction at a time say something about a cause: what is not there yet cannot be locked as a row."""
    locks.hold(f"alert {kind} {source_key}")


def _seen_again(alert: Alert, *, severity: Alert.Severity, **said: object) -> Alert:
    Alert.objects.filter(pk=alert.pk).update(
        count=F("count") + 1,
        last_seen_at=timezone.now(),
        severity=Greatest(F("severity"), severity),
        **said,
    )
    alert.refresh_from_db()
    return alert


@transaction.atomic(savepoint=False)
def resolve_alerts(*, kind: Alert.Kind, source_key: str, why: str) -> int:
    """Close what was open about a cause that has ended; return how many alerts that resolved.

    Dismissed ones are told as well that their cause has ended: from now on it may raise an alert again.
    """
    _lock_cause(kind, source_key)
    keys = list(Alert.objects.ongoing(kind=kind, source_key=source_key).values_list("pk", flat=True))
    if not keys:
        return 0
    now = timezone.now()
    ended = Alert.objects.filter(pk__in=keys)
    ended.update(cause_ended_at=now)
    return ended.unsettled().update(
        status=Alert.Status.RESOLVED, settled_at=now, settled_by=None, settled_why=why
    )


def acknowledge_alert(*, alert: Alert, by: User) -> Alert:
    """Say that somebody is on it: off the badge, still on the list.

    :raises AlreadySettled: if it is no longer open
    """
    return _settle(alert, by=by, came_from=[Alert.Status.OPEN], status=Alert.Status.ACKNOWLEDGED)


def dismiss_alert(*, alert: Alert, by: User, why: str = "") -> Alert:
    """Put an alert away. It stays silent until its cause has ended and come back, or become more severe.

    :raises AlreadySettled: if it is no longer open or acknowledged
    """
    return _settle(alert, by=by, came_from=Alert.UNSETTLED, status=Alert.Status.DISMISSED, why=why)


@transaction.atomic
def _settle(alert: Alert, *, by: User, came_from: list, status: Alert.Status, why: str = "") -> Alert:
    settled = Alert.objects.filter(pk=alert.pk, status__in=came_from).update(
        status=status, settled_at=timezone.now(), settled_by=by, settled_why=why
    )
    alert.refresh_from_db()
    if not settled:
        raise AlreadySettled(f"“{alert}” is {alert.get_status_display().lower()} already.")
    record(by=by, action=f"alert.{status}", subject=alert)
    return alert
