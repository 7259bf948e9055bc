import datetime
import zoneinfo
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts import services as accounts
from accounts.models import Business
from accounts.tests.factories import UserFactory
from alerts.models import Alert
from alerts.services import acknowledge_alert, dismiss_alert
from alerts.tests.factories import AlertFactory
from bookings.models import Booking, IntakeRequest
from bookings.tests.factories import BookingFactory, ServiceFactory
from bookings.tests.intake_desk import make_form
from careops.dashboard import counts, reading
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from inventory.tests.factories import ItemFactory
from messaging.inbox import saying
from messaging.models import Message

pytestmark = pytest.mark.django_db

HOME = reverse("dashboard")
NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)  # a Tuesday
LONG_AGO = NOON - datetime.timedelta(days=60)
MINUTE, HOUR, DAY = (datetime.timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()


@pytest.fixture
def massage():
    return ServiceFactory(name="Massage", minutes=30)


def book(starts_at, status="confirmed", **values):
    booking = BookingFactory(starts_at=starts_at, now=LONG_AGO, **values)
    Booking.objects.filter(pk=booking.pk).update(status=status)
    return booking


def book_many(moments, service, status="confirmed"):
    """The visits of one person, quicker than by the service."""
    contact, staff = ContactFactory(), UserFactory()
    Booking.objects.bulk_create(
        Booking(
            contact=contact,
            service=service,
            staff=staff,
            starts_at=moment,
            ends_at=moment + service.length,
            status=status,
        )
        for moment in moments
    )


def rows(client, url):
    """Every row of a list, over all its pages."""
    found, url = [], str(url)
    while url:
        page = client.get(url).context["page_obj"]
        found += [*page]
        query = getattr(page, "next_query", None)
        url = f"{url.partition('?')[0]}{query}" if query else None
    return found


def numbers(client):
    return client.get(HOME).context["numbers"]


# --- Numbers ---


def busy_business(staff, zone, massage):
    """Rows on both sides of every border, so that a number and its list can only agree by the same rule."""
    midnight = datetime.datetime(2026, 11, 24, tzinfo=zone)
    for status in Booking.Status.values:
        for moment in (midnight, midnight - MINUTE):
            book_many(
                [moment + days * DAY for days in (-31, -30, -29, -1, 0, 1, 2, 7, 8, 9)], massage, status
            )
    book_many([NOON - 75 * MINUTE, NOON - 45 * MINUTE, NOON, NOON + HOUR], massage)
    book_many([NOON - 30 * MINUTE], massage)
    Contact.objects.update(stage=Contact.Stage.BOOKED)
    contacts = ContactFactory.create_batch(4)
    Contact.objects.filter(pk=contacts[0].pk).update(stage=Contact.Stage.LOST)
    for contact in contacts[:3]:
        saying.record_incoming(conversation=contact.conversation, body="Hello?", at=NOON)
    saying.reply(conversation=contacts[0].conversation, by=staff, body="Hello!", now=NOON)
    for contact, status in zip(contacts, ["failed", "failed", "sent", "skipped"], strict=True):
        Message.objects.create(conversation=contact.conversation, body="x", send_at=NOON, status=status)
    for on_hand in (0, 3, 4, 5):
        ItemFactory(on_hand=Decimal(on_hand), threshold=Decimal(4))
    asked = [
        *[("sent", MINUTE), ("opened", -MINUTE), ("planned", DAY), ("submitted", -DAY), ("submitted", DAY)],
        *[("reviewed", DAY), ("waived", -DAY), ("expired", -DAY)],
    ]
    version = make_form().versions.get()
    visits = Booking.objects.filter(status="confirmed").order_by("pk")[: len(asked)]
    for visit, (status, due) in zip(visits, asked, strict=True):
        IntakeRequest.objects.create(
            booking=visit, contact=visit.contact, version=version, due_at=NOON + due, status=status
        )
    _, acknowledged, dismissed = AlertFactory.create_batch(3, kind=Alert.Kind.DELIVERY)
    acknowledge_alert(alert=acknowledged, by=staff)
    dismiss_alert(alert=dismissed, by=staff)


@pytest.mark.parametrize("name", ["Europe/London", "America/New_York", "Pacific/Auckland"])
def test_every_number_links_to_exactly_the_rows_it_counts(as_admin, staff, massage, name):
    accounts.change_business(by=None, time_zone=name)
    busy_business(staff, zoneinfo.ZoneInfo(name), massage)

    shown = numbers(as_admin)

    for number in shown.values():
        assert (number.label, len(rows(as_admin, number.url))) == (number.label, number.count)
    assert all(number.count for number in shown.values())


def test_numbers_count_what_they_say(as_admin, staff, massage):
    busy_business(staff, zoneinfo.ZoneInfo("Europe/London"), massage)

    shown = {name: number.count for name, number in numbers(as_admin).items()}

    # Of today: six visits at its first and six at its last minute, and five around noon.
    assert shown == {
        "today": 6 + 6 + 5,
        "upcoming": 3 + 3,
        "completed": 3 + 3,
        "no_show": 3 + 3,
        "arrived": 1 + 1,
        "requests": 20,
        "missing": 2 * (5 + 5) + 1,
        "forms_pending": 3,
        "forms_overdue": 1,
        "forms_done": 2,
        "new": 3,
        "waiting": 2,
        "failed": 2,
        "low": 2,
        "alerts": 1 + 2,
    }


def test_numbers_are_links_on_the_page(as_admin):
    ContactFactory()
    html = as_admin.get(HOME).content.decode()

    for number in numbers(as_admin).values():
        assert f'href="{number.url.replace("&", "&amp;")}"' in html


def test_numbers_stop_counting(as_admin, monkeypatch):
    monkeypatch.setattr(counts, "MOST", 2)
    ContactFactory.create_batch(4)

    number = numbers(as_admin)["new"]

    assert (number.count, str(number)) == (3, "2+")


def test_numbers_are_hidden_from_those_who_may_not_see_their_rows(as_staff, staff):
    book(NOON + HOUR)
    AlertFactory(title="Gloves are low")
    staff.groups.clear()

    response = as_staff.get(HOME)

    assert response.status_code == 200
    assert response.context["numbers"] == {}
    html = response.content.decode()
    assert "Gloves are low" not in html
    assert "Ada Client" not in html


# --- Today ---


def test_today_tells_what_is_now_and_next(as_staff, massage):
    over = book(NOON - 2 * HOUR, "completed", service=massage)
    cancelled = book(NOON - 10 * MINUTE, "cancelled", service=massage)
    now = book(NOON - 5 * MINUTE, service=massage)
    next_ = book(NOON + HOUR, service=massage)
    at_once = book(NOON + HOUR, service=massage)
    later = book(NOON + 2 * HOUR, service=massage)
    book(NOON + DAY, service=massage)

    response = as_staff.get(HOME)

    assert [(visit.booking, visit.moment) for visit in response.context["visits"]] == [
        (over, "over"),
        (cancelled, "over"),
        (now, "now"),
        (next_, "next"),
        (at_once, "next"),
        (later, "later"),
    ]
    html = response.content.decode()
    assert f"next is {next_.contact} at 13:00" in strip_tags(html)
    assert html.count('id="visit-') == 6


def test_today_tells_who_is_here_and_who_has_only_asked(as_staff, massage):
    early = book(NOON + HOUR, "arrived", service=massage)
    over = book(NOON - 2 * HOUR, "arrived", service=massage)
    asked = book(NOON + 2 * HOUR, "requested", service=massage)
    Booking.objects.filter(pk=early.pk).update(arrived_at=NOON - 12 * MINUTE)

    response = as_staff.get(HOME)

    assert [(visit.booking, visit.moment) for visit in response.context["visits"]] == [
        (over, "over"),
        (early, "here"),
        (asked, "later"),
    ]
    html = response.content.decode()
    assert "Here for 12 min" in html
    assert "Requested" in html
    assert response.context["next"] is None
    assert response.context["missing"] == [over]


def test_attention_lists_requests_the_next_first_and_each_thing_once(as_staff):
    later, sooner = book(NOON + 3 * DAY, "requested"), book(NOON + 2 * DAY, "requested")
    AlertFactory(kind=Alert.Kind.REQUEST, title="To confirm")
    AlertFactory(kind=Alert.Kind.OUTCOME_MISSING, title="How did it go?")

    response = as_staff.get(HOME)

    assert response.context["requests"] == [sooner, later]
    assert response.context["alerts"] == []
    assert f"{sooner.contact} asks for Thu 26 Nov, 12:00" in strip_tags(response.text)


def test_today_is_the_day_of_the_business(as_staff):
    accounts.change_business(by=None, time_zone="Pacific/Auckland")  # where it is Wednesday, 01:00
    tuesday = book(NOON - 2 * HOUR)
    wednesday = book(NOON + 11 * HOUR)

    response = as_staff.get(HOME)

    assert [visit.booking for visit in response.context["visits"]] == [wednesday]
    assert tuesday in response.context["missing"]
    assert "Wednesday 25 November" in response.content.decode()


@pytest.mark.parametrize("drawn", [reading.DRAWN, 10])
def test_a_long_day_is_shown_from_a_little_before_now(as_staff, massage, monkeypatch, drawn):
    monkeypatch.setattr(reading, "DRAWN", drawn)
    people = UserFactory.create_batch(2)
    visits = [
        book(NOON + quarter * 15 * MINUTE, service=massage, staff=people[quarter % 2])
        for quarter in range(-16, 16)
    ]

    response = as_staff.get(HOME)

    shown = [visit.booking for visit in response.context["visits"]]
    assert shown == visits[12 : 12 + reading.ROWS]
    assert "All 32" in response.content.decode()
    assert (response.context["picture"] is None) == (drawn == 10)


def test_the_end_of_a_long_day_shows_its_last_visits(as_staff, massage):
    visits = [book(NOON - HOUR - quarter * 15 * MINUTE, service=massage) for quarter in range(20)]

    shown = [visit.booking for visit in as_staff.get(HOME).context["visits"]]

    assert shown == visits[::-1][-reading.ROWS :]


@pytest.mark.parametrize(
    ("hour", "greeting"), [(3, "evening"), (4, "morning"), (12, "afternoon"), (18, "evening")]
)
def test_the_greeting_fits_the_hour_of_the_business(as_staff, hour, greeting):
    accounts.change_business(by=None, time_zone="Asia/Tokyo")
    with time_machine.travel(datetime.datetime(2026, 11, 24, hour, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))):
        html = as_staff.get(HOME).content.decode()

    assert f"Good {greeting}, Sara</h1>" in html


