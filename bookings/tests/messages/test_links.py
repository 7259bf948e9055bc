"""Private links: each opens one thing, for a while, and nothing else."""

import datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from bookings.messages import links
from bookings.models import IntakeForm, IntakeVersion
from bookings.online import linking
from bookings.tests.acts import HOUR, NOW, START, book, change
from bookings.tests.factories import BookedFactory, ServiceFactory
from messaging.models import Address, Message

pytestmark = pytest.mark.django_db

PAGES = ["visit", "visit_move", "visit_calendar", "intake_answer"]
BUTTONS = ["visit_cancel", "visit_moved", "visit_coming", "visit_here"]


def asked(**values):
    """A booking, and the form that is asked for before it."""
    service = ServiceFactory()
    form = IntakeForm.objects.create(name="Health")
    IntakeVersion.objects.create(form=form, number=1, published_at=timezone.now())
    service.intake_forms.add(form)
    booking = BookedFactory(service=service, **values)
    return booking, booking.intake_requests.get()


def form_token(request) -> str:
    return links.form_path(request).split("/")[-2]


def other(char: str) -> str:
    """One that can stand in a token as well."""
    return "B" if char == "A" else "A"


def test_a_link_leads_to_its_visit(staff):
    booking = book(staff=staff)

    link = links.visit_link_of(links.visit_token(booking), now=NOW)

    assert link.booking == links.visit_of(links.visit_token(booking), now=NOW) == booking
    assert not link.is_older


def test_a_link_knows_that_the_visit_was_moved_since(staff):
    booking = book(staff=staff)
    token = links.visit_token(booking)

    change(booking, by=staff, starts_at=START + HOUR)

    link = links.visit_link_of(token, now=NOW)
    assert link.is_older
    assert link.booking.starts_at == START + HOUR


def test_a_link_works_until_a_week_after_the_visit(staff):
    booking = book(staff=staff)
    token, end = links.visit_token(booking), booking.ends_at + datetime.timedelta(days=7)

    assert links.visit_of(token, now=end - HOUR) == booking
    assert links.visit_of(token, now=end) is None


def test_a_link_that_was_renewed_opens_nothing_but_the_new_one_does(staff):
    booking = book(staff=staff)
    token = links.visit_token(booking)

    renewed = linking.renew_link(booking=booking, by=staff)

    assert links.visit_of(token, now=NOW) is None
    assert links.visit_of(links.visit_token(renewed), now=NOW) == booking


def test_a_new_link_stands_in_what_is_still_to_be_sent(staff):
    booking = book(staff=staff)
    old = links.visit_url(booking)
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)

    renewed = linking.renew_link(booking=booking, by=staff)

    new = links.visit_url(renewed)
    sent, planned = Message.objects.get(rule="confirmation"), Message.objects.get(rule="reminder")
    assert old in sent.body
    assert new not in sent.body
    assert new in planned.body
    assert new in planned.sms
    assert old not in planned.body


def test_a_new_link_stands_in_the_calendar_file_that_is_still_to_be_sent(staff):
    booking = book(staff=staff)

    renewed = linking.renew_link(booking=booking, by=staff)

    message = Message.objects.get(rule="confirmation")
    assert links.visit_url(renewed) in message.calendar.replace("\r\n ", "")
    assert links.visit_url(booking) not in message.calendar.replace("\r\n ", "")


def test_no_byte_of_a_token_can_be_changed(client):
    booking, request = asked()
    now = timezone.now()
    visit, form = links.visit_token(booking), form_token(request)

    for at in range(len(visit)):
        assert links.visit_of(visit[:at] + other(visit[at]) + visit[at + 1 :], now=now) is None, at
    for at in range(len(form)):
        assert links.request_of(form[:at] + other(form[at]) + form[at + 1 :], now=now) is None, at
    assert links.visit_of(visit, now=now) == booking
    assert links.request_of(form, now=now) == request


def wrong_tokens() -> dict[str, str]:
    """Every way in which a link can be wrong, for a visit and for a form."""
    booking, request = asked()
    gone = BookedFactory(starts_at=timezone.now() + HOUR)
    revoked = BookedFactory()
    was = links.visit_token(revoked)
    linking.renew_link(booking=revoked, by=revoked.staff)
    visit = links.visit_token(booking)
    return {
        "tampered": visit[:-1] + other(visit[-1]),
        "cut off": visit[:-10],
        "nothing of ours": "x" * 80,
        "too long": "x" * 3000,
        "unsigned": f"{booking.key}.{booking.link_no}.{booking.schedule_no}",
        "the key alone": booking.key,
        "expired": links.visit_token(gone),
        "revoked": was,
        "of a form": form_token(request),
        "of the preferences": Address.objects.create(channel="email", value="ada@client.example").token,
        "not even letters": "é\u202e%",
    }


@pytest.mark.parametrize("name", [name for name in PAGES if name != "intake_answer"])
def test_every_wrong_link_of_a_visit_gets_the_same_answer(name, client):
    wrong = wrong_tokens()

    with time_machine.travel(timezone.now() + 8 * 24 * HOUR, tick=False):
        answers = {why: client.get(reverse(name, args=[token])) for why, token in wrong.items()}
        for why, answer in answers.items():
            assert answer.status_code == 404, why
        [page] = {answer.content for answer in answers.values()}
    assert b"There is nothing here" in page


@pytest.mark.parametrize("name", BUTTONS)
def test_no_button_works_by_a_wrong_link(name, client):
    wrong = wrong_tokens()
    before = [*Message.objects.order_by("pk").values("pk", "status")]

    with time_machine.travel(timezone.now() + 8 * 24 * HOUR, tick=False):
        answers = [
            client.post(reverse(name, args=[t]), {"schedule_no": 1, "at": "x"}) for t in wrong.values()
        ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert [*Message.objects.order_by("pk").values("pk", "status")] == before


def test_each_link_opens_its_own_page_only(client):
    booking, request = asked()
    visit, form = links.visit_token(booking), form_token(request)
    feed = linking.renew_feed(staff=booking.staff).secret
    preferences = Address.objects.create(channel="email", value="ada@client.example").token
    right = {"visit": visit, "intake_answer": form, "calendar_feed": feed, "preferences": preferences}

    opened = {
        (page, kind)
        for page in [*PAGES, "calendar_feed", "preferences"]
        for kind, token in right.items()
        if client.get(reverse(page, args=[token])).status_code != 404
    }

    pages_of_a_visit = {(page, "visit") for page in PAGES if page != "intake_answer"}
    assert opened == pages_of_a_visit | {(kind, kind) for kind in right}


def test_the_pages_of_a_link_are_kept_by_nobody(client):
    booking = BookedFactory()

    for name in ["visit", "visit_move", "visit_calendar"]:
        for token in [links.visit_token(booking), "wrong"]:
            headers = client.get(reverse(name, args=[token])).headers

            assert headers["Cache-Control"] == "no-store, private"
            assert headers["X-Robots-Tag"] == "noindex, nofollow"
            assert headers["Referrer-Policy"] == "same-origin"  # none to others; ours checks it
