import datetime

import pytest
import time_machine
from django.utils.html import strip_tags

from bookings.desk.pages import BookingListView
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, BookingFactory, ServiceFactory
from bookings.tests.intake_desk import make_form
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOW, tick=False):
        yield


def book(hours, name="Ada", *, make=BookingFactory, **values):
    contact = values.pop("contact", None) or ContactFactory(name=name)
    return make(contact=contact, starts_at=NOW + hours * HOUR, **values)


def listed(client, query="") -> list[Booking]:
    response = client.get(f"/bookings/{query}")
    assert response.status_code == 200
    return [*response.context["page_obj"]]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_five_queries_however_long_it_is(rows, as_staff, django_assert_num_queries):
    service = ServiceFactory()
    make_form(service=service)
    for number in range(rows):
        book(number, service=service, notes="Knee", make=BookedFactory)

    with django_assert_num_queries(5):
        response = as_staff.get("/bookings/?staff=1&q=Ada&status=confirmed&source=staff&paid=no")

    assert response.status_code == 200
    with django_assert_num_queries(5):
        assert len(listed(as_staff)) == rows


def test_list_begins_today_and_goes_on_in_order(as_staff):
    later, sooner = book(50), book(2)
    this_morning = book(-3)
    book(-13)

    assert listed(as_staff) == [this_morning, sooner, later]


def test_list_groups_by_day(as_staff):
    book(1), book(2), book(24), book(72)

    page = " ".join(as_staff.get("/bookings/").content.decode().split())

    assert page.count('<h2 class="visits__day">') == 3
    for words in ["Today Tue 24 Nov", "Tomorrow Wed 25 Nov", "Fri 27 Nov"]:
        assert words in strip_tags(page)


def test_list_shows_exactly_the_days_and_the_status_asked_for(as_staff, staff):
    before, first, last, after = book(-13), book(-12), book(59), book(60)
    off = book(3)
    outcomes.cancel_booking(booking=off, by=staff, now=NOW)

    assert listed(as_staff, "?from=2026-11-24&to=2026-11-26") == [first, off, last]
    assert listed(as_staff, "?from=2026-11-24&to=2026-11-26&status=cancelled") == [off]
    assert listed(as_staff, "?from=2026-11-24&to=2026-11-26&status=confirmed") == [first, last]
    assert listed(as_staff, "?from=2026-11-23&to=2026-11-23") == [before]
    assert listed(as_staff, "?from=2026-11-27&to=2026-11-27") == [after]


def test_list_counts_days_as_the_business_does(as_staff):
    """Half past eleven in the evening of 1 July is, in London, half past midnight of the next day."""
    booking = BookingFactory(starts_at=datetime.datetime(2027, 7, 1, 23, 30, tzinfo=datetime.UTC))

    assert listed(as_staff, "?from=2027-07-01&to=2027-07-01") == []
    assert listed(as_staff, "?from=2027-07-02&to=2027-07-02") == [booking]


def test_list_of_what_is_past_runs_backwards(as_staff):
    yesterday, last_month, today = book(-24), book(-24 * 30), book(-1)

    assert listed(as_staff, "?from=&to=2026-11-23") == [yesterday, last_month]
    assert listed(as_staff, "?from=2026-10-01&to=2026-11-23") == [last_month, yesterday]
    assert listed(as_staff, "?from=&to=") == [today, yesterday, last_month]


def test_list_of_one_person_and_of_one_contact(as_staff):
    ada, bob = book(1, "Ada Lovelace"), book(2, "Bob Ross")

    assert listed(as_staff, f"?staff={bob.staff_id}") == [bob]
    assert listed(as_staff, "?q=love") == [ada]
    assert listed(as_staff, f"?q=love&staff={bob.staff_id}") == []


def test_list_of_what_lacks_an_outcome(as_staff, staff):
    open_since_last_week, done, just_over, to_come = book(-24 * 7), book(-5), book(-1.25), book(3)
    outcomes.complete_booking(booking=done, by=staff, now=NOW)
    a_minute_longer = book(-1.25 - 1 / 60)

    Booking.objects.filter(pk=open_since_last_week.pk).update(status="arrived")

    assert listed(as_staff, "?todo=outcome") == [a_minute_longer, open_since_last_week]
    assert just_over.lacks_outcome(now=NOW) is to_come.lacks_outcome(now=NOW) is False


