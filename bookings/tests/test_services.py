import datetime
import zoneinfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, Business, subject_key
from accounts.tests.factories import UserFactory
from bookings import services
from bookings.models import Booking
from bookings.tests.factories import BookingFactory, ServiceFactory
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging import services as messaging
from messaging.models import Message
from messaging.rules import Rule

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 11, 24, 14, 30, tzinfo=datetime.UTC)
NOW = START - datetime.timedelta(days=4)
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
LONDON = zoneinfo.ZoneInfo("Europe/London")


@pytest.fixture
def booking():
    return book()


def book(**values):
    return BookingFactory(**{"starts_at": START, "now": NOW, **values})


def change(booking, *, by, now=NOW, **values):
    kept = {name: getattr(booking, name) for name in ("service", "staff", "starts_at", "notes")}
    return services.change_booking(booking=booking, by=by, now=now, **{**kept, **values})


def said(booking) -> list[tuple[str, str]]:
    """Rule and status of everything about a booking, in the order in which it was decided."""
    return [*messages(booking).values_list("rule", "status")]


def messages(booking):
    return Message.objects.filter(about_key=subject_key(booking)).order_by("pk")


def everything():
    """Every row that a service of bookings could touch."""
    return [[*model.objects.order_by("pk").values()] for model in (Booking, Message, AuditEntry, Contact)]


def done_to(booking) -> list[str]:
    return [*AuditEntry.objects.about(booking).values_list("action", flat=True)]


# Creating


def test_create_booking_takes_the_time_of_its_service(staff):
    contact, service = ContactFactory(), ServiceFactory(minutes=45)

    booking = services.create_booking(
        contact=contact, service=service, staff=staff, starts_at=START, notes="Knee", by=staff, now=NOW
    )

    booking.refresh_from_db()
    assert (booking.starts_at, booking.ends_at) == (START, START + 45 * MINUTE)
    assert (booking.status, booking.status_since) == (Booking.Status.CONFIRMED, NOW)
    assert (booking.notes, booking.booked_by) == ("Knee", staff)
    assert done_to(booking) == ["booking.created"]


def test_create_booking_confirms_and_plans_the_reminder(booking):
    confirmation, reminder = messages(booking)

    assert (confirmation.rule, confirmation.status) == (Rule.CONFIRMATION, Message.Status.QUEUED)
    assert confirmation.subject == f"Your booking: {booking.service}, Tue 24 Nov, 14:30"
    assert "Tuesday 24 November 2026, 14:30" in confirmation.body
    assert (reminder.rule, reminder.status) == (Rule.REMINDER, Message.Status.PLANNED)
    assert reminder.send_at == START - 24 * HOUR
    assert reminder.useless_after == START
    assert reminder.about_url == booking.get_absolute_url()


def test_create_booking_makes_a_lead_a_client(staff):
    contact = ContactFactory()

    book(contact=contact)

    contact.refresh_from_db()
    assert contact.stage == Contact.Stage.BOOKED


def test_create_booking_too_late_for_a_reminder_says_so():
    booking = book(now=START - 23 * HOUR)

    assert said(booking) == [("confirmation", "queued"), ("reminder", "skipped")]
    assert messages(booking).last().reason == "Booked after the time for its reminder."


def test_create_booking_in_the_past_sends_nothing():
    booking = book(now=START + HOUR)

    assert said(booking) == [("confirmation", "skipped"), ("reminder", "skipped")]
    assert messages(booking).first().reason == "Too late to be useful."


def test_create_booking_without_an_email_address_leaves_the_reason():
    booking = book(contact=ContactFactory(email="", phone="020 7946 0100"))

    confirmation = messages(booking).first()
    assert (confirmation.status, confirmation.reason) == ("skipped", "No email address.")


def test_create_booking_during_a_pause_still_confirms(staff):
    contact = ContactFactory()
    messaging.reply(conversation=contact.conversation, by=staff, body="Yes", now=NOW)

    booking = book(contact=contact)

    assert said(booking) == [("confirmation", "queued"), ("reminder", "planned")]


