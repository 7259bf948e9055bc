"""The pages on which customers book: each step, every parameter, and what they never show or do."""

import datetime
import re
from html import unescape

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings.messages import links
from bookings.models import Booking, IntakeRequest
from bookings.slots import for_customers
from bookings.tests.acts import everything
from bookings.tests.factories import (
    BookedFactory,
    BookingFactory,
    ServiceFactory,
    work_always,
    work_from_next_month,
)
from bookings.tests.intake_desk import make_form
from careops.core import bots
from careops.core.once import new_token
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.models import Address, Message
from messaging.rules import services as rules
from messaging.tests import outside

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
RATE = 1  # counting how often an address asks


@pytest.fixture
def massage(staff):
    work_always(staff)
    return ServiceFactory(name="Massage", minutes=60, step=60, price=45, description="An hour of calm.")


@pytest.fixture
def start():
    """Noon in three days."""
    return timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + datetime.timedelta(days=3)


def details_url(service, at, **query):
    query = {"staff": "any", "at": for_customers.key_of(at, service), **query}
    return reverse("book_details", args=[service.pk], query=query)


def typed(**values):
    """What the form sends, opened a minute ago."""
    opened = bots.opened(timezone.now() - datetime.timedelta(minutes=1))
    who = {"name": "Ada Lovelace", "email": "ada@client.example"}
    return {**who, "note": "", "website": "", "opened": opened, "once": new_token(), **values}


def test_the_services_say_what_they_cost_and_how_long_they_take(client, massage):
    ServiceFactory(name="Secret", is_public=False)
    ServiceFactory(name="Retired", is_active=False)
    ServiceFactory(name="Call", location="phone", needs_approval=True)

    text = client.get("/book/").text

    assert re.search(r"Massage.*1 hour.*An hour of calm.*£45", text, re.DOTALL)
    assert "Secret" not in text
    assert "Retired" not in text
    assert "By phone: we call you" in text
    assert "on request" in text


def test_what_there_is_no_choice_of_is_skipped(client, massage):
    response = client.get("/book/", follow=True)

    assert [url for url, _ in response.redirect_chain] == [
        f"/book/{massage.pk}/",
        f"/book/{massage.pk}/times/",
    ]
    assert "Step 1 of 2: day and time" in response.text


def test_with_a_choice_each_is_a_step(client, massage, staff):
    ServiceFactory(name="Facial")
    work_always(UserFactory(name="Zoe"))

    person = client.get(f"/book/{massage.pk}/")
    times = client.get(f"/book/{massage.pk}/times/?staff={staff.pk}")

    assert "Step 2 of 4: person" in person.text
    assert all(name in person.text for name in ("Anybody", "Sara Staff", "Zoe", "First free"))
    assert "Step 3 of 4: day and time" in times.text
    assert "Sara Staff" in times.text


def test_a_link_leads_straight_to_a_service_and_a_person(client, massage, staff):
    ServiceFactory(name="Facial")
    work_always(UserFactory(name="Zoe"))

    query = f"?service={massage.pk}&staff={staff.pk}&name=Ada&email=ada@client.example&unknown=1"
    response = client.get(f"/book/{query}", follow=True)

    url = f"/book/{massage.pk}/times/?staff={staff.pk}&name=Ada&email=ada%40client.example"
    assert response.redirect_chain[-1][0] == url
    assert f"/book/{massage.pk}/details/?staff={staff.pk}&name=Ada" in unescape(response.text)


def test_what_a_link_brings_along_stands_in_the_form(client, massage, start):
    text = client.get(details_url(massage, start, name="Ada", email="ada@client.example")).text

    assert 'value="Ada"' in text
    assert 'value="ada@client.example"' in text
    assert "checked" not in text  # of the box to keep in touch


def test_days_are_links_with_their_whole_name(client, massage, start):
    text = client.get(f"/book/{massage.pk}/times/?day={start:%Y-%m-%d}").text

    day = f"{start:%A} {start.day} {start:%B}, 2[345] times free"  # as many as it has hours
    assert re.search(f'aria-label="{day}" aria-current="date"', text)
    assert f'day={start:%Y-%m-%d}#times"' in text
    assert '<h2 id="times" tabindex="-1">' in text
    assert "All times are London time." in text
    assert all(part in text for part in ("Morning", "Afternoon", "Evening"))