def test_list_of_what_waits_for_an_answer_begins_with_the_next(as_staff):
    later, sooner, confirmed = book(30), book(3), book(5)
    Booking.objects.filter(pk__in=[later.pk, sooner.pk]).update(status="requested")

    assert listed(as_staff, "?todo=confirm") == [sooner, later]
    assert listed(as_staff, "?from=&to=&status=requested") == [later, sooner]
    assert listed(as_staff, "?from=&to=&status=confirmed") == [confirmed]


def test_list_of_visits_whose_customer_has_not_said_yes(as_staff):
    past, later, sooner, coming, requested = book(-3), book(30), book(3), book(5), book(7)
    Booking.objects.filter(pk=coming.pk).update(attending_at=NOW)
    Booking.objects.filter(pk=requested.pk).update(status="requested")

    assert listed(as_staff, "?todo=coming") == [sooner, later]
    assert past not in listed(as_staff, "?todo=coming")


def test_list_by_payment_and_by_how_it_came_in(as_staff):
    free, owed, paid, off = book(1), book(2), book(3), book(4)
    for booking, changes in [
        (owed, {"price": 45, "source": "online"}),
        (paid, {"price": 45, "paid_at": NOW}),
        (off, {"price": 45, "status": "cancelled"}),
    ]:
        Booking.objects.filter(pk=booking.pk).update(**changes)

    assert listed(as_staff, "?paid=no") == [owed]
    assert listed(as_staff, "?paid=yes") == [paid]
    assert listed(as_staff, "?source=online") == [owed]
    assert listed(as_staff, "?source=staff") == [free, paid, off]


def test_spans_lead_to_their_days_and_keep_the_other_filters(as_staff):
    form = as_staff.get("/bookings/?status=confirmed&page=2").context["form"]

    links = {label: link for label, link, _ in form.spans()}

    assert links == {
        "Today": "?status=confirmed&from=2026-11-24&to=2026-11-24&todo=",
        "Upcoming": "?status=confirmed&from=2026-11-24&to=&todo=",
        "Past": "?status=confirmed&from=&to=2026-11-23&todo=",
        "To confirm": "?status=confirmed&from=&to=&todo=confirm",
        "Coming?": "?status=confirmed&from=&to=&todo=coming",
        "Outcome missing": "?status=confirmed&from=&to=&todo=outcome",
    }
    assert [label for label, _, current in form.spans() if current] == ["Upcoming"]
    for label, link in links.items():
        again = as_staff.get(f"/bookings/{link}").context["form"]
        assert [span[0] for span in again.spans() if span[2]] == [label]


@pytest.fixture
def _short_pages(monkeypatch):
    monkeypatch.setattr(BookingListView, "paginate_by", 3)


@pytest.mark.usefixtures("_short_pages")
def test_list_is_paged_in_both_directions(as_staff):
    everyone = [book(hours) for hours in range(5)]

    first = as_staff.get("/bookings/?status=confirmed").context["page_obj"]
    second = as_staff.get(f"/bookings/{first.next_query}").context["page_obj"]
    back = as_staff.get(f"/bookings/{second.previous_query}").context["page_obj"]

    assert [*first] == [*back] == everyone[:3]
    assert [*second] == everyone[3:]


@pytest.mark.usefixtures("_short_pages")
def test_list_of_what_is_past_is_paged_too(as_staff):
    everyone = [book(-24 - hours) for hours in range(5)]

    first = as_staff.get("/bookings/?from=&to=2026-11-23").context["page_obj"]
    second = as_staff.get(f"/bookings/{first.next_query}").context["page_obj"]

    assert [*first, *second] == everyone


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=0001-01-01", "Choose a date between 2000 and 2099."),
        ("to=9999-12-31", "Choose a date between 2000 and 2099."),
        ("from=yesterday", "Enter a valid date."),
        ("from=2026-12-02&to=2026-12-01", "The last day lies before the first one."),
        ("status=dancing", "Select a valid choice."),
        ("staff=abc", "Select a valid choice."),
        ("staff=99999999999999999999999", "Select a valid choice."),
        ("staff=1'--", "Select a valid choice."),
        ("source=moon", "Select a valid choice."),
        ("paid=perhaps", "Select a valid choice."),
        (f"q={'x' * 9000}", "at most 120 characters"),
    ],
)
def test_list_says_what_is_wrong_with_a_filter_and_still_opens(query, words, as_staff):
    booking = book(24 * 9)

    response = as_staff.get(f"/bookings/?{query}")

    assert response.status_code == 200
    assert words in response.content.decode()
    assert [*response.context["page_obj"]] == [booking]