@pytest.mark.parametrize(
    "minutes", [-59, -30, 0, 30, 59], ids=["end overlaps", "half", "same", "half later", "start overlaps"]
)
def test_create_booking_refuses_a_taken_slot_and_changes_nothing(booking, minutes):
    contact = ContactFactory()
    before = everything()

    with pytest.raises(services.SlotTaken) as refusal:
        book(contact=contact, staff=booking.staff, starts_at=START + minutes * MINUTE)

    assert str(refusal.value) == (
        f"{booking.staff} is busy then: {booking.service} for {booking.contact}, 14:30–15:30. Choose another time."
    )
    assert everything() == before


def test_create_booking_refuses_a_slot_inside_a_longer_visit(staff):
    book(staff=staff, service=ServiceFactory(minutes=240))

    with pytest.raises(services.SlotTaken):
        book(staff=staff, starts_at=START + 2 * HOUR, service=ServiceFactory(minutes=15))


@pytest.mark.parametrize("hours", [-1, 1], ids=["right before", "right after"])
def test_create_booking_lets_visits_touch(booking, hours):
    assert book(staff=booking.staff, starts_at=START + hours * HOUR).pk


def test_create_booking_keeps_people_apart(booking):
    assert book(staff=UserFactory()).pk


@pytest.mark.parametrize("outcome", [services.cancel_booking, services.mark_no_show])
def test_create_booking_takes_time_that_was_given_back(booking, outcome, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)

    assert book(staff=booking.staff).pk


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime.datetime(1999, 12, 31, 23, 0, tzinfo=datetime.UTC),
        datetime.datetime(2099, 12, 31, 23, 30, tzinfo=datetime.UTC),
    ],
    ids=["begins too early", "ends too late"],
)
def test_create_booking_refuses_another_century(starts_at, staff):
    contact, service = ContactFactory(), ServiceFactory()
    before = everything()

    with pytest.raises(ValidationError, match="Choose a date between 2000 and 2099"):
        book(contact=contact, service=service, staff=staff, starts_at=starts_at)

    assert everything() == before


def test_no_two_visits_overlap_whoever_writes(booking):
    booking.pk = None

    with pytest.raises(IntegrityError, match="one_visit_at_a_time"), transaction.atomic():
        booking.save()


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        # The night of 29 March has no hour between one and two, that of 25 October has it twice.
        ("2026-03-29T00:30+00:00", 120, "2026-03-29T02:30+00:00"),
        ("2026-10-25T00:30+01:00", 120, "2026-10-25T01:30+00:00"),
    ],
    ids=["missing hour", "doubled hour"],
)
def test_create_booking_lasts_as_long_as_its_service_when_the_clocks_change(start, minutes, end):
    start = datetime.datetime.fromisoformat(start).astimezone(LONDON)

    booking = book(starts_at=start, service=ServiceFactory(minutes=minutes))

    booking.refresh_from_db()
    assert booking.ends_at == datetime.datetime.fromisoformat(end)
    assert booking.ends_at - booking.starts_at == datetime.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("start", "reminder"),
    [
        ("2026-03-29T14:30+01:00", "2026-03-28T14:30+00:00"),
        (
            "2026-03-30T01:30+01:00",
            "2026-03-29T01:30+00:00",
        ),  # there is no half past one: an hour later on the wall
        ("2026-10-25T14:30+00:00", "2026-10-24T14:30+01:00"),
        ("2026-10-26T01:30+00:00", "2026-10-25T01:30+01:00"),  # the first half past one of the two
    ],
    ids=["spring", "missing hour", "autumn", "doubled hour"],
)
def test_reminders_keep_to_the_clock_on_the_wall(start, reminder):
    start = datetime.datetime.fromisoformat(start)

    booking = book(starts_at=start, now=start - datetime.timedelta(days=10))

    assert messages(booking).get(rule=Rule.REMINDER).send_at == datetime.datetime.fromisoformat(reminder)


def test_reminders_keep_to_the_zone_of_the_business():
    Business.objects.current()
    Business.objects.update(time_zone="America/New_York")
    start = datetime.datetime.fromisoformat("2026-11-01T09:00-05:00")  # the clocks go back that night

    booking = book(starts_at=start, now=start - datetime.timedelta(days=10))

    reminder = messages(booking).get(rule=Rule.REMINDER)
    assert reminder.send_at == datetime.datetime.fromisoformat("2026-10-31T09:00-04:00")
    assert reminder.subject.endswith("Sun 1 Nov, 09:00")


