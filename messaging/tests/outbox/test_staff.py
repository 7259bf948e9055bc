"""Admins are told by email of what runs low and of what is critical: once for each alert."""

import datetime
import threading
import time

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import ADMIN
from accounts.tests.factories import UserFactory
from alerts.models import Alert
from alerts.services import acknowledge_alert, raise_alert, resolve_alerts
from alerts.tests.factories import AlertFactory
from inventory.services.stock import adjust_stock
from inventory.tests.factories import ItemFactory
from messaging.delivery import sending
from messaging.models import Message, Rule
from messaging.outbox import staff
from messaging.rules import services as rules
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def notices() -> list[str]:
    return list(
        Message.objects.filter(rule=RuleCode.STAFF_NOTICE).order_by("pk").values_list("address", flat=True)
    )


def critical(**changes) -> Alert:
    return AlertFactory(**{"kind": Alert.Kind.DELIVERY, "source_key": "sms:server", "severity": 3, **changes})


def test_each_admin_is_told_once_of_what_is_critical(admin, db):
    other = UserFactory(role=ADMIN)
    User.objects.filter(pk=UserFactory(role=ADMIN).pk).update(is_active=False)
    alert = critical(
        title="Texts are not being delivered", detail="The provider said: 500", url="/messages/outbox/"
    )

    made = [staff.notify(now=timezone.now()) for _ in range(3)]

    assert made == [2, 0, 0]
    assert sorted(notices()) == sorted([admin.email, other.email])
    notice = Message.objects.first()
    assert notice.subject == "Texts are not being delivered"
    assert notice.body == (
        "Texts are not being delivered\n\nThe provider said: 500\n\n"
        f"{settings.ALLOWED_ORIGINS[0]}/messages/outbox/\n"
    )
    assert (notice.about_key, notice.conversation) == (f"alert:{alert.pk}", None)


def test_an_admin_who_comes_later_is_told_as_well(admin):
    critical()
    staff.notify(now=timezone.now())
    later = UserFactory(role=ADMIN)

    assert staff.notify(now=timezone.now()) == 1
    assert notices() == [admin.email, later.email]


def test_a_notice_leaves(admin):
    critical()
    staff.notify(now=timezone.now())

    sending.deliver_due(limit=5)

    assert Message.objects.get().status == "sent"


def test_low_stock_is_told_once_for_each_opening(admin):
    item = ItemFactory(threshold=4)
    for counted in (3, 2, 10, 1):  # low, lower, enough again, low again
        adjust_stock(item=item, kind="count", quantity=counted, by=admin)
        staff.notify(now=timezone.now())

    assert Alert.objects.filter(kind=Alert.Kind.LOW_STOCK).count() == 2
    assert notices() == [admin.email] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Alert.Kind.DELIVERY, "source_key": "email:tls"},  # it would not arrive
        {"kind": Alert.Kind.DELIVERY, "source_key": "email"},
        {"severity": 2},
    ],
    ids=["about email", "about all email", "a warning"],
)
def test_of_other_alerts_nobody_is_told(changes, admin):
    critical(**changes)

    assert staff.notify(now=timezone.now()) == 0
    assert notices() == []


def test_of_what_is_a_day_old_nobody_is_told(admin):
    critical()

    assert staff.notify(now=timezone.now() + DAY) == 0


def test_of_what_somebody_is_on_or_what_is_over_nobody_is_told(admin):
    acknowledge_alert(alert=critical(), by=admin)
    gone = critical(source_key="sms:dns")
    resolve_alerts(kind=gone.kind, source_key=gone.source_key, why="It works again.")

    assert staff.notify(now=timezone.now()) == 0


def test_what_becomes_critical_is_told_then(admin):
    for severity in (2, 3, 3):
        raise_alert(kind=Alert.Kind.UNANSWERED, source_key="x", title="Hm", url="/", severity=severity)
        staff.notify(now=timezone.now())

    assert notices() == [admin.email]


def test_a_rule_that_is_off_leaves_a_row_that_says_so(admin):
    rule = Rule.standard_of(RuleCode.STAFF_NOTICE)
    rule.enabled = False
    rule.save()
    critical()

    staff.notify(now=timezone.now())
    notice = Message.objects.get()
    rules.switch_rule(code=RuleCode.STAFF_NOTICE, enabled=True, by=admin, now=timezone.now())
    staff.notify(now=timezone.now())

    assert Message.objects.count() == 1
    assert (notice.status, notice.reason) == ("skipped", "The rule “Notice to staff” is switched off.")


def test_with_nobody_to_tell_nothing_happens():
    critical()

    assert staff.notify(now=timezone.now()) == 0
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_telling_at_the_same_time_tells_once(admin):
    critical()
    made = []

    def tell():
        made.append(staff.notify(now=timezone.now()))
        connections.close_all()

    other = threading.Thread(target=tell)
    with transaction.atomic():
        staff.notify(now=timezone.now())
        other.start()  # it does not see our notice yet, and waits for us to commit
        time.sleep(0.5)
    other.join()

    assert made == [1]  # it went on as if it had made one
    assert notices() == [admin.email]
