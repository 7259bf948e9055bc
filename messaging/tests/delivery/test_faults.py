"""Ten ways in which a provider can be broken, and the work at the desk goes on as if nothing were wrong."""

import dataclasses
import datetime

import pytest
from django.utils import timezone

from alerts.models import Alert
from bookings.models import Booking
from bookings.tests.factories import BookedFactory
from bookings.visits import moving, outcomes
from contacts.services import create_contact
from messaging.delivery import sending
from messaging.inbox.saying import reply
from messaging.models import Automation, Message
from messaging.tests.provider import HttpProvider
from messaging.words.rules import Channel

DEAD = "http://127.0.0.1:9/"  # nobody listens there
UNKNOWN = "http://provider.invalid/"
NUMBER = "+447911123456"


@dataclasses.dataclass(frozen=True)
class Fault:
    """One way to be broken.

    :param kind: of the alert that it raises
    :param url: where the provider is looked for; empty: where it is. ``{port}`` is its port
    """

    kind: str
    answer: tuple | None = None
    seconds: float = 0
    dribble: float = 0
    url: str = ""


FAULTS = {
    "500": Fault("server", answer=(500, {"message": "Ouch"}, {})),
    "429": Fault("rate", answer=(429, {"message": "Too many"}, {"Retry-After": "2"})),
    "401": Fault("sign_in", answer=(401, {"message": "Who are you?"}, {})),
    "timeout": Fault("unknown", seconds=5),
    "refused": Fault("connection", url=DEAD),
    "dns": Fault("dns", url=UNKNOWN),
    "tls": Fault("tls", url="https://127.0.0.1:{port}/"),
    "one byte a second": Fault("unknown", dribble=1),
    "garbage": Fault("garbage", answer=(200, b"\xff<html>Hello</html>", {})),
    "200 with an error": Fault("server", answer=(200, {"ErrorCode": 405, "Message": "No credit"}, {})),
}


@pytest.fixture(params=FAULTS.values(), ids=FAULTS.keys())
def fault(request) -> Fault:
    return request.param


@pytest.fixture
def provider(settings, fault):
    """Both channels go to it, and it is broken."""
    patience = 0.15 if fault.seconds or fault.dribble else 5
    settings.PROVIDER_CONNECT_TIMEOUT = settings.PROVIDER_TOTAL_TIMEOUT = patience
    with HttpProvider() as provider:
        provider.answer, provider.seconds, provider.dribble = fault.answer, fault.seconds, fault.dribble
        url = fault.url.format(port=provider.port)
        provider.carry_email(settings, url)
        scheme, _, host = url.rstrip("/").partition("://")
        account = f"{'twilio' if scheme == 'https' else 'twilio+http'}://AC1:secret@{host}/+15550100"
        provider.carry_sms(settings, account if url else None)
        yield provider


def a_contact(staff, channel: Channel):
    reach = {"email": "ada@client.example"} if channel == Channel.EMAIL else {"phone": NUMBER}
    return create_contact(
        name="Ada", **{"email": "", "phone": ""} | reach, welcome=True, by=staff, now=timezone.now()
    )


def create_a_contact(staff, channel: Channel) -> Message:
    contact = a_contact(staff, channel)
    return contact.conversation.messages.get(rule="welcome")


def create_a_booking(staff, channel: Channel) -> Message:
    booking = BookedFactory(contact=a_contact(staff, channel))
    assert Booking.objects.get().status == Booking.Status.CONFIRMED
    return Message.objects.get(about_key=f"booking:{booking.pk}", rule="confirmation")


def a_confirmed_visit(staff, channel: Channel) -> Booking:
    booking = BookedFactory(contact=a_contact(staff, channel))
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT, sent_at=timezone.now())
    return booking


def move_it(staff, channel: Channel) -> Message:
    booking = a_confirmed_visit(staff, channel)
    later = booking.starts_at + datetime.timedelta(days=1)
    moving.change_booking(
        booking=booking,
        service=booking.service,
        staff=booking.staff,
        starts_at=later,
        notes="",
        by=staff,
        now=timezone.now(),
    )
    assert Booking.objects.get().starts_at == later
    return Message.objects.get(about_key=f"booking:{booking.pk}", rule="moved")


def cancel_it(staff, channel: Channel) -> Message:
    booking = a_confirmed_visit(staff, channel)
    outcomes.cancel_booking(booking=booking, by=staff, now=timezone.now())
    assert Booking.objects.get().status == Booking.Status.CANCELLED
    return Message.objects.get(about_key=f"booking:{booking.pk}", rule="cancelled")


def answer_them(staff, channel: Channel) -> Message:
    conversation = a_contact(staff, channel).conversation
    return reply(
        conversation=conversation, by=staff, body="I will ring you.", channel=channel, now=timezone.now()
    )


OPERATIONS = [create_a_contact, create_a_booking, move_it, cancel_it, answer_them]


@pytest.mark.django_db
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_whatever_a_provider_does_every_operation_succeeds_and_one_alert_tells(
    fault, provider, channel, staff, django_capture_on_commit_callbacks
):
    Automation.objects.update_or_create(
        pk=1, defaults={"opens": datetime.time(0), "closes": datetime.time.max}
    )
    said = []

    with django_capture_on_commit_callbacks(execute=True):
        for operation in OPERATIONS:
            said.append(operation(staff, channel).pk)
            Booking.objects.all().delete()
    assert provider.talks == 0  # not within a request, nor right after it

    messages = Message.objects.filter(pk__in=said)
    messages.update(send_at=timezone.now(), status=Message.Status.QUEUED)
    sending.deliver_due(limit=20)

    assert not messages.filter(status__in=["sent", "sending"]).exists()
    [alert] = Alert.objects.all()
    assert (alert.source_key, alert.status) == (f"{channel}:{fault.kind}", "open")
    assert alert.count == (
        1 if fault.kind == "rate" else len(OPERATIONS)
    )  # who asks us to wait is not asked again