# Changing


def test_change_booking_moves_it_and_plans_anew(booking, staff):
    later = START + 48 * HOUR

    moved = change(booking, starts_at=later, by=staff)

    moved.refresh_from_db()
    assert (moved.starts_at, moved.ends_at, moved.schedule_no) == (later, later + HOUR, 2)
    assert said(booking) == [
        ("confirmation", "cancelled"),
        ("reminder", "cancelled"),
        ("moved", "queued"),
        ("reminder", "planned"),
    ]
    assert messages(booking)[1].reason == "The booking was moved."
    assert messages(booking)[3].send_at == later - 24 * HOUR
    entry = AuditEntry.objects.about(booking).first()
    assert (entry.action, entry.by) == ("booking.changed", staff)
    assert entry.changes["starts_at"] == [START.isoformat(), later.isoformat()]


def test_change_booking_leaves_alone_what_was_sent(booking, staff):
    messages(booking).filter(rule=Rule.CONFIRMATION).update(status=Message.Status.SENT)

    change(booking, starts_at=START + HOUR, by=staff)

    assert said(booking)[0] == ("confirmation", "sent")


def test_change_booking_back_and_forth_plans_each_time(booking, staff):
    moved = change(booking, starts_at=START + HOUR, by=staff)
    back = change(moved, starts_at=START, by=staff)

    assert back.schedule_no == 3
    assert messages(booking).get(rule=Rule.REMINDER, status="planned").send_at == START - 24 * HOUR
    assert messages(booking).filter(rule=Rule.MOVED, status="queued").count() == 1


def test_change_booking_onto_its_own_old_time(booking, staff):
    assert change(booking, starts_at=START + 30 * MINUTE, by=staff).schedule_no == 2


def test_change_booking_gives_it_to_somebody_else(booking, staff):
    before = booking.staff

    moved = change(booking, staff=staff, by=staff)

    moved.refresh_from_db()
    assert moved.staff == staff
    assert ("moved", "queued") in said(booking)
    assert book(staff=before).pk  # the time of the one who had it is free again
    with pytest.raises(services.SlotTaken):
        book(staff=staff)


def test_change_booking_to_another_service_takes_its_length(booking, staff):
    moved = change(booking, service=ServiceFactory(minutes=90), by=staff)

    assert moved.ends_at == START + 90 * MINUTE


def test_change_booking_keeps_the_end_of_a_visit_that_does_not_move(booking, staff, admin):
    services.change_service(service=booking.service, minutes=15, by=admin)
    booking = Booking.objects.for_list().get()

    changed = change(booking, staff=staff, notes="Mind the step", by=staff)

    changed.refresh_from_db()
    assert changed.ends_at == START + HOUR


def test_change_booking_of_notes_alone_tells_nobody(booking, staff):
    before = said(booking)

    changed = change(booking, notes="Mind the step", by=staff)

    changed.refresh_from_db()
    assert (changed.notes, changed.schedule_no) == ("Mind the step", 1)
    assert said(booking) == before
    assert AuditEntry.objects.about(booking).first().changes == {"notes": ["", "Mind the step"]}


@pytest.mark.parametrize(
    "outcome", [services.complete_booking, services.mark_no_show, services.cancel_booking]
)
def test_change_booking_lets_notes_be_added_whatever_became_of_it(booking, outcome, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)

    changed = change(booking, notes="Came in with a cold", by=staff, now=START + 2 * HOUR)

    changed.refresh_from_db()
    assert changed.notes == "Came in with a cold"


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (services.complete_booking, "completed"),
        (services.mark_no_show, "no-show"),
        (services.cancel_booking, "cancelled"),
    ],
)
def test_change_booking_refuses_to_move_what_is_over(booking, outcome, word, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)
    before = everything()

    with pytest.raises(services.TransitionRefused, match=f"marked as {word}, so only its notes"):
        change(booking, starts_at=START + 3 * HOUR, notes="Lost", by=staff)

    assert everything() == before


def test_change_booking_without_a_change_writes_nothing(booking, staff):
    before = everything()

    change(booking, by=staff)

    assert everything() == before


