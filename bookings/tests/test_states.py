import datetime

import pytest

from accounts.models import AuditEntry
from bookings import states
from bookings.models import Booking, Service
from contacts.models import Contact

START = datetime.datetime(2026, 11, 24, 14, 30, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)
Status, Actor = Booking.Status, AuditEntry.Actor

# Everything that may ever happen, who may do it, and where it leads; what is missing here must be refused.
LEGAL = {
    (Status.REQUESTED, states.CONFIRM): (Status.CONFIRMED, {Actor.STAFF}),
    (Status.REQUESTED, states.DECLINE): (Status.CANCELLED, {Actor.STAFF}),
    (Status.REQUESTED, states.EXPIRE): (Status.CANCELLED, {Actor.RULE}),
    (Status.REQUESTED, states.MOVE): (None, {Actor.STAFF, Actor.CUSTOMER}),
    (Status.REQUESTED, states.CANCEL): (Status.CANCELLED, {Actor.STAFF, Actor.CUSTOMER}),
    (Status.CONFIRMED, states.MOVE): (None, {Actor.STAFF, Actor.CUSTOMER}),
    (Status.CONFIRMED, states.ARRIVE): (Status.ARRIVED, {Actor.STAFF}),
    (Status.CONFIRMED, states.COMPLETE): (Status.COMPLETED, {Actor.STAFF}),
    (Status.CONFIRMED, states.NO_SHOW): (Status.NO_SHOW, {Actor.STAFF}),
    (Status.CONFIRMED, states.CANCEL): (Status.CANCELLED, {Actor.STAFF, Actor.CUSTOMER}),
    (Status.ARRIVED, states.COMPLETE): (Status.COMPLETED, {Actor.STAFF}),
    (Status.ARRIVED, states.LEAVE): (Status.CANCELLED, {Actor.STAFF}),
    (Status.ARRIVED, states.UNDO): (Status.CONFIRMED, {Actor.STAFF}),
    (Status.COMPLETED, states.UNDO): (Status.CONFIRMED, {Actor.STAFF}),
    (Status.NO_SHOW, states.ARRIVE): (Status.ARRIVED, {Actor.STAFF}),
    (Status.NO_SHOW, states.COMPLETE): (Status.COMPLETED, {Actor.STAFF}),
    (Status.NO_SHOW, states.UNDO): (Status.CONFIRMED, {Actor.STAFF}),
    (Status.CANCELLED, states.RESTORE): (Status.CONFIRMED, {Actor.STAFF}),
}
# A moment at which no guard speaks against it.
WHEN = {states.COMPLETE: START + 60 * MINUTE, states.NO_SHOW: START + 60 * MINUTE, states.EXPIRE: START - DAY}


def booking(status: Status, **values) -> Booking:
    return Booking(
        contact=Contact(name="Ada"),
        service=Service(cancel_limit=24 * 60),
        starts_at=START,
        ends_at=START + 60 * MINUTE,
        status=status,
        **{"status_since": START - 60 * MINUTE, "request_expires_at": START - DAY, **values},
    )


def moment(transition: states.Transition, actor: Actor) -> datetime.datetime:
    return START - DAY if actor == Actor.CUSTOMER else WHEN.get(transition, START - MINUTE)


@pytest.mark.parametrize("actor", Actor)
@pytest.mark.parametrize("transition", states.TRANSITIONS, ids=lambda transition: transition.label)
@pytest.mark.parametrize("status", Status)
def test_only_what_the_table_names_is_legal(status, transition, actor):
    target, actors = LEGAL.get((status, transition), (None, set()))

    refusal = transition.refusal(booking(status), moment(transition, actor), actor=actor)

    if actor in actors:
        assert refusal == ""
        assert transition.target == target
    else:
        assert refusal.endswith(".")


@pytest.mark.parametrize(
    ("transition", "status", "before", "from_then_on"),
    [
        (states.COMPLETE, Status.CONFIRMED, "The visit has not begun yet.", START),
        (states.NO_SHOW, Status.CONFIRMED, "Wait until ten minutes after the start.", START + 10 * MINUTE),
        (states.EXPIRE, Status.REQUESTED, "There is time left.", START - DAY),
    ],
    ids=["complete", "no_show", "expire"],
)
def test_some_moves_wait_for_their_time(transition, status, before, from_then_on):
    actor = Actor.RULE if transition is states.EXPIRE else Actor.STAFF

    assert transition.refusal(booking(status), from_then_on - MINUTE / 60, actor=actor) == before
    assert transition.refusal(booking(status), from_then_on, actor=actor) == ""


