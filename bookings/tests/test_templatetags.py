import datetime
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from bookings import looks, states
from bookings.intake import states as intake_states
from bookings.models import Booking, IntakeRequest
from bookings.templatetags.bookings import ACTIONS, next_visit
from bookings.templatetags.offers import reason_icon
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.times.roster import Code
from bookings.visits import outcomes
from bookings.visits.timeline import RULES, TYPED, Timeline
from careops.core.icons import icon
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.inbox import saying
from messaging.looks import MESSAGES
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def timeline_of(contact):
    return Timeline.of(Contact.objects.select_related("conversation").get(pk=contact.pk), now=timezone.now())


def test_history_has_words_for_whatever_is_done_to_a_visit_or_its_forms():
    sources = {path: path.read_text() for path in Path(settings.BASE_DIR, "bookings").glob("*/*.py")}
    rooms = [text for path, text in sources.items() if path.parent.name not in {"templatetags", "tests"}]
    done = {action for text in rooms for action in re.findall(r'"((?:booking|intake)\.\w+)"', text)}
    done |= {f"booking.{move.name}" for move in states.TRANSITIONS if move.target}
    noted = {name for text in rooms for name in re.findall(r"_note\(request, states\.(\w+)", text)}
    done |= {f"intake.{getattr(intake_states, name).name}" for name in noted}

    assert done == ACTIONS.keys()


def test_timeline_mixes_bookings_and_messages_the_newest_first(staff):
    contact = ContactFactory(name="Ada")
    now = timezone.now()
    booking = BookedFactory(contact=contact, starts_at=now + 3 * DAY)
    saying.record_incoming(conversation=contact.conversation, body="Thank you", at=now - DAY / 24)
    BookedFactory()

    timeline = timeline_of(contact)

    assert [entry.title for entry in timeline.to_come] == [
        f"{booking.service} with {booking.staff}",
        "Reminder",
    ]
    assert [entry.title for entry in timeline.so_far] == ["Confirmation", "Ada wrote"]
    assert [entry.words for entry in timeline.so_far][1:] == ["Thank you"]
    assert timeline.to_come[0].url == booking.get_absolute_url()
    assert timeline.to_come[1].url == contact.conversation.messages.get(rule="reminder").get_absolute_url()
    assert timeline.so_far[1].url == contact.conversation.get_absolute_url()
    assert timeline.next_visit == timeline.to_come[0]
    assert not timeline.more


@pytest.mark.parametrize("visits", [1, 20])
def test_timeline_costs_two_queries_and_stops_at_25(visits, staff, django_assert_num_queries):
    contact = ContactFactory()
    service = ServiceFactory()
    for days in range(1, visits + 1):
        BookedFactory(
            contact=contact, staff=staff, service=service, starts_at=timezone.now() + (days - 15) * DAY
        )
    contact = Contact.objects.select_related("conversation").get(pk=contact.pk)

    with django_assert_num_queries(2):
        timeline = Timeline.of(contact, now=timezone.now())

    everything = contact.bookings.count() + contact.conversation.messages.count()
    assert timeline.length == min(everything, 25)
    assert timeline.more is (everything > 25) is (visits == 20)


def test_timeline_knows_every_state_of_bookings_and_messages():
    assert looks.VISITS.keys() == looks.FOR_CUSTOMERS.keys() == set(Booking.Status.values)
    assert looks.REQUESTS.keys() == set(IntakeRequest.Status.values)
    assert MESSAGES.keys() == set(Message.Status.values)
    assert TYPED.keys() == set(Message.Direction.values)
    assert RULES.keys() == set(RuleCode.values)


def test_timeline_cuts_long_words(staff):
    contact = ContactFactory()
    for body in ("a" * 240, "b" * 241):
        saying.record_incoming(conversation=contact.conversation, body=body, at=timezone.now())

    words = {entry.words for entry in timeline_of(contact).so_far}

    assert words == {"a" * 240, "b" * 239 + "…"}


def test_next_visit_is_found_behind_a_page_of_later_ones(staff):
    contact = ContactFactory()
    now = timezone.now()
    for days in range(1, 31):
        BookedFactory(contact=contact, starts_at=now + days * DAY)

    timeline = timeline_of(contact)

    assert timeline.next_visit.url == contact.bookings.earliest("starts_at").get_absolute_url()
    assert timeline.next_visit not in timeline.to_come
    assert timeline.length == 25


def test_next_visit_of_the_timeline_is_a_confirmed_one(staff):
    contact = ContactFactory()
    now = timezone.now()
    off, on = (BookedFactory(contact=contact, starts_at=now + days * DAY) for days in (2, 3))
    outcomes.cancel_booking(booking=off, by=staff, now=now)

    assert timeline_of(contact).next_visit.url == on.get_absolute_url()
    assert timeline_of(ContactFactory()).next_visit is None


def test_next_visit_is_the_first_confirmed_one_to_come(staff, django_assert_num_queries):
    contact = ContactFactory()
    now = timezone.now()
    BookedFactory(contact=contact, starts_at=now - DAY)
    BookedFactory(contact=contact, starts_at=now + 5 * DAY)
    off, sooner = (BookedFactory(contact=contact, starts_at=now + days * DAY) for days in (2, 3))
    outcomes.cancel_booking(booking=off, by=staff, now=now)
    BookedFactory(starts_at=now + DAY)

    with django_assert_num_queries(1):
        visit = next_visit(contact)
        [str(visit.service), str(visit.staff)]

    assert visit == sooner


def test_next_visit_of_somebody_without_one_is_none():
    assert next_visit(ContactFactory()) is None


@pytest.mark.parametrize("code", Code)
def test_every_reason_has_an_icon(code):
    assert "<svg" in icon(reason_icon(code))
