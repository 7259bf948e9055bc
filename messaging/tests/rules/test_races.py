"""Two admins at the same rule, and an admin beside the worker, in transactions that really overlap."""

import datetime
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEntry, Business
from careops.core.versions import ChangedMeanwhile
from messaging.models import Automation, Message, Rule
from messaging.rules import services as rules
from messaging.tests.factories import MessageFactory
from messaging.tests.taking import take_next

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 10  # seconds


def at_once(*acts):
    """Let each act on a connection of its own, all at the same moment; return what came of them."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            start.wait(SOON)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    return results


@pytest.mark.parametrize("row_exists", [False, True])
def test_of_two_admins_who_save_at_once_one_is_refused_and_nothing_is_lost(admin, staff, row_exists):
    now = timezone.now()
    if row_exists:
        rules.change_rule(code="reminder", by=admin, now=now, cap=None, leads=[60])
    seen = 2 if row_exists else 1

    def save(by, subject):
        return lambda: rules.change_rule(code="reminder", version=seen, by=by, now=now, subject=subject)

    results = at_once(save(admin, "Mine"), save(staff, "Yours"))

    saved = [result for result in results if isinstance(result, Rule)]
    (refused,) = [result for result in results if isinstance(result, ChangedMeanwhile)]
    rule = Rule.objects.get()
    assert [rule.subject] == [result.subject for result in saved]
    assert rule.version == seen + 1
    assert refused.theirs.subject == rule.subject
    assert AuditEntry.objects.filter(changes__has_key="subject").count() == 1


def test_two_admins_who_stop_automation_at_once_stop_it_once(admin, staff):
    now = timezone.now()

    results = at_once(
        lambda: rules.stop_automation(by=admin, now=now),
        lambda: rules.stop_automation(by=staff, now=now),
    )

    assert {type(result) for result in results} == {Automation}
    assert AuditEntry.objects.filter(action="automation.stopped").count() == 1
    assert Automation.objects.get().stopped_by == AuditEntry.objects.get(action="automation.stopped").by


def test_switching_on_does_not_wait_for_whoever_has_a_message_in_hand(admin):
    now = timezone.now()
    rules.switch_rule(code="reminder", enabled=False, by=admin, now=now)
    past = now - datetime.timedelta(minutes=1)
    held, free = MessageFactory.create_batch(2, rule="reminder", key=None, status="planned", send_at=past)

    with transaction.atomic():
        Message.objects.select_for_update(no_key=True).get(pk=held.pk)
        (result,) = at_once(lambda: rules.switch_rule(code="reminder", enabled=True, by=admin, now=now))
        held_status = Message.objects.get(pk=held.pk).status

    assert isinstance(result, Rule)
    assert result.enabled
    assert held_status == "planned"  # theirs to decide
    assert Message.objects.get(pk=free.pk).status == "skipped"


def test_a_stop_beside_a_busy_worker_lets_nothing_leave_after_it_has_committed(admin):
    Business.objects.current()
    past = timezone.now() - datetime.timedelta(minutes=1)
    MessageFactory.create_batch(30, rule="confirmation", key=None, send_at=past)
    stopped_at = []

    def stop():
        rules.stop_automation(by=admin, now=timezone.now())
        stopped_at.append(timezone.now())

    def work():
        taken = []
        while message := take_next(now=timezone.now()):
            taken.append((timezone.now(), message))
        return taken

    _, taken = at_once(stop, work)

    # One that was being decided while the stop committed may have read what stood before.
    sending = [moment for moment, message in taken if message.status == "sending" and moment > stopped_at[0]]
    assert len(taken) == 30
    assert len(sending) <= 1
    assert Message.objects.filter(status="skipped", reason_code="stopped").exists()
