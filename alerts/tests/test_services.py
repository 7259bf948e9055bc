import datetime
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEntry
from alerts import services
from alerts.models import Alert
from alerts.tests.factories import AlertFactory

pytestmark = pytest.mark.django_db
Severity, Status = Alert.Severity, Alert.Status
CAUSE = {"kind": Alert.Kind.LOW_STOCK, "source_key": "item:7"}
WARNING = {**CAUSE, "title": "Low stock: Gloves", "url": "/inventory/7/", "severity": Severity.WARNING}
CRITICAL = {**WARNING, "title": "Out of stock: Gloves", "severity": Severity.CRITICAL}


def statuses():
    return list(Alert.objects.order_by("pk").values_list("status", flat=True))


def test_raise_alert_opens_one():
    alert = services.raise_alert(**WARNING, detail="3 left")

    assert (alert.status, alert.count, alert.detail) == (Status.OPEN, 1, "3 left")
    assert alert.first_seen_at <= alert.last_seen_at
    assert alert.cause_ended_at is None


def test_raise_alert_again_counts_and_tells_the_latest():
    first = services.raise_alert(**WARNING)

    again = services.raise_alert(**CRITICAL, detail="None left")

    assert again == first
    assert (again.count, again.title, again.detail) == (2, "Out of stock: Gloves", "None left")
    assert again.severity == Severity.CRITICAL
    assert again.last_seen_at > first.last_seen_at
    assert again.first_seen_at == first.first_seen_at


def test_severity_never_falls():
    services.raise_alert(**CRITICAL)

    services.raise_alert(**WARNING)

    assert Alert.objects.get().severity == Severity.CRITICAL


def test_the_worst_come_first_then_what_is_about_the_earliest_time_then_what_waits_longest():
    def raised(name, **how):
        return services.raise_alert(**{**WARNING, "source_key": name, "title": name, **how})

    at = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)
    raised("no time, first")
    raised("no time, second")
    raised("at ten", matters_at=at + datetime.timedelta(hours=1))
    raised("at nine", matters_at=at + datetime.timedelta(hours=2))
    raised("at nine", matters_at=at)  # moved to an earlier time
    raised("critical", severity=Severity.CRITICAL)

    listed = Alert.objects.open().by_urgency()

    assert [alert.title for alert in listed] == [
        "critical",
        "at nine",
        "at ten",
        "no time, first",
        "no time, second",
    ]


def test_the_worst_of_many_are_read_from_an_index():
    Alert.objects.bulk_create(
        Alert(kind=Alert.Kind.REQUEST, source_key=f"booking:{number}", title="x", url="/")
        for number in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE alerts_alert")

    plan = Alert.objects.open().by_urgency()[:25].explain()

    assert "alert_urgent" in plan
    assert "Sort" not in plan


def test_an_acknowledged_alert_is_counted_and_stays_acknowledged(staff):
    services.acknowledge_alert(alert=services.raise_alert(**WARNING), by=staff)

    again = services.raise_alert(**WARNING)

    assert (again.status, again.count) == (Status.ACKNOWLEDGED, 2)


def test_other_causes_have_alerts_of_their_own():
    services.raise_alert(**WARNING)

    services.raise_alert(**{**WARNING, "source_key": "item:8"})
    services.raise_alert(**{**WARNING, "kind": Alert.Kind.DELIVERY})

    assert statuses() == [Status.OPEN] * 3


def test_the_database_refuses_a_second_unsettled_alert_of_one_cause(staff):
    services.acknowledge_alert(alert=services.raise_alert(**WARNING), by=staff)

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(**WARNING)

    assert Alert.objects.count() == 1


def test_a_dismissed_alert_is_silent_while_its_cause_lasts(staff):
    services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff)

    again = services.raise_alert(**WARNING)

    assert statuses() == [Status.DISMISSED]
    assert again.count == 2


def test_a_dismissed_alert_speaks_again_once_its_cause_has_ended_and_come_back(staff):
    services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff)

    resolved = services.resolve_alerts(**CAUSE, why="Stock recovered.")
    services.raise_alert(**WARNING)

    assert resolved == 0
    assert statuses() == [Status.DISMISSED, Status.OPEN]


def test_a_dismissed_alert_speaks_again_when_it_gets_worse(staff):
    services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff)

    worse = services.raise_alert(**CRITICAL)

    assert statuses() == [Status.DISMISSED, Status.OPEN]
    assert (worse.count, worse.severity) == (1, Severity.CRITICAL)


def test_what_was_dismissed_twice_ends_as_a_whole(staff):
    services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff)
    services.dismiss_alert(alert=services.raise_alert(**CRITICAL), by=staff)

    services.raise_alert(**WARNING)
    services.raise_alert(**CRITICAL)

    assert statuses() == [Status.DISMISSED] * 2

    services.resolve_alerts(**CAUSE, why="Stock recovered.")

    assert not Alert.objects.ongoing(**CAUSE).exists()

    services.raise_alert(**WARNING)

    assert statuses() == [Status.DISMISSED, Status.DISMISSED, Status.OPEN]


def test_resolving_after_a_rise_resolves_the_open_one_and_ends_the_dismissed_one(staff):
    services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff, why="Ordered")
    services.raise_alert(**CRITICAL)

    resolved = services.resolve_alerts(**CAUSE, why="Stock recovered.")

    assert resolved == 1
    assert statuses() == [Status.DISMISSED, Status.RESOLVED]
    assert not Alert.objects.filter(cause_ended_at=None).exists()
    dismissed, by_itself = Alert.objects.order_by("pk")
    assert (dismissed.settled_by, dismissed.settled_why) == (staff, "Ordered")
    assert (by_itself.settled_by, by_itself.settled_why) == (None, "Stock recovered.")