# --- Needs attention ---


def test_attention_lists_the_longest_wait_first_with_its_length(as_staff):
    short, long = ContactFactory.create_batch(2)
    saying.record_incoming(conversation=short.conversation, body="Hello?", at=NOON - 5 * MINUTE)
    saying.record_incoming(conversation=long.conversation, body="Hello?", at=NOON - 35 * MINUTE)

    response = as_staff.get(HOME)

    assert response.context["waiting"] == [long.conversation, short.conversation]
    html = response.content.decode()
    assert long.conversation.get_absolute_url() in html
    assert "35 min" in html


def test_attention_lists_open_alerts_the_gravest_first(as_staff, staff):
    critical = AlertFactory(severity=Alert.Severity.CRITICAL)
    warning = AlertFactory(url="/inventory/7/")
    acknowledge_alert(alert=AlertFactory(), by=staff)

    response = as_staff.get(HOME)

    assert response.context["alerts"] == [critical, warning]
    assert 'href="/inventory/7/"' in response.content.decode()


def test_attention_asks_for_missing_outcomes_the_oldest_first(as_staff):
    recent, old = book(NOON - 3 * HOUR), book(NOON - 3 * DAY)
    book(NOON - 3 * DAY, "completed")

    response = as_staff.get(HOME)

    assert response.context["missing"] == [old, recent]
    assert f'href="{old.get_absolute_url()}"' in response.content.decode()


