"""What a click would do is found out by doing it, and leaves no trace."""

from decimal import Decimal
from functools import partial

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.desk import services as desk
from bookings.desk.preview import preview
from bookings.models import IntakeForm, IntakeVersion, ServiceMaterial
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.pages import HOUR, NOW, START
from bookings.visits import making, moving, outcomes
from contacts.tests.factories import ContactFactory
from inventory.tests.factories import ItemFactory
from messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def gloves():
    return ItemFactory(name="Gloves", unit="pair", on_hand=Decimal(5), threshold=Decimal(4))


@pytest.fixture
def massage(gloves):
    """Uses two pairs of gloves and asks for a form."""
    massage = ServiceFactory(name="Massage")
    ServiceMaterial.objects.create(service=massage, item=gloves, quantity=Decimal(2))
    form = IntakeForm.objects.create(name="Health questions")
    IntakeVersion.objects.create(form=form, number=1, published_at=NOW, questions=[])
    massage.intake_forms.add(form)
    return massage


@pytest.fixture
def ada():
    return ContactFactory(name="Ada Lovelace", email="ada@client.example")


@pytest.fixture
def booking(ada, staff, massage):
    return BookedFactory(contact=ada, service=massage, staff=staff, starts_at=START)


def everything() -> dict[str, list]:
    """Every row of every table of ours, and the jobs of the worker."""
    rows = {model._meta.label: [*model.objects.order_by("pk").values()] for model in apps.get_models()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status FROM procrastinate_jobs ORDER BY id")
        return rows | {"jobs": cursor.fetchall()}


def words(foretold) -> list[str]:
    return [line.words for line in foretold.lines]


def ticks(foretold) -> list[str]:
    return [line.tick for line in foretold.lines if line.tick]


def test_booking_says_what_it_sends_asks_and_reserves(ada, staff, massage):
    act = partial(making.create_booking, contact=ada, service=massage, staff=staff, starts_at=START)

    foretold = preview(partial(act, by=staff, now=NOW), now=NOW)

    assert "Confirmation now, by email to ada@client.example." in words(foretold)
    assert "Reminder Wed 25 Nov, 14:30, by email to ada@client.example." in words(foretold)
    assert "Asked for: Health questions." in words(foretold)
    assert "Reserved: 2 pairs of Gloves." in words(foretold)
    assert "Alert: Low stock: Gloves." in words(foretold)
    assert ticks(foretold) == ["tell"]


def test_booking_says_what_will_be_short(ada, staff, massage, gloves):
    for hour in (1, 2):
        BookedFactory(service=massage, starts_at=START - hour * HOUR)
    act = partial(making.create_booking, contact=ada, service=massage, staff=staff, starts_at=START)

    foretold = preview(partial(act, by=staff, now=NOW), now=NOW)

    assert "Short by 1 pair of Gloves." in words(foretold)


def test_somebody_new_is_added(staff, massage):
    act = partial(desk.book_caller, name="Zoe Smith", phone="07700 900123", service=massage, staff=staff)

    foretold = preview(partial(act, starts_at=START, by=staff, now=NOW), now=NOW)

    assert words(foretold)[0] == "Zoe Smith is added to the contacts, without a welcome."


def test_moving_says_what_is_taken_back_and_planned_anew(booking, staff):
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)
    act = partial(
        moving.change_booking,
        booking=booking,
        service=booking.service,
        staff=staff,
        starts_at=START + 24 * HOUR,
    )

    foretold = preview(partial(act, by=staff, now=NOW), booking=booking, now=NOW)

    assert words(foretold)[0] == "Move notice in 3 minutes, by email to ada@client.example."
    assert "Friday 27 November 2026" in foretold.lines[0].text
    assert any(line.startswith("Planned so far, and taken back: ") for line in words(foretold))
    assert "Reserved: 2 pairs of Gloves." not in words(foretold)
    assert ticks(foretold) == ["tell"]


def test_another_service_gives_back_what_the_first_one_reserved(booking, staff):
    other = ServiceFactory()
    act = partial(moving.change_booking, booking=booking, service=other, staff=staff, starts_at=START)

    foretold = preview(partial(act, by=staff, now=NOW), booking=booking, now=NOW)

    assert "Free again: 2 pairs of Gloves." in words(foretold)
    assert "No longer asked for: Health questions." in words(foretold)