def test_list_with_a_broken_first_day_begins_today(as_staff):
    book(-48)
    today = book(1)

    assert listed(as_staff, "?from=someday&to=") == [today]


@pytest.mark.parametrize("query", ["page=abc", "todo=dance", "from=&to=", "nothing=%F0%9F", "q=%25_"])
def test_list_opens_on_what_means_nothing_to_it(query, as_staff):
    assert as_staff.get(f"/bookings/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["after=abc", "after=0001-01-01~1", "before=9999-12-31T23:59~1", "after=1~2~3"]
)
def test_list_knows_no_page_that_cannot_be(query, as_staff):
    assert as_staff.get(f"/bookings/?{query}").status_code == 404


def test_list_refuses_a_nul(as_staff):
    assert as_staff.get("/bookings/?q=%00").status_code == 400


def test_list_without_bookings_offers_the_next_step(as_staff):
    page = as_staff.get("/bookings/").content.decode()

    assert "Nothing booked on these days" in page
    assert "No bookings match" not in page


def test_list_filtered_to_nothing_offers_to_clear_the_filters(as_staff):
    book(1)

    page = as_staff.get("/bookings/?status=completed").content.decode()

    assert "No bookings match" in page
    assert "Clear the filters" in page


@pytest.mark.parametrize(
    ("todo", "words"),
    [
        ("outcome", "Every visit has its outcome"),
        ("confirm", "No request waits"),
        ("coming", "Everybody has said that they come"),
    ],
)
def test_list_of_work_is_calm_when_there_is_none(todo, words, as_staff):
    Booking.objects.filter(pk=book(1).pk).update(attending_at=NOW)

    assert words in as_staff.get(f"/bookings/?todo={todo}").content.decode()


def test_rows_carry_their_marks(as_staff):
    service = ServiceFactory(price=45)
    make_form(service=service)
    book(1, service=service, notes="Mind the <step>", make=BookedFactory)
    Booking.objects.filter(pk=book(-1, service=service).pk).update(status="completed")

    page = as_staff.get("/bookings/").content.decode()

    assert page.count("Form missing") == 1
    assert page.count("Unpaid") == 1
    assert 'title="Mind the &lt;step&gt;"' in page
    assert "Confirmed" in page


@pytest.mark.parametrize(
    ("hours", "status", "offered"),
    [
        (1, "requested", {"confirm"}),
        (2, "confirmed", set()),
        (0.5, "confirmed", {"arrive"}),
        (0.5, "arrived", {"complete"}),
        (-3, "confirmed", {"complete", "no-show"}),
        (-3, "completed", set()),
    ],
)
def test_rows_offer_what_they_ask_for(hours, status, offered, as_staff):
    booking = book(hours)
    Booking.objects.filter(pk=booking.pk).update(status=status)

    page = as_staff.get("/bookings/").content.decode()

    actions = ("confirm", "arrive", "complete", "no-show", "reopen")
    assert {action for action in actions if f"/bookings/{booking.pk}/{action}/" in page} == offered


def test_a_visit_can_be_closed_from_the_list(as_staff):
    booking = book(-3)
    query = "?todo=outcome"
    assert f"/bookings/{booking.pk}/complete/" in as_staff.get(f"/bookings/{query}").content.decode()

    response = as_staff.post(f"/bookings/{booking.pk}/complete/", {"next": f"/bookings/{query}"})

    assert response.url == f"/bookings/{query}"
    assert listed(as_staff, query) == []