@pytest.mark.parametrize(
    ("transition", "status"), [(states.CONFIRM, Status.REQUESTED), (states.RESTORE, Status.CANCELLED)]
)
def test_some_moves_are_over_once_the_visit_would_have_begun(transition, status):
    too_late = "The visit would have begun by now. Book a new one."

    assert transition.refusal(booking(status), START - MINUTE) == ""
    assert transition.refusal(booking(status), START) == too_late


@pytest.mark.parametrize("status", [Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW])
def test_what_became_of_a_visit_can_be_undone_for_a_day_and_later_by_who_may_overrule_that(status):
    a_day_later, over = START + DAY, booking(status, status_since=START)

    assert states.UNDO.refusal(over, a_day_later - MINUTE / 60) == ""
    assert states.UNDO.refusal(over, a_day_later) == "That was more than a day ago."
    assert states.UNDO.refusal(over, a_day_later, overruled=True) == ""


@pytest.mark.parametrize("transition", [states.ARRIVE, states.COMPLETE], ids=["arrive", "complete"])
def test_a_no_show_can_come_late_for_a_day(transition):
    missed = booking(Status.NO_SHOW, status_since=START)

    assert transition.refusal(missed, START + DAY - MINUTE / 60) == ""
    assert transition.refusal(missed, START + DAY).startswith("They were given up more than a day ago.")


def test_a_visit_can_be_completed_early_by_who_has_thought_about_it():
    assert states.COMPLETE.refusal(booking(Status.CONFIRMED), START - MINUTE, overruled=True) == ""


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (START.replace(hour=0, minute=0), ""),
        (START.replace(hour=23, minute=59), ""),
        (START.replace(hour=0, minute=0) - MINUTE, "The visit is on another day."),
        (START.replace(hour=0, minute=0) + DAY, "The visit is on another day."),
    ],
)
def test_people_arrive_on_the_day(now, words):
    assert states.ARRIVE.refusal(booking(Status.CONFIRMED), now) == words


def test_only_a_completed_visit_is_kept_by_its_payment():
    words = "It is marked as paid. Take that back first."

    assert states.UNDO.refusal(booking(Status.COMPLETED, paid_at=START), START, overruled=True) == words
    assert states.UNDO.refusal(booking(Status.ARRIVED, paid_at=START), START) == ""


@pytest.mark.parametrize("transition", [states.MOVE, states.CANCEL], ids=["move", "cancel"])
def test_customers_are_held_by_the_limit_of_the_service_and_staff_are_not(transition):
    limit, visit = START - DAY, booking(Status.CONFIRMED)

    assert transition.refusal(visit, limit, actor=Actor.CUSTOMER) == ""
    too_late = transition.refusal(visit, limit + MINUTE / 60, actor=Actor.CUSTOMER)
    assert too_late == "It is too late to do that here. Please call us."
    assert transition.refusal(visit, START + 90 * DAY) == ""


@pytest.mark.parametrize(
    ("status", "now", "labels"),
    [
        (Status.REQUESTED, START - DAY, ["Confirm", "Decline", "Move", "Cancel"]),
        (Status.CONFIRMED, START - DAY, ["Move", "Cancel"]),
        (Status.CONFIRMED, START - MINUTE, ["Arrived", "Move", "Cancel"]),
        (Status.CONFIRMED, START + 10 * MINUTE, ["Arrived", "Complete", "No-show", "Move", "Cancel"]),
        (Status.ARRIVED, START + 10 * MINUTE, ["Complete", "Left", "Undo"]),
        (Status.COMPLETED, START - MINUTE, ["Undo"]),
        (Status.NO_SHOW, START + 10 * MINUTE, ["Arrived", "Complete", "Undo"]),
        (Status.CANCELLED, START - MINUTE, ["Restore"]),
        (Status.CANCELLED, START + 10 * MINUTE, []),
    ],
)
def test_legal_moves_are_those_of_the_moment_the_commonest_first(status, now, labels):
    visit = booking(status, status_since=now)

    assert [move.label for move in states.legal_moves(visit, now=now)] == labels