def test_only_other_notes_do_nothing(booking, staff):
    same = {"service": booking.service, "staff": staff, "starts_at": START}
    act = partial(moving.change_booking, booking=booking, **same, notes="Knee")

    assert words(preview(partial(act, by=staff, now=NOW), booking=booking, now=NOW)) == []


def test_cancelling_says_what_is_let_go(booking, staff):
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)
    act = partial(outcomes.cancel_booking, booking=booking, by=staff, now=NOW)

    foretold = preview(act, booking=booking, now=NOW)

    assert words(foretold)[0] == "Cancellation notice in 3 minutes, by email to ada@client.example."
    assert "No longer asked for: Health questions." in words(foretold)
    assert "Free again: 2 pairs of Gloves." in words(foretold)
    assert ticks(foretold) == ["tell"]


def test_a_late_cancellation_says_so(booking, staff):
    now = START - HOUR
    act = partial(outcomes.cancel_booking, booking=booking, by=staff, now=now)

    assert "Counts as late: the cancellation limit has passed." in words(
        preview(act, booking=booking, now=now)
    )


def test_completing_says_what_is_used(booking, staff):
    now = START + HOUR
    act = partial(outcomes.complete_booking, booking=booking, by=staff, now=now)

    foretold = preview(act, booking=booking, now=now)

    assert "Used: 2 pairs of Gloves, which leaves 3 pairs." in words(foretold)


def test_completing_says_what_is_used_beyond_what_is_there(booking, staff, gloves):
    now = START + HOUR
    act = partial(outcomes.complete_booking, booking=booking, actuals={gloves.pk: Decimal(6)})

    foretold = preview(partial(act, by=staff, now=now), booking=booking, now=now)

    assert "Used: 6 pairs of Gloves. That is more than there is: count it." in words(foretold)


def test_what_is_refused_is_said(booking, staff):
    act = partial(outcomes.mark_no_show, booking=booking, by=staff, now=NOW)

    foretold = preview(act, booking=booking, now=NOW)

    assert (foretold.lines, foretold.refusal) == ([], "Wait until ten minutes after the start.")


NEW = {"starts_at": START + 5 * HOUR}


def made(booking, **who):
    same = {"contact": booking.contact, "service": booking.service, "staff": booking.staff}
    return making.create_booking(**same, **NEW, **who)


def made_for_somebody_new(booking, **who):
    same = {"service": booking.service, "staff": booking.staff}
    return desk.book_caller(name="Zoe", email="zoe@client.example", **same, **NEW, **who)


def moved(booking, **who):
    same = {"service": booking.service, "staff": booking.staff}
    return moving.change_booking(booking=booking, **same, **NEW, **who)


@pytest.mark.parametrize(
    ("act", "is_new"),
    [
        (made, True),
        (made_for_somebody_new, True),
        (moved, False),
        (outcomes.cancel_booking, False),
        (partial(outcomes.complete_booking, early=True), False),
        (outcomes.mark_no_show, False),
    ],
    ids=["book", "book somebody new", "move", "cancel", "complete", "no-show, refused"],
)
def test_looking_ahead_leaves_every_table_as_it_was(
    act, is_new, booking, staff, django_capture_on_commit_callbacks
):
    before = everything()

    with django_capture_on_commit_callbacks() as callbacks:
        preview(
            partial(act, booking=booking, by=staff, now=NOW), booking=None if is_new else booking, now=NOW
        )

    assert everything() == before
    assert callbacks == []  # nobody is woken, so nothing leaves


def test_looking_ahead_costs_the_same_however_many_visits_there_are(booking, staff):
    act = partial(outcomes.cancel_booking, booking=booking, by=staff, now=NOW)

    with CaptureQueriesContext(connection) as few:
        preview(act, booking=booking, now=NOW)
    for hours in range(1, 6):
        BookedFactory(contact=booking.contact, service=booking.service, starts_at=START + hours * HOUR)
    with CaptureQueriesContext(connection) as many:
        preview(act, booking=booking, now=NOW)

    assert len(few) == len(many) <= 70
