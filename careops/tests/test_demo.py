import datetime
import io
import re
import zoneinfo
from collections import Counter
from html import unescape
from itertools import pairwise
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import resolve, reverse

from accounts.models import AuditEntry, Business, User, subject_key
from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory
from alerts.models import Alert
from bookings.models import Booking, IntakeRequest, Service
from careops.demo import front, people
from careops.demo.clock import Past, working_minutes_ago
from careops.demo.diary import plan_visits
from careops.tests.markup import faults_of
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from inventory.models import Item, Movement, Reservation
from inventory.tests.checks import verify
from messaging.models import Address, Conversation, Message, SavedReply

pytestmark = pytest.mark.long  # so that one process does them all, and fills it once

ZONE = zoneinfo.ZoneInfo("Europe/London")
WEDNESDAY = datetime.datetime(
    2026, 3, 25, 11, 20, tzinfo=ZONE
)  # the clocks go forward on the Sunday after it
Status = Booking.Status


def plan(now, seed=7):
    return plan_visits(clients=people.clients(), now=now, seed=seed)


# --- refusals; first, while the database is empty ---


def everything():
    return [model.objects.count() for model in (User, Contact, Service, Item, Message, Business, AuditEntry)]


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [UserFactory, ContactFactory])
def test_demo_refuses_a_database_that_holds_data(factory):
    factory()
    before = everything()

    with pytest.raises(CommandError, match="holds data already"):
        call_command("demo")

    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [("PRODUCTION", True, "ENVIRONMENT=production"), ("EMAIL_URL", "smtp://mail.example", "never send mail")],
)
def test_demo_refuses_where_it_could_do_harm(setting, value, words, settings):
    setattr(settings, setting, value)
    before = everything()

    with pytest.raises(CommandError, match=words):
        call_command("demo")

    assert everything() == before


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo of that Wednesday, for all tests below; what the command printed."""
    printed = io.StringIO()
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(WEDNESDAY):
            call_command("demo", stdout=printed)
        yield printed.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def world(demo, db):
    with time_machine.travel(WEDNESDAY + datetime.timedelta(minutes=1)):
        yield


# --- what there is at the end ---


@pytest.mark.usefixtures("world")
def test_demo_has_people_who_can_sign_in(client, demo):
    accounts = [
        ("admin@careops.example", ADMIN, "dashboard"),
        ("staff@careops.example", STAFF, "bookings:diary"),
    ]
    for email, role, first_page in accounts:
        assert email in demo
        assert User.objects.get(email=email).role == role
        page = client.post(reverse("account_login"), {"login": email, "password": "careops-demo"})
        assert page.url == reverse(first_page)
        client.logout()

    assert User.objects.active().count() >= 4
    assert not User.objects.filter(is_superuser=True).exists()
    assert Business.objects.get().name == "Riverside Physio & Wellness"
    assert Service.objects.exclude(intake_forms=None).count() == 2
    assert Service.objects.count() >= 6


@pytest.mark.usefixtures("world")
def test_demo_has_contacts_of_every_kind():
    contacts = Contact.objects.all()

    assert contacts.count() >= 60
    assert set(contacts.values_list("stage", flat=True)) == set(Contact.Stage.values)
    assert max(len(contact.name) for contact in contacts) == 40
    assert contacts.filter(email="").exists()
    assert contacts.filter(phone="").exists()
    assert all(contact.email.endswith("@example.com") for contact in contacts if contact.email)
    assert [contact.name for contact in Contact.objects.search("ayse dem")] == ["Ayşe Demir"]


@pytest.mark.usefixtures("world")
def test_demo_has_bookings_in_every_state():
    states = Counter(Booking.objects.values_list("status", flat=True))

    assert sum(states.values()) >= 200
    assert states[Status.COMPLETED] > 80
    assert states[Status.CONFIRMED] > 50
    assert states[Status.CANCELLED] >= 5
    assert states[Status.NO_SHOW] >= 3
    assert states[Status.REQUESTED] == 2
    assert states[Status.ARRIVED] >= 3
    assert Booking.objects.filter(status=Status.CONFIRMED, source=Booking.Source.ONLINE).count() == 1
    done = Booking.objects.filter(status=Status.COMPLETED)
    assert done.count() > done.filter(paid_at=None).count() > 0
    assert Booking.objects.outcome_missing(now=WEDNESDAY).count() == 2
    assert Booking.objects.filter(schedule_no__gt=1).exists()
    asked = Counter(IntakeRequest.objects.values_list("status", flat=True))
    assert asked.keys() >= {"submitted", "reviewed", "satisfied", "withdrawn"}
    assert IntakeRequest.objects.missing().exists()
    assert Booking.objects.exclude(notes="").exists()


@pytest.mark.usefixtures("world")
def test_demo_has_nothing_that_cannot_have_happened_yet():
    over = [Status.COMPLETED, Status.NO_SHOW]

    assert not Booking.objects.filter(status__in=over, starts_at__gt=WEDNESDAY).exists()
    assert not Booking.objects.filter(created_at__gt=WEDNESDAY).exists()
    assert not IntakeRequest.objects.filter(submitted_at__gt=WEDNESDAY).exists()
    assert not Message.objects.pending().filter(send_at__lte=WEDNESDAY).exists()
    assert not Message.objects.filter(sent_at__gt=WEDNESDAY).exists()
    for model, field in [(AuditEntry, "at"), (Movement, "at"), (Contact, "created_at"), (User, "joined_at")]:
        assert not model.objects.filter(**{f"{field}__gt": WEDNESDAY}).exists()
        assert model.objects.filter(**{f"{field}__lt": WEDNESDAY - datetime.timedelta(days=7)}).exists()


@pytest.mark.usefixtures("world")
def test_demo_dates_the_trail_like_what_it_tells_about():
    entries = AuditEntry.objects.filter(action="booking.created")

    dates = dict(entries.values_list("subject_key", "at"))

    assert dates == {subject_key(booking): booking.created_at for booking in Booking.objects.all()}


def test_demo_says_how_far_it_is(demo):
    first, *_, last = [line for line in demo.splitlines() if line.startswith("Filling")]

    assert first.endswith(" 0 %")
    assert last.endswith(" 100 %")


@pytest.mark.usefixtures("world")
def test_demo_books_nobody_twice_at_a_time_nor_outside_hours():
    for staff in User.objects.all():
        visits = Booking.objects.filter(staff=staff).exclude(status=Status.CANCELLED).order_by("starts_at")
        assert all(first.ends_at <= second.starts_at for first, second in pairwise(visits))
        assert all(
            datetime.time(9) <= visit.starts_at.astimezone(ZONE).time()
            and visit.ends_at.astimezone(ZONE).time() <= datetime.time(18)
            for visit in visits
        )


@pytest.mark.usefixtures("world")
def test_demo_has_messages_in_every_state_but_the_passing_ones():
    states = Counter(Message.objects.values_list("status", flat=True))

    there = {"planned", "sent", "delivered", "skipped", "cancelled", "received", "noted"}
    assert states.keys() == there | {"bounced", "failed"}
    assert (states["bounced"], states["failed"]) == (1, 1)
    reasons = set(Message.objects.filter(status="skipped").values_list("reason_code", flat=True))
    assert reasons >= {"no_texts", "imported", "unchecked", "opted_out", "booked_late", "rule_off"}
    assert reasons & {"paused", "too_late"}
    assert Message.objects.filter(rule="reminder", status__in=["sent", "delivered"]).count() > 50
    assert Message.objects.filter(channel="sms", direction="out", status__in=["sent", "delivered"]).exists()
    # Nothing is planned any more when a visit is over, and what a pause held back keeps that reason.
    assert not Message.objects.filter(status="cancelled", reason__contains="completed").exists()
    assert not Message.objects.filter(status="sent", sent_at=None).exists()
    assert mail.outbox == []


@pytest.mark.usefixtures("world")
def test_demo_has_conversations_in_every_state():
    talks = Conversation.objects.filter(messages__direction="in").distinct()

    assert talks.count() >= 30
    assert 3 <= Conversation.objects.waiting().count() <= 10
    assert Conversation.objects.paused(now=WEDNESDAY).count() >= 3
    assert talks.filter(status=Conversation.Status.CLOSED).count() >= 5
    assert talks.filter(status=Conversation.Status.OPEN, waiting_since=None).count() >= 5
    assert talks.snoozed().count() == 1
    assert talks.exclude(assignee=None).exists()
    assert SavedReply.objects.count() == 3
    assert Address.objects.filter(state=Address.State.REFUSED).exists()


@pytest.mark.usefixtures("world")
def test_demo_has_alerts_about_visits():
    kinds = Counter(Alert.objects.unsettled().values_list("kind", flat=True))

    assert kinds[Alert.Kind.OUTCOME_MISSING] == 2
    assert 1 <= kinds[Alert.Kind.FORM_OVERDUE] <= 2
    assert kinds[Alert.Kind.REQUEST] == 2


@pytest.mark.usefixtures("world")
def test_demo_has_four_low_items_and_their_alerts():
    low = Item.objects.low()

    assert Item.objects.count() >= 25
    assert (low.count(), low.filter(on_hand=0).count()) == (4, 1)
    assert Movement.objects.count() > 100
    assert Alert.objects.unsettled().filter(kind=Alert.Kind.LOW_STOCK).count() == 4
    states = Counter(Alert.objects.values_list("status", flat=True))
    assert states.keys() == {"open", "acknowledged", "resolved", "dismissed"}


@pytest.mark.usefixtures("world")
def test_demo_has_stock_that_knows_the_diary():
    verify()
    assert not Item.objects.filter(on_hand__lt=0).exists()
    assert Movement.objects.filter(kind=Movement.Kind.VISIT).count() > 50
    [(key, runs_out_at)] = Reservation.objects.run_outs().items()
    assert Item.objects.get(pk=key).name == "Single needles, 0.25 × 40 mm"
    assert WEDNESDAY + datetime.timedelta(days=2) < runs_out_at < WEDNESDAY + datetime.timedelta(days=14)


@pytest.mark.usefixtures("world")
def test_demo_makes_the_visits_of_the_plan():
    planned = [visit for visit in plan(WEDNESDAY) if visit.booked_at <= WEDNESDAY]
    wanted = {(visit.client, visit.colleague, visit.service, visit.starts_at) for visit in planned}
    moved_late = {visit.starts_at for visit in planned if visit.moved_at and visit.moved_at > WEDNESDAY}

    made = set(
        Booking.objects.exclude(source=Booking.Source.ONLINE).values_list(
            "contact__name", "staff__name", "service__name", "starts_at"
        )
    )

    assert {visit for visit in wanted if visit[3] not in moved_late} <= made
    assert len(made) == len(wanted)


# --- the plan ---


@pytest.mark.usefixtures("world")
def test_every_kind_of_page_is_valid_html(client):
    """From link to link, one page for each address and each set of things asked of it."""
    client.force_login(
        User.objects.get(email="admin@careops.example"), backend="accounts.backends.RoleBackend"
    )
    waiting, seen, faults = ["/"], set(), {}

    while waiting:
        at = urlsplit(waiting.pop(0))
        path = f"{at.path}?{at.query}"
        kind = (resolve(at.path).route, frozenset(parse_qs(at.query)))
        if kind in seen or at.path.startswith("/admin/"):
            continue
        seen.add(kind)
        response = client.get(path, follow=True)
        if "html" in response.get("Content-Type", ""):
            faults[path] = faults_of(response.text)
            here = settings.ALLOWED_ORIGINS[0] + response.request["PATH_INFO"]
            links = re.findall(r'(?:href|hx-get)="([^"#]+)', response.text)
            links = [
                urljoin(here, unescape(link)).removeprefix(settings.ALLOWED_ORIGINS[0]) for link in links
            ]
            waiting += [link for link in links if link.startswith("/") and not link.startswith("/static/")]

    assert {path: found for path, found in faults.items() if found} == {}
    assert len(seen) > 100


def test_plan_is_the_same_for_the_same_seed():
    assert plan(WEDNESDAY) == plan(WEDNESDAY)
    assert plan(WEDNESDAY, seed=8) != plan(WEDNESDAY)


def test_plan_is_the_same_at_every_time_of_the_day():
    def times(now):
        return [
            (visit.client, visit.colleague, visit.service, visit.starts_at, visit.fate) for visit in plan(now)
        ]

    assert (
        times(WEDNESDAY) == times(WEDNESDAY.replace(hour=0)) == times(WEDNESDAY.replace(hour=23, minute=59))
    )


@pytest.mark.parametrize("days", range(7))
def test_plan_fills_today_whatever_the_weekday(days):
    now = WEDNESDAY + datetime.timedelta(days=days)

    today = [
        visit for visit in plan(now) if visit.starts_at.date() == now.date() and visit.fate != "cancelled"
    ]

    assert len(today) >= 18
    assert len({visit.colleague for visit in today}) == 4
    assert len({visit.starts_at.hour for visit in today}) >= 7


@pytest.mark.django_db
@pytest.mark.parametrize("now", ["2026-03-29T01:10Z", "2026-10-25T01:10Z"])
def test_bookings_came_in_online_just_now_even_if_the_clocks_have_just_been_changed(now, monkeypatch):
    past, came_in, shares = Past(now=datetime.datetime.fromisoformat(now).astimezone(ZONE)), [], []
    monkeypatch.setattr(front, "_book_online", lambda *about: came_in.append(about[-1].timestamp()))

    front.plan_online(past=past, services={}, visits=[])
    past.happen(shares.append)

    assert shares == [0, 1 / 3, 2 / 3, 1]
    assert [(past.now.timestamp() - at) / 60 for at in came_in] == [190, 75, 35]


def test_working_minutes_ago_skips_nights_and_sundays():
    monday = datetime.datetime(2026, 3, 23, 9, 0, tzinfo=ZONE)

    assert working_minutes_ago(10, now=monday).isoformat() == "2026-03-23T08:50:00+00:00"
    assert working_minutes_ago(40, now=monday).isoformat() == "2026-03-21T18:20:00+00:00"
    assert working_minutes_ago(10, now=monday.replace(hour=3)).isoformat() == "2026-03-21T18:20:00+00:00"
    assert working_minutes_ago(10, now=monday.replace(hour=23)).isoformat() == "2026-03-23T18:20:00+00:00"