def test_change_booking_refuses_a_taken_slot_and_changes_nothing(booking, staff):
    book(staff=staff, starts_at=START + 2 * HOUR)
    before = everything()

    with pytest.raises(services.SlotTaken):
        change(booking, staff=staff, starts_at=START + 2 * HOUR, by=staff)

    assert everything() == before


def test_change_booking_decides_on_what_is_stored_not_on_what_was_read(booking, staff):
    somebody = UserFactory()
    stale = Booking.objects.for_list().get()
    change(booking, staff=somebody, by=staff)

    moved = services.change_booking(
        booking=stale,
        service=stale.service,
        staff=stale.staff,
        starts_at=START + HOUR,
        notes="",
        by=staff,
        now=NOW,
    )

    moved.refresh_from_db()
    assert (moved.staff, moved.schedule_no) == (stale.staff, 3)


def test_change_booking_refuses_to_overrule_a_move_that_was_not_seen(booking, staff):
    change(booking, starts_at=START + HOUR, by=staff)
    before = everything()

    with pytest.raises(services.MovedMeanwhile):
        change(booking, starts_at=START + 2 * HOUR, schedule_no=1, by=staff)

    assert everything() == before
    assert change(booking, starts_at=START + 2 * HOUR, schedule_no=2, by=staff).schedule_no == 3


def test_change_booking_when_the_clocks_change_keeps_the_exact_start(staff):
    """The second half past one of the night in which there are two."""
    start = datetime.datetime.fromisoformat("2026-10-25T01:30+00:00").astimezone(LONDON)
    booking = book(starts_at=start, now=start - 96 * HOUR)

    changed = change(booking, starts_at=start, notes="Night", by=staff)

    assert changed.schedule_no == 1


# What becomes of it


def test_complete_booking_takes_back_what_is_planned(booking, staff):
    done = services.complete_booking(booking=booking, by=staff, now=START)

    done.refresh_from_db()
    assert (done.status, done.status_since) == (Booking.Status.COMPLETED, START)
    assert set(said(booking)) == {("confirmation", "cancelled"), ("reminder", "cancelled")}
    assert messages(booking).first().reason == "The booking was marked as completed."
    assert done_to(booking)[0] == "booking.complete"


def test_complete_booking_still_holds_the_time(booking, staff):
    services.complete_booking(booking=booking, by=staff, now=START)

    with pytest.raises(services.SlotTaken):
        book(staff=booking.staff)


def test_mark_no_show_takes_back_what_is_planned(booking, staff):
    missed = services.mark_no_show(booking=booking, by=staff, now=START + HOUR)

    missed.refresh_from_db()
    assert missed.status == Booking.Status.NO_SHOW
    assert messages(booking).first().reason == "The booking was marked as no-show."
    assert not messages(booking).pending().exists()


def test_cancel_booking_tells_the_contact(booking, staff):
    off = services.cancel_booking(booking=booking, reason="Has a cold", by=staff, now=NOW)

    off.refresh_from_db()
    assert (off.status, off.cancel_reason) == (Booking.Status.CANCELLED, "Has a cold")
    assert said(booking) == [
        ("confirmation", "cancelled"),
        ("reminder", "cancelled"),
        ("cancelled", "queued"),
    ]
    notice = messages(booking).last()
    assert notice.subject.startswith("Your booking was cancelled")
    assert "cold" not in notice.body  # the reason is for the people who work here
    assert AuditEntry.objects.about(booking).first().changes["cancel_reason"] == ["", "Has a cold"]


def test_cancel_booking_without_a_notice_says_whose_choice_that_was(booking, staff):
    services.cancel_booking(booking=booking, tell=False, by=staff, now=NOW)

    notice = messages(booking).last()
    assert (notice.rule, notice.status) == (Rule.CANCELLED, Message.Status.SKIPPED)
    assert notice.reason == "Sara Staff chose not to send it."


def test_cancel_booking_that_has_begun_sends_no_notice(booking, staff):
    services.cancel_booking(booking=booking, by=staff, now=START)

    notice = messages(booking).last()
    assert (notice.status, notice.reason) == ("skipped", "Too late to be useful.")