@pytest.mark.parametrize(
    "now",
    [
        "2027-01-01T00:00Z",
        "2027-02-28T12:00Z",
        "2028-02-29T10:00Z",
        "2027-03-28T00:30Z",  # London's clocks go forward in half an hour
        "2027-04-30T23:30Z",  # in London it is May
        "2027-10-31T01:30Z",  # London's clocks have gone back
        "2027-12-31T23:30Z",
    ],
)
def test_whoever_works_from_next_month_has_days_enough_on_any_day(client, now):
    with time_machine.travel(now, tick=False):
        work_from_next_month(*UserFactory.create_batch(2))
        service = ServiceFactory(step=60)

        text = client.get(f"/book/{service.pk}/times/").text

    assert len(re.findall(r' aria-label="[^"]+ times free"', text)) >= 28


def test_a_day_without_room_says_so_and_shows_the_next_one(client, massage, start):
    text = strip_tags(client.get(f"/book/{massage.pk}/times/?day=2099-01-01").text)
    assert "Nothing is free on Thu 1 Jan 2099." in text


def test_without_hours_it_says_so(client):
    service = ServiceFactory()
    UserFactory()

    text = client.get(f"/book/{service.pk}/times/").text

    assert "No times left online" in text


@pytest.mark.parametrize("approval", [False, True])
def test_a_customer_books(client, massage, start, approval):
    massage.needs_approval = approval
    massage.save()

    response = client.post(
        details_url(massage, start), typed(note="By bike", keep_in_touch="on"), follow=True
    )

    booking = Booking.objects.get()
    assert (booking.starts_at, booking.source, booking.customer_wrote) == (start, "online", "By bike")
    assert booking.status == ("requested" if approval else "confirmed")
    assert Address.objects.get().state == "allowed"
    assert response.request["PATH_INFO"].startswith("/book/done/")
    assert ("We have your request" if approval else "You are booked") in response.text
    assert "Sara Staff" in response.text
    assert "Add to my calendar" in response.text


@pytest.mark.parametrize(
    ("approval", "stopped", "words"),
    [
        (False, None, "We confirm it by email, if what you gave us takes messages from us."),
        (False, "rule", "You get no message about it: please note the time."),
        (False, "provider", "You get no message about it: please note the time."),
        (False, "automation", "You get no message about it: please note the time."),
        (
            True,
            None,
            "We tell you by email as soon as it stands, if what you gave us takes messages from us.",
        ),
        (True, "rule", "You get no message about it: look here for our answer."),
    ],
)
def test_only_what_the_business_does_is_promised(client, massage, start, settings, approval, stopped, words):
    settings.EMAIL_URL = "" if stopped == "provider" else "smtp://127.0.0.1:2525"
    settings.SMS_URL = ""
    massage.needs_approval = approval
    massage.save()
    code = "requested" if approval else "confirmation"
    if stopped == "rule":
        rules.switch_rule(code=code, enabled=False, by=None, now=timezone.now())
    if stopped == "automation":
        rules.stop_automation(by=None, now=timezone.now())

    page = client.post(details_url(massage, start), typed(), follow=True).text

    assert words in " ".join(page.split())
    assert ("takes messages from us" in page) == (stopped is None)


KNOWN = {"name": "ADA Lovelace", "email": "ada@client.example"}


@pytest.mark.parametrize(
    ("known", "address"),
    [
        (KNOWN, {}),
        (KNOWN, {"state": "refused"}),
        (KNOWN, {"bounced_at": timezone.now(), "bounce_words": "No such user"}),
        (KNOWN | {"phone": "07911 123456"}, {"state": "refused"}),
        (KNOWN | {"name": "Somebody Else"}, {}),
        (None, {"state": "refused"}),
        (None, {"state": "visits"}),
    ],
)
@pytest.mark.parametrize("approval", [False, True])
def test_no_page_tells_whether_somebody_is_a_client_or_takes_messages(
    client, massage, start, settings, approval, known, address
):
    settings.EMAIL_URL, settings.SMS_URL = "smtp://127.0.0.1:2525", outside.SMS_URL
    massage.needs_approval = approval
    massage.save()

    def pages() -> list[str]:
        done = client.post(details_url(massage, start), typed(), follow=True)
        visit = client.get(reverse("visit", args=[done.context["token"]]))
        move = client.get(reverse("visit_move", args=[done.context["token"]]))
        return [re.sub(r'(?:/|value=")[\w.:-]{25,}|\w{64}', "", page.text) for page in (done, visit, move)]

    with transaction.atomic():
        to_a_stranger = pages()
        transaction.set_rollback(True)
    if known:
        ContactFactory(**known)
    if address:
        Address.objects.create(channel="email", value="ada@client.example", **address)

    assert pages() == to_a_stranger