def test_resolve_alerts_resolves_an_acknowledged_one_and_leaves_other_causes(staff):
    services.acknowledge_alert(alert=services.raise_alert(**WARNING), by=staff)
    other = AlertFactory()

    assert services.resolve_alerts(**CAUSE, why="Stock recovered.") == 1

    assert statuses() == [Status.RESOLVED, Status.OPEN]
    assert Alert.objects.unsettled().get() == other


def test_resolve_alerts_without_any_asks_once_and_writes_nothing(django_assert_num_queries):
    with django_assert_num_queries(2):  # the lock, the question
        assert services.resolve_alerts(**CAUSE, why="Stock recovered.") == 0


def test_acknowledge_alert_says_who_is_on_it(staff):
    alert = services.acknowledge_alert(alert=AlertFactory(), by=staff)

    assert (alert.status, alert.settled_by) == (Status.ACKNOWLEDGED, staff)
    assert AuditEntry.objects.about(alert).get().action == "alert.acknowledged"
    assert not Alert.objects.open().exists()
    assert Alert.objects.unsettled().exists()


def test_dismiss_alert_says_who_and_why(staff):
    alert = services.dismiss_alert(alert=AlertFactory(), by=staff, why="Ordered")

    assert (alert.status, alert.settled_by, alert.settled_why) == (Status.DISMISSED, staff, "Ordered")
    assert AuditEntry.objects.about(alert).get().by == staff


def test_an_acknowledged_alert_can_be_dismissed(staff, admin):
    alert = services.acknowledge_alert(alert=AlertFactory(), by=staff)

    services.dismiss_alert(alert=alert, by=admin)

    assert Alert.objects.get().settled_by == admin


@pytest.mark.parametrize(
    ("settle", "again"),
    [
        (services.acknowledge_alert, services.acknowledge_alert),
        (services.dismiss_alert, services.dismiss_alert),
        (services.dismiss_alert, services.acknowledge_alert),
    ],
)
def test_what_is_settled_is_not_settled_again(staff, admin, settle, again):
    seen_earlier = AlertFactory()
    settle(alert=Alert.objects.get(), by=staff)
    before = Alert.objects.values().get()
    word = before["status"]

    with pytest.raises(services.AlreadySettled, match=f"is {word} already"):
        again(alert=seen_earlier, by=admin)

    assert Alert.objects.values().get() == before
    assert AuditEntry.objects.filter(action__startswith="alert.").count() == 1


def test_a_resolved_alert_cannot_be_dismissed(staff):
    alert = services.raise_alert(**WARNING)
    services.resolve_alerts(**CAUSE, why="Stock recovered.")

    with pytest.raises(services.AlreadySettled):
        services.dismiss_alert(alert=alert, by=staff)

    assert statuses() == [Status.RESOLVED]
    assert not AuditEntry.objects.filter(action="alert.dismissed").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dismissed", [False, True])
def test_many_who_see_the_same_trouble_at_once_raise_one_alert(staff, dismissed):
    """Each waits, inside its transaction, until all have looked; then all try to write."""
    if dismissed:
        services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff)
    everybody_is_here = Barrier(4, timeout=10)

    def see(_):
        try:
            with transaction.atomic():
                everybody_is_here.wait()
                return services.raise_alert(**CRITICAL).pk
        finally:
            connection.close()

    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            seen = set(pool.map(see, range(4)))
        assert len(seen) == 1

    assert Alert.objects.unsettled().get().count == 20


def wait_until_somebody_waits():
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT pg_sleep(0.05), count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[1]:
                return
    raise TimeoutError


@pytest.mark.django_db(transaction=True)
def test_trouble_that_comes_back_while_its_end_is_being_written_is_an_alert_of_its_own():
    services.raise_alert(**WARNING)

    def see():
        try:
            return services.raise_alert(**WARNING)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.resolve_alerts(**CAUSE, why="Stock recovered.")
            seen = pool.submit(see)
            wait_until_somebody_waits()
        seen.result()

    assert statuses() == [Status.RESOLVED, Status.OPEN]


@pytest.mark.django_db(transaction=True)
def test_raising_and_resolving_at_once_neither_fails_nor_leaves_two(staff):
    services.dismiss_alert(alert=services.raise_alert(**WARNING), by=staff)
    services.dismiss_alert(alert=services.raise_alert(**CRITICAL), by=staff)

    def act(number):
        try:
            if number % 2:
                services.resolve_alerts(**CAUSE, why="Stock recovered.")
            else:
                services.raise_alert(**WARNING)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(200)))

    services.raise_alert(**WARNING)
    assert Alert.objects.unsettled().count() == 1
    services.resolve_alerts(**CAUSE, why="Stock recovered.")
    assert not Alert.objects.ongoing(**CAUSE).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_dismiss_at_once_are_one_dismissal_and_one_refusal(staff):
    alert = AlertFactory()
    start = Barrier(2, timeout=10)

    def dismiss(_):
        start.wait()
        try:
            services.dismiss_alert(alert=Alert.objects.get(pk=alert.pk), by=staff)
        except services.AlreadySettled:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(dismiss, range(2))) == [False, True]

    assert AuditEntry.objects.filter(action="alert.dismissed").count() == 1