@pytest.mark.parametrize("outcome", [services.complete_booking, services.mark_no_show])
def test_reopen_booking_undoes_an_outcome(booking, outcome, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)

    again = services.reopen_booking(booking=booking, by=staff, now=START + 2 * HOUR)

    again.refresh_from_db()
    assert (again.status, again.status_since) == (Booking.Status.CONFIRMED, START + 2 * HOUR)
    assert done_to(booking)[0] == "booking.reopen"


def test_reopen_booking_refuses_when_the_time_was_given_away(booking, staff):
    services.mark_no_show(booking=booking, by=staff, now=START + 10 * MINUTE)
    book(staff=booking.staff, starts_at=START + 15 * MINUTE, now=START + 10 * MINUTE)
    before = everything()

    with pytest.raises(services.SlotTaken):
        services.reopen_booking(booking=booking, by=staff, now=START + 20 * MINUTE)

    assert everything() == before


def test_reopen_booking_then_moved_plans_a_reminder_again(booking, staff):
    services.mark_no_show(booking=booking, by=staff, now=START + HOUR)
    again = services.reopen_booking(booking=booking, by=staff, now=START + HOUR)

    change(again, starts_at=START + 72 * HOUR, by=staff, now=START + HOUR)

    assert said(booking)[-2:] == [("moved", "queued"), ("reminder", "planned")]


def test_reopen_booking_refuses_when_somebody_else_has_it_by_now(booking, staff):
    """The lock would be on the time of the wrong person."""
    services.complete_booking(booking=booking, by=staff, now=START)
    stale = Booking.objects.for_list().get()
    Booking.objects.update(staff=UserFactory())

    with pytest.raises(services.TransitionRefused, match="just changed this booking"):
        services.reopen_booking(booking=stale, by=staff, now=START + HOUR)

    assert Booking.objects.get().status == Booking.Status.COMPLETED


@pytest.mark.parametrize(
    ("service", "hours"),
    [
        (services.complete_booking, -1),
        (services.mark_no_show, 0),
        (services.reopen_booking, 1),
    ],
)
def test_what_the_states_refuse_changes_nothing(booking, service, hours, staff):
    before = everything()

    with pytest.raises(services.TransitionRefused):
        service(booking=booking, by=staff, now=START + hours * HOUR)

    assert everything() == before


def test_two_people_cannot_both_decide_the_outcome(booking, staff):
    stale = Booking.objects.for_list().get()
    services.complete_booking(booking=booking, by=staff, now=START + HOUR)
    before = everything()

    with pytest.raises(services.TransitionRefused, match="already marked as completed"):
        services.cancel_booking(booking=stale, by=staff, now=START + HOUR)

    assert everything() == before


# Reminders by hand


@pytest.fixture
def with_form():
    return book(service=ServiceFactory(form_url="https://forms.example/intake"))


def test_send_reminder_goes_out_now_beside_the_planned_one(booking, staff):
    message = services.send_reminder(booking=booking, by=staff, now=NOW)

    assert (message.rule, message.status, message.sent_by) == (Rule.REMINDER, Message.Status.QUEUED, staff)
    assert said(booking) == [("confirmation", "queued"), ("reminder", "planned"), ("reminder", "queued")]


def test_send_reminder_is_not_held_back_by_a_pause(booking, staff):
    messaging.reply(conversation=booking.contact.conversation, by=staff, body="Yes", now=NOW)

    message = services.send_reminder(booking=booking, by=staff, now=NOW)

    assert message.status == Message.Status.QUEUED


def test_send_reminder_without_an_address_says_so(staff):
    booking = book(contact=ContactFactory(email="", phone="020 7946 0100"))

    message = services.send_reminder(booking=booking, by=staff, now=NOW)

    assert (message.status, message.reason) == (Message.Status.SKIPPED, "No email address.")


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "just now"), (1, "a minute ago"), (119, "119 minutes ago")]
)
def test_send_reminder_asks_before_sending_another(booking, minutes, words, staff):
    services.send_reminder(booking=booking, by=staff, now=NOW)
    before = everything()

    with pytest.raises(services.RemindedJustNow) as refusal:
        services.send_reminder(booking=booking, by=staff, now=NOW + minutes * MINUTE)

    assert str(refusal.value) == f"A reminder went to {booking.contact} {words}."
    assert everything() == before