def test_a_rule_that_is_off_plans_nothing(client, massage, start):
    for code in ("reminder", "attendance"):
        rules.switch_rule(code=code, enabled=False, by=None, now=timezone.now())

    client.post(details_url(massage, start), typed())

    said = Message.objects.filter(rule__in=["reminder", "attendance"])
    assert said.exists()
    assert set(said.values_list("status", "reason_code")) == {("skipped", "rule_off")}


def test_nobody_needs_an_email_address(client, massage, start):
    client.post(details_url(massage, start), typed(email="", phone="07911 123456"))

    assert Booking.objects.get().contact.phone_e164 == "+447911123456"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "Enter your name."),
        ({"email": ""}, "Enter an email address or a phone number"),
        ({"email": "ada"}, "Enter a valid email address"),
        ({"email": "", "phone": "call me"}, "cannot be a phone number"),
        ({"name": "Win at http://spam.example"}, "without a web address"),
        ({"name": "x" * 121}, "at most 120"),
        ({"note": "x" * 2001}, "at most 2000"),
        ({"once": ""}, "out of date"),
        ({"once": "forged"}, "out of date"),
        ({"opened": ""}, "out of date"),
        ({"opened": "forged"}, "out of date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, massage, start, values, words):
    before = everything()

    response = client.post(details_url(massage, start), typed(**{"note": "By bike", **values}))

    assert response.status_code == 200
    assert words in response.text
    assert values.get("note", "By bike") in response.text
    assert everything() == before


@pytest.mark.parametrize("query", ["?service=abc", "?service=999999", "?service=-1", "?service=%F0%9F%98%80"])
def test_a_service_that_is_not_offered_is_not_there(client, massage, query):
    response = client.get(f"/book/{query}")

    assert response.status_code == 404
    assert "There is nothing here" in response.text


@pytest.mark.parametrize("page", ["", "times/", "details/"])
@pytest.mark.parametrize("what", [{"is_public": False}, {"is_active": False}])
def test_neither_is_one_that_is_hidden(client, massage, start, page, what):
    type(massage).objects.update(**what)
    key = for_customers.key_of(start, massage)

    assert client.get(f"/book/{massage.pk}/{page}?at={key}").status_code == 404
    assert client.post(details_url(massage, start), typed()).status_code == 404
    assert not Booking.objects.exists()


BAD = ["abc", "-1", "9" * 30, "2026-02-30", "0001-01-01", "9999-12-31", "<script>", "é", "x" * 3000]


@pytest.mark.parametrize("name", ["staff", "day", "month", "at", "name"])
def test_no_parameter_breaks_a_page(client, massage, start, name):
    key = for_customers.key_of(start, massage)

    for bad in BAD:
        for page in ("", "times/", "details/"):
            response = client.get(f"/book/{massage.pk}/{page}", {"at": key, name: bad})

            assert response.status_code in ({404} if name in {"staff", "at"} else {200, 302}), (page, bad)
            assert "<script>" not in response.text


@pytest.mark.parametrize("bad", ["", "x", "?", "%00"])
def test_no_other_token_leads_to_what_was_booked(client, massage, bad):
    assert client.get(f"/book/done/{bad}/").status_code in {400, 404}


def test_a_taken_time_offers_the_three_nearest_with_everything_typed(client, massage, staff, start):
    BookingFactory(staff=staff, starts_at=start)
    before = everything()

    response = client.post(details_url(massage, start), typed(note="By bike"))

    assert response.status_code == 409
    assert everything() == before
    buttons = [unescape(url) for url in re.findall(r'formaction="([^"]+)"', response.text)]
    assert len(buttons) == 3
    fields = dict(re.findall(r'type="hidden" name="(\w+)"(?: value="([^"]*)")?', response.text))
    assert (fields["name"], fields["email"], fields["note"]) == (
        "Ada Lovelace",
        "ada@client.example",
        "By bike",
    )

    pressed = client.post(buttons[0], {name: unescape(value) for name, value in fields.items()})

    assert pressed.url.startswith("/book/done/")
    mine = Booking.objects.get(source="online")
    assert (mine.starts_at, mine.customer_wrote) == (start - 2 * HOUR, "By bike")
    assert not Address.objects.exists()  # the box was not ticked


def test_a_time_that_has_gone_before_the_form_opens_is_said_at_once(client, massage, staff, start):
    BookingFactory(staff=staff, starts_at=start)

    response = client.get(details_url(massage, start))

    assert response.status_code == 409
    assert len(re.findall(r'<a class="option"', response.text)) == 3


def test_a_request_can_be_withdrawn_online_until_it_would_begin(client):
    booking = BookingFactory(starts_at=timezone.now() + 2 * HOUR, status="requested")
    done = reverse("book_done", args=[links.visit_token(booking)])

    assert client.get(done).context["visit"].terms.startswith("Until ")
    Booking.objects.update(status="confirmed")
    assert client.get(done).context["visit"].terms == "By phone only, as it is so soon"


def test_what_was_called_off_is_no_longer_done(client, massage, start):
    done = client.post(details_url(massage, start), typed()).url
    Booking.objects.update(status=Booking.Status.CANCELLED)

    response = client.get(done)

    assert response.url == done.replace("/book/done/", "/visit/")


def test_a_double_click_books_once_and_lands_on_the_same_page(client, massage, start):
    values = typed()

    first = client.post(details_url(massage, start), values)
    second = client.post(details_url(massage, start), values)

    assert first.url == second.url
    assert Booking.objects.count() == 1


def test_the_same_form_with_another_time_is_refused_in_words(client, massage, start):
    values = typed()
    client.post(details_url(massage, start), values)

    response = client.post(details_url(massage, start + HOUR), values)

    assert response.status_code == 409
    assert "You have sent this before" in response.text
    assert Booking.objects.count() == 1


def masked(text):
    """A page without what differs each time: tokens, links, and the name that was typed."""
    text = re.sub(r'value="[^"]{30,}"', "", text)
    return re.sub(r"/(book/done|visit|forms)/[^\"]+", "", text)


@pytest.mark.parametrize("known", ["the same", "another name", "another number"])
def test_a_known_person_is_answered_like_a_stranger(massage, start, known):
    name = "Ben Lovelace" if known == "another name" else "Ada Lovelace"
    phone = "020 7946 1111" if known == "another number" else ""
    contact = ContactFactory(name=name, email="ada@client.example", phone=phone, notes="Owes us money")
    before = Contact.objects.filter(pk=contact.pk).values("name", "email", "phone", "notes").get()
    at = (start, start + 2 * HOUR)

    pages = [
        Client().post(details_url(massage, when), typed(email=email, phone="020 7946 0000"), follow=True).text
        for when, email in zip(at, ["ada@client.example", "stranger@client.example"], strict=True)
    ]

    as_if_same_time = [
        re.sub(r"\d\d:\d\d", "", re.sub(r'datetime="[^"]+"', "", masked(page))) for page in pages
    ]
    assert as_if_same_time[0] == as_if_same_time[1]
    assert Contact.objects.filter(pk=contact.pk).values("name", "email", "phone", "notes").get() == before


def test_somebody_we_do_not_book_for_is_asked_to_call_and_nothing_else(client, massage, start):
    contact = ContactFactory(email="ada@client.example")
    Contact.objects.filter(pk=contact.pk).update(is_blocked=True)
    before = everything()

    response = client.post(details_url(massage, start), typed())

    assert response.status_code == 409
    assert "or call us" in response.text
    assert "block" not in response.text
    assert everything() == before


def test_a_machine_gets_a_calm_answer_and_writes_nothing(client, massage, start):
    before = everything()

    response = client.post(details_url(massage, start), typed(website="https://spam.example"), follow=True)

    assert response.status_code == 200
    assert "Thank you" in response.text
    assert everything() == before


def test_whoever_is_faster_than_a_hand_is_asked_again(client, massage, start):
    before = everything()

    response = client.post(details_url(massage, start), typed(opened=bots.opened()))

    assert "That was very quick" in response.text
    assert everything() == before


def test_ten_bookings_an_hour_are_the_most(client, massage, start):
    for number in range(10):
        client.post(details_url(massage, start + number * HOUR), typed(email=f"a{number}@client.example"))

    response = client.post(details_url(massage, start + 11 * HOUR), typed(email="late@client.example"))

    assert response.status_code == 429
    assert 'value="late@client.example"' in response.text
    assert Booking.objects.count() == 10


def test_looking_changes_nothing(client, massage, start, staff):
    before = everything()

    for url in ("/book/", f"/book/{massage.pk}/", f"/book/{massage.pk}/times/", details_url(massage, start)):
        for _ in range(2):
            client.get(url)
            client.head(url)

    assert everything() == before


def test_before_activation_nothing_is_open(client, massage, start):
    Business.objects.update_or_create(pk=1, defaults={"activated_at": None})

    for url in ("/book/", f"/book/{massage.pk}/times/", details_url(massage, start)):
        assert client.get(url).status_code == 404
    assert client.post(details_url(massage, start), typed()).status_code == 404
    assert not Booking.objects.exists()


@pytest.mark.parametrize("services", [1, 12])
def test_the_services_cost_the_same_however_many_there_are(client, services, django_assert_num_queries):
    ServiceFactory.create_batch(services + 1)
    client.get("/book/")

    with django_assert_num_queries(2 + RATE):
        client.get("/book/")


@pytest.mark.parametrize("people", [2, 9])
def test_the_times_cost_the_same_for_any_number_of_people(client, massage, people, django_assert_num_queries):
    work_always(*UserFactory.create_batch(people))
    client.get(f"/book/{massage.pk}/times/")

    with django_assert_num_queries(9 + RATE):
        client.get(f"/book/{massage.pk}/times/")


def test_the_link_page_leads_where_it_says(as_staff, client, massage, staff):
    page = as_staff.get(f"/bookings/share/?service={massage.pk}&staff={staff.pk}")

    link = re.search(r'id="link" value="([^"]+)"', page.text)[1]
    path = "/" + unescape(link).split("/", 3)[3]
    assert (
        client.get(path, follow=True).redirect_chain[-1][0] == f"/book/{massage.pk}/times/?staff={staff.pk}"
    )
    assert 'src="data:image/svg+xml' in page.text


def test_a_client_with_a_form_on_file_is_answered_like_a_stranger(massage, start):
    make_form(service=massage, valid_months=12)
    contact = ContactFactory(name="Ada Lovelace", email="ada@client.example")
    before = BookedFactory(service=massage, contact=contact, starts_at=start - 5 * HOUR)
    answered = IntakeRequest.objects.filter(booking=before)
    assert answered.update(status="submitted", submitted_at=timezone.now()) == 1
    browsers = [Client(), Client()]

    pages, forms = [], []
    for browser, at, email in zip(
        browsers, (start, start + 2 * HOUR), ["ada@client.example", "stranger@client.example"], strict=True
    ):
        done = browser.post(details_url(massage, at), typed(email=email)).url
        shown = browser.get(done).text + browser.get(done.replace("/book/done/", "/visit/")).text
        form = re.search(r'href="(/forms/[^"]+)"', shown)[1]
        saved = browser.post(form, {"save": "", "rev": 1}, follow=True).text
        sent = browser.post(form, {"submit": "", "rev": 1, "q_name": "Ada"}, follow=True).text
        pages.append(shown + saved + sent)
        forms.append(shown.count(form))

    first, second = (
        re.sub(r"\d\d:\d\d", "", re.sub(r'datetime="[^"]+"', "", masked(page))) for page in pages
    )
    statuses = Booking.objects.filter(source="online").values_list("intake_requests__status", flat=True)
    assert forms == [2, 2]
    assert first.count("Send the form") == 1
    assert first.count("Thank you, we have it") == 1
    assert first == second
    assert sorted(statuses) == ["submitted", "submitted"]