def test_attention_leads_to_failed_messages(as_staff):
    contact = ContactFactory()
    Message.objects.create(conversation=contact.conversation, body="x", send_at=NOON, status="failed")

    html = as_staff.get(HOME).content.decode()

    assert "1 message could not be delivered" in html


def test_attention_shows_some_and_leads_to_all(as_staff):
    for contact in ContactFactory.create_batch(reading.EACH + 1):
        saying.record_incoming(conversation=contact.conversation, body="Hello?", at=NOON)

    response = as_staff.get(HOME)

    assert len(response.context["waiting"]) == reading.EACH
    assert f"{reading.EACH + 1} waiting</a>" in response.content.decode()


def test_attention_is_calm_when_nothing_waits(as_staff):
    book(NOON + HOUR)

    assert "All is well" in as_staff.get(HOME).content.decode()


# --- The page ---


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_in_a_small_and_a_busy_business(
    as_staff, massage, count, django_assert_num_queries
):
    book_many([NOON + half * 30 * MINUTE for half in range(-count // 2, count)], massage)
    for _ in range(count):
        AlertFactory()
        contact = ContactFactory()
        saying.record_incoming(conversation=contact.conversation, body="Hello?", at=NOON)

    with django_assert_num_queries(7):
        as_staff.get(HOME)


def test_the_page_costs_no_more_in_a_quiet_business(as_staff, django_assert_max_num_queries):
    AlertFactory()
    saying.record_incoming(conversation=ContactFactory().conversation, body="Hello?", at=NOON)

    with django_assert_max_num_queries(8):
        as_staff.get(HOME)


def test_an_empty_business_is_welcomed_with_its_first_steps(as_admin):
    html = as_admin.get(HOME).content.decode()

    for name in ("bookings:service_create", "bookings:hours", "contacts:create", "bookings:create"):
        assert f'href="{reverse(name)}"' in html
    assert "Welcome to CareOps" in html
    assert "last 30 days" not in html


def test_first_steps_are_ticked_off_and_go_when_done(as_staff):
    ServiceFactory()

    begun = as_staff.get(HOME).content.decode()
    book(timezone.now() + HOUR)
    done = as_staff.get(HOME).content.decode()

    assert "Services can be booked" in begun
    assert "Welcome to CareOps" not in done


def test_staff_are_not_offered_steps_they_may_not_take(as_staff):
    html = as_staff.get(HOME).content.decode()

    assert reverse("bookings:service_create") not in html
    assert "An admin says what can be booked" in html
    assert "An admin says when people work" in html


def test_names_are_text(as_staff):
    book(NOON + HOUR, contact=ContactFactory(name="<b>Ada</b>"), staff=UserFactory(name="<i>Sara</i>"))

    html = as_staff.get(HOME).content.decode()

    assert "<b>Ada" not in html
    assert "<i>Sara" not in html