def test_send_reminder_again_sends_another(booking, staff):
    first = services.send_reminder(booking=booking, by=staff, now=NOW)

    second = services.send_reminder(booking=booking, by=staff, again=True, now=NOW + MINUTE)

    assert second.pk != first.pk
    assert second.status == Message.Status.QUEUED


def test_send_reminder_does_not_ask_after_two_hours_or_a_failure(booking, staff):
    first = services.send_reminder(booking=booking, by=staff, now=NOW)
    Message.objects.filter(pk=first.pk).update(status=Message.Status.FAILED)

    assert services.send_reminder(booking=booking, by=staff, now=NOW + MINUTE)
    assert services.send_reminder(booking=booking, by=staff, now=NOW + 2 * HOUR + MINUTE)


def test_send_reminder_waiting_for_another_try_was_just_asked_for(booking, staff):
    first = services.send_reminder(booking=booking, by=staff, now=NOW)
    Message.objects.filter(pk=first.pk).update(send_at=NOW + 30 * MINUTE)

    with pytest.raises(services.RemindedJustNow, match="just now"):
        services.send_reminder(booking=booking, by=staff, now=NOW + MINUTE)


@pytest.mark.parametrize("send", [services.send_reminder, services.send_form_reminder])
def test_reminders_refuse_a_visit_that_has_begun(with_form, send, staff):
    before = everything()

    with pytest.raises(services.NothingToRemind):
        send(booking=with_form, by=staff, now=START)

    assert everything() == before


@pytest.mark.parametrize("send", [services.send_reminder, services.send_form_reminder])
def test_reminders_refuse_a_visit_that_is_called_off(with_form, send, staff):
    services.cancel_booking(booking=with_form, by=staff, now=NOW)
    before = everything()

    with pytest.raises(services.NothingToRemind):
        send(booking=with_form, by=staff, now=NOW)

    assert everything() == before


def test_send_form_reminder_links_to_the_form(with_form, staff):
    message = services.send_form_reminder(booking=with_form, by=staff, now=NOW)

    assert (message.rule, message.status) == (Rule.FORM_REMINDER, Message.Status.QUEUED)
    assert "https://forms.example/intake" in message.body


def test_send_form_reminder_refuses_where_no_form_is_asked_for(booking, staff):
    with pytest.raises(services.NothingToRemind, match="No form is missing"):
        services.send_form_reminder(booking=booking, by=staff, now=NOW)


def test_note_form_received_ends_the_asking(with_form, staff):
    services.note_form_received(booking=with_form, by=staff, now=NOW)

    with_form.refresh_from_db()
    assert with_form.form_received_at == NOW
    with pytest.raises(services.NothingToRemind, match="No form is missing"):
        services.send_form_reminder(booking=with_form, by=staff, now=NOW)


def test_note_form_received_twice_keeps_the_first_time(with_form, staff):
    services.note_form_received(booking=with_form, by=staff, now=NOW)
    services.note_form_received(booking=with_form, by=staff, now=NOW + HOUR)

    with_form.refresh_from_db()
    assert with_form.form_received_at == NOW
    assert done_to(with_form).count("booking.form_received") == 1


# The catalogue


def test_create_service_is_recorded(admin):
    service = services.create_service(name="Massage", minutes=60, is_active=False, by=admin)

    assert (service.length, service.is_active) == (HOUR, False)
    assert AuditEntry.objects.about(service).get().action == "service.created"


@pytest.mark.parametrize("minutes", [4, 1441])
def test_create_service_refuses_a_length_nobody_can_keep(minutes, admin):
    with pytest.raises(ValidationError):
        services.create_service(name="Massage", minutes=minutes, by=admin)

    assert not AuditEntry.objects.filter(action="service.created").exists()


def test_change_service_records_what_differs(admin):
    service = ServiceFactory(name="Massage")

    services.change_service(service=service, name="Massage", minutes=30, by=admin)

    service.refresh_from_db()
    assert service.minutes == 30
    assert AuditEntry.objects.about(service).get().changes == {"minutes": [60, 30]}
