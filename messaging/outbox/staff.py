"""Notices to the people who work here: one email to each admin for each alert that is worth one."""

import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User, subject_key
from alerts.models import Alert
from messaging.deciding.rulebook import Rulebook
from messaging.models import Message
from messaging.outbox.planning import rendered
from messaging.running.wake import wake_worker
from messaging.words import rules
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

FRESH = rules.STALE_AFTER[rules.MessageClass.STAFF]
MOST = 50  # alerts that are told of at a time


def notify(*, now: datetime.datetime) -> int:
    """Tell each admin by email, once, of what runs low and of whatever is critical; return how many notices that made.

    Nobody is told by email that email does not leave.
    """
    worth_a_mail = Q(kind=Alert.Kind.LOW_STOCK) | Q(severity=Alert.Severity.CRITICAL)
    about_email = Q(kind=Alert.Kind.DELIVERY, source_key__startswith=Channel.EMAIL)
    fresh = Alert.objects.open().filter(worth_a_mail, last_seen_at__gt=now - FRESH).exclude(about_email)
    alerts, admins = list(fresh.order_by("-pk")[:MOST]), list(User.objects.admins().order_by("pk"))
    wanted = {_key(alert, admin): (alert, admin) for alert in alerts for admin in admins}
    known = set(Message.objects.filter(key__in=wanted).values_list("key", flat=True))
    if wanted.keys() <= known:
        return 0
    rulebook = Rulebook.current()
    new = [_notice(alert, admin, rulebook, now) for key, (alert, admin) in wanted.items() if key not in known]
    with transaction.atomic():
        Message.objects.bulk_create(new, ignore_conflicts=True)  # somebody else may be doing the same
        wake_worker()
    return len(new)


def _key(alert: Alert, admin: User) -> str:
    return f"alert:{alert.pk}:staff:{admin.pk}"


def _notice(alert: Alert, admin: User, rulebook: Rulebook, now: datetime.datetime) -> Message:
    rule = rulebook.rules[RuleCode.STAFF_NOTICE]
    link = settings.ALLOWED_ORIGINS[0] + alert.url
    skipped = {
        "status": Message.Status.SKIPPED,
        "reason_code": Reason.RULE_OFF,
        "reason": Reason.RULE_OFF.sentence(rule=rule),
    }
    return Message(
        address=admin.email,
        rule=RuleCode.STAFF_NOTICE,
        key=_key(alert, admin),
        about_key=subject_key(alert),
        about_url=alert.get_absolute_url(),
        send_at=now,
        created_at=now,
        useless_after=rules.useless_after(RuleCode.STAFF_NOTICE, send_at=now),
        **({"status": Message.Status.QUEUED} if rule.enabled else skipped),
        **rendered(rule, {"title": alert.title, "detail": alert.detail, "link": link}),
    )
