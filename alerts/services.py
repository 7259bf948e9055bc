"""What can be done with alerts. Raising one never breaks what caused it."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from accounts.services import record
from alerts.models import Alert


class AlreadySettled(Exception):
    """Somebody was faster, or the cause went away."""


@transaction.atomic
def raise_alert(
    *,
    kind: Alert.Kind,
    source_key: str,
    title: str,
    url: str,
    detail: str = "",
    severity: Alert.Severity = Alert.Severity.WARNING,
) -> Alert:
    """Open an alert, or count one more sighting of the trouble that is already known.

    A dismissed alert stays silent while its cause lasts, unless the trouble has become more severe.
    """
    known = Alert.objects.ongoing(kind=kind, source_key=source_key).select_for_update().first()
    if known and (known.is_unsettled or known.severity >= severity):
        return _seen_again(known, title=title, detail=detail, severity=severity)
    try:
        with transaction.atomic():  # a lost race must not take the caller's transaction with it
            return Alert.objects.create(
                kind=kind, source_key=source_key, title=title, url=url, detail=detail, severity=severity
            )
    except IntegrityError:
        rival = Alert.objects.ongoing(kind=kind, source_key=source_key).unsettled().select_for_update().get()
        return _seen_again(rival, title=title, detail=detail, severity=severity)


def _seen_again(alert: Alert, *, title: str, detail: str, severity: Alert.Severity) -> Alert:
    Alert.objects.filter(pk=alert.pk).update(
        count=F("count") + 1,
        last_seen_at=timezone.now(),
        title=title,
        detail=detail,
        severity=Greatest(F("severity"), severity),
    )
    alert.refresh_from_db()
    return alert


def resolve_alerts(*, kind: Alert.Kind, source_key: str, why: str) -> int:
    """Close what was open about a cause that has ended; return how many alerts that resolved."""
    now = timezone.now()
    ongoing = Alert.objects.ongoing(kind=kind, source_key=source_key).order_by()
    resolved = ongoing.unsettled().update(
        status=Alert.Status.RESOLVED, settled_at=now, settled_by=None, settled_why=why, cause_ended_at=now
    )
    ongoing.update(cause_ended_at=now)
    return resolved


def acknowledge_alert(*, alert: Alert, by: User) -> None:
    """Say that somebody is on it: off the badge, still on the list.

    :raises AlreadySettled: if it is no longer open
    """
    _settle(alert, by=by, came_from=[Alert.Status.OPEN], status=Alert.Status.ACKNOWLEDGED)


def dismiss_alert(*, alert: Alert, by: User, why: str = "") -> None:
    """Put an alert away. It stays silent until its cause has ended and come back, or become more severe.

    :raises AlreadySettled: if it is no longer open or acknowledged
    """
    _settle(alert, by=by, came_from=Alert.UNSETTLED, status=Alert.Status.DISMISSED, why=why)


@transaction.atomic
def _settle(alert: Alert, *, by: User, came_from: list, status: Alert.Status, why: str = "") -> None:
    settled = Alert.objects.filter(pk=alert.pk, status__in=came_from).update(
        status=status, settled_at=timezone.now(), settled_by=by, settled_why=why
    )
    if not settled:
        raise AlreadySettled(f"“{alert}” has been settled already.")
    record(by=by, action=f"alert.{status}", subject=alert)
