"""A provider that keeps failing is left alone for a while, and then tried with one message."""

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone

from messaging.delivery import claiming
from messaging.gateways import DeliveryFailed, ErrorKind
from messaging.models import Message, Provider
from messaging.running import circuit
from messaging.tests.delivery.test_sending import MINUTE, deliver, text
from messaging.tests.factories import MessageFactory
from messaging.tests.provider import HttpProvider
from messaging.tests.taking import take_next
from messaging.words.rules import Channel

NOW = datetime.datetime(2031, 3, 4, 9, 0, tzinfo=datetime.UTC)
LEASE = NOW + claiming.LEASE
OUCH = DeliveryFailed("The provider said: 500 Ouch", kind=ErrorKind.SERVER)


@pytest.fixture
def provider(settings):
    with HttpProvider() as provider:
        provider.carry_email(settings)
        yield provider


def fail(times: int = 1, *, at=NOW, failure=OUCH, lease_until=LEASE) -> Provider:
    for _ in range(times):
        circuit.note_failed(Channel.EMAIL, failure, at=at, lease_until=lease_until)
    return Provider.objects.get(channel="email")


def may_take(at) -> bool:
    return circuit.may_take(Channel.EMAIL, now=at, lease_until=at + claiming.LEASE)


@pytest.mark.django_db
def test_the_fifth_failure_in_a_row_gives_the_provider_a_rest():
    assert fail(4).open_until is None
    assert may_take(NOW)

    known = fail()

    assert (known.failures, known.open_until) == (5, NOW + MINUTE)
    assert (known.failed_at, known.words) == (NOW, "The provider said: 500 Ouch")
    assert not may_take(NOW + MINUTE / 2)
    assert list(circuit.at_rest(now=NOW + MINUTE / 2)) == ["email"]


@pytest.mark.django_db
def test_a_success_between_failures_begins_the_count_anew():
    fail(4)
    circuit.note_accepted(Channel.EMAIL, at=NOW)

    known = fail(4)

    assert (known.failures, known.open_until, known.accepted_at) == (4, None, NOW)


@pytest.mark.django_db
def test_each_trial_that_fails_doubles_the_rest_up_to_a_quarter_of_an_hour():
    known, rests = fail(5), []

    for _ in range(6):
        at = known.open_until
        rests.append((known.open_until - known.failed_at) / MINUTE)
        assert may_take(at)
        known = fail(at=at, lease_until=at + claiming.LEASE)

    assert rests == [1, 2, 4, 8, 15, 15]


@pytest.mark.django_db
def test_after_the_rest_one_message_is_the_trial_and_the_others_wait():
    at = fail(5).open_until

    assert [may_take(at), may_take(at)] == [True, False]
    assert list(circuit.at_rest(now=at)) == ["email"]

    circuit.note_accepted(Channel.EMAIL, at=at)
    assert [may_take(at), may_take(at)] == [True, True]
    assert Provider.objects.get().failures == 0


@pytest.mark.django_db
def test_a_trial_whose_worker_died_is_followed_by_another():
    at = fail(5).open_until
    assert may_take(at)

    assert not may_take(at + claiming.LEASE / 2)
    assert may_take(at + claiming.LEASE)


@pytest.mark.django_db
def test_what_was_on_its_way_already_makes_the_rest_no_longer():
    fail(5)

    known = fail(3, at=NOW + MINUTE / 2, lease_until=NOW + MINUTE * 2)

    assert (known.failures, known.open_until) == (5, NOW + MINUTE)
    assert known.failed_at == NOW + MINUTE / 2


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [ErrorKind.REJECTED, ErrorKind.OPTED_OUT])
def test_a_provider_that_refuses_a_message_is_well(kind):
    fail(4)

    known = fail(failure=DeliveryFailed("No such user", kind=kind))

    assert (known.failures, known.words) == (0, "The provider said: 500 Ouch")


@pytest.mark.django_db
def test_our_own_faults_are_not_the_providers():
    fail(4)

    assert fail(failure=DeliveryFailed("LookupError", kind=ErrorKind.OURS)).failures == 4


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "minutes"), [(2, 2), (600, 15)])
def test_a_provider_that_asks_for_a_rest_gets_it_at_once(asked, minutes):
    wait = datetime.timedelta(minutes=asked)

    known = fail(failure=DeliveryFailed("Slow down", kind=ErrorKind.RATE, retry_after=wait))

    assert known.open_until == NOW + datetime.timedelta(minutes=minutes)


@pytest.mark.django_db
def test_while_messages_flow_that_is_noted_now_and_then_only():
    circuit.note_accepted(Channel.EMAIL, at=NOW)
    circuit.note_accepted(Channel.EMAIL, at=NOW + datetime.timedelta(seconds=2))
    assert Provider.objects.get().accepted_at == NOW

    circuit.note_accepted(Channel.EMAIL, at=NOW + datetime.timedelta(seconds=6))
    assert Provider.objects.get().accepted_at == NOW + datetime.timedelta(seconds=6)


# --- In the worker ---


@pytest.mark.django_db
def test_a_broken_provider_is_called_five_times_and_not_for_every_message(provider, settings):
    provider.answer = 500, {"Message": "Ouch"}, {}
    MessageFactory.create_batch(20)

    deliver()

    assert provider.talks == 5
    assert Message.objects.filter(status="queued", attempts=0).count() == 15
    assert deliver() == 0

    provider.answer = None
    Provider.objects.update(open_until=timezone.now())
    deliver()

    assert Message.objects.filter(status="sent").count() == 15  # the others wait for their second try
    assert Provider.objects.get().open_until is None


@pytest.mark.django_db
def test_the_other_channel_goes_on(provider, settings):
    provider.carry_sms(settings)
    Provider.objects.create(channel="email", failures=5, open_until=timezone.now() + MINUTE)
    waiting, leaving = MessageFactory(), text()

    deliver()

    waiting.refresh_from_db()
    leaving.refresh_from_db()
    assert (waiting.status, leaving.status) == ("queued", "sent")


@pytest.mark.django_db
def test_what_turns_out_to_need_a_resting_provider_waits_as_well(provider, settings):
    provider.carry_sms(settings)
    Provider.objects.create(channel="email", failures=5, open_until=timezone.now() + MINUTE)
    message = MessageFactory(channel="sms")  # planned for a number that is gone by now

    assert deliver() == 1
    assert deliver() == 0

    message.refresh_from_db()
    assert (message.status, message.channel, message.attempts, provider.talks) == ("queued", "email", 0, 0)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_trial(provider):
    MessageFactory.create_batch(4, conversation=None, address="amir@careops.example", rule="test")
    Provider.objects.create(channel="email", failures=5, open_until=timezone.now() - MINUTE)
    begin, taken = threading.Barrier(4), []

    def take():
        try:
            begin.wait()
            message = take_next(now=timezone.now())
            if message and message.status == "sending":
                taken.append(message.pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=take) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(taken) == 1
    assert Message.objects.filter(status="sending").count() == 1


@pytest.mark.django_db(transaction=True)
def test_failures_at_the_same_time_are_all_counted():
    begin = threading.Barrier(4)

    def work():
        try:
            begin.wait()
            fail()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Provider.objects.get().failures == 4
