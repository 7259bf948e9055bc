"""The table of states as the services keep it: what is legal happens, everything else is refused in words."""

import datetime

import pytest

from accounts.models import AuditEntry
from bookings import refusals
from bookings.models import Booking, IntakeRequest
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change, everything, service_with_materials
from bookings.tests.factories import ServiceFactory
from bookings.visits import making, outcomes, undoing
from inventory.models import Item, Movement, Reservation

pytestmark = pytest.mark.django_db

Status, Cause = Booking.Status, Booking.Cause
DAY = 24 * HOUR
LATER = START + 3 * DAY


def move(booking, *, by, now):
    return change(booking, starts_at=LATER, by=by, now=now)


def cancel(cause, **values):
    def act(booking, *, by, now):
        return outcomes.cancel_booking(booking=booking, cause=cause, by=by, now=now, **values)

    return act


def called(service, **values):
    def act(booking, *, by, now):
        return service(booking=booking, by=by, now=now, **values)

    return act


# What somebody does, and from which states it leads where.
ACTS = {
    "staff confirm": (called(outcomes.confirm_booking), {Status.REQUESTED: Status.CONFIRMED}),
    "staff decline": (cancel(Cause.DECLINED), {Status.REQUESTED: Status.CANCELLED}),
    "clock expires": (cancel(Cause.EXPIRED), {Status.REQUESTED: Status.CANCELLED}),
    "staff move": (move, {Status.REQUESTED: Status.REQUESTED, Status.CONFIRMED: Status.CONFIRMED}),
    "customer moves": (move, {Status.REQUESTED: Status.REQUESTED, Status.CONFIRMED: Status.CONFIRMED}),
    "staff arrive": (
        called(outcomes.arrive_booking),
        {Status.CONFIRMED: Status.ARRIVED, Status.NO_SHOW: Status.ARRIVED},
    ),
    "staff complete": (
        called(outcomes.complete_booking),
        dict.fromkeys([Status.CONFIRMED, Status.ARRIVED, Status.NO_SHOW], Status.COMPLETED),
    ),
    "staff no-show": (called(outcomes.mark_no_show), {Status.CONFIRMED: Status.NO_SHOW}),
    "staff cancel": (
        cancel(Cause.BUSINESS, reason="Had to leave"),
        dict.fromkeys([Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED], Status.CANCELLED),
    ),
    "customer cancels": (
        cancel(Cause.CUSTOMER),
        {Status.REQUESTED: Status.CANCELLED, Status.CONFIRMED: Status.CANCELLED},
    ),
    "staff undo": (
        called(undoing.reopen_booking),
        dict.fromkeys([Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED], Status.CONFIRMED),
    ),
}
AFTERWARDS = {"staff complete", "staff no-show"}
BEFOREHAND = {"customer moves", "customer cancels", "clock expires"}


def in_state(status: Status) -> Booking:
    booking = book(service=service_with_materials())
    Booking.objects.filter(pk=booking.pk).update(
        status=status, status_since=START - 2 * DAY + HOUR, request_expires_at=START - 2 * DAY
    )
    return Booking.objects.for_list().get(pk=booking.pk)


def moment(what: str) -> datetime.datetime:
    if what in BEFOREHAND:
        return START - 2 * DAY
    return (
        START - DAY if what == "staff undo" else START + 11 * MINUTE if what in AFTERWARDS else START - HOUR
    )


def stored():
    rows = [
        [*model.objects.order_by("pk").values()] for model in (IntakeRequest, Item, Movement, Reservation)
    ]
    return everything(), rows


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize("status", Status)
def test_only_what_the_table_names_happens(status, what, staff):
    act, targets = ACTS[what]
    booking, now = in_state(status), moment(what)
    if status == Status.NO_SHOW:
        Booking.objects.update(status_since=START - HOUR)
    by = None if what in BEFOREHAND else staff
    before = stored()

    if status in targets:
        act(booking, by=by, now=now)
        booking.refresh_from_db()
        assert (booking.status, booking.version) == (targets[status], 2)
    else:
        with pytest.raises(refusals.TransitionRefused) as refusal:
            act(booking, by=by, now=now)
        assert str(refusal.value).endswith(".")
        assert stored() == before


@pytest.mark.parametrize(
    ("what", "status", "kind"),
    [
        ("staff confirm", Status.REQUESTED, "staff"),
        ("clock expires", Status.REQUESTED, "rule"),
        ("customer moves", Status.CONFIRMED, "customer"),
        ("customer cancels", Status.CONFIRMED, "customer"),
        ("staff cancel", Status.CONFIRMED, "staff"),
    ],
)
def test_the_history_names_the_kind_of_actor(what, status, kind, staff):
    booking = in_state(status)
    by = None if what in BEFOREHAND else staff

    ACTS[what][0](booking, by=by, now=moment(what))

    entry = AuditEntry.objects.about(booking).first()
    assert (entry.actor, entry.by) == (kind, by)


@pytest.mark.parametrize(
    ("source", "kind"), [("staff", "staff"), ("online", "customer"), ("import", "import")]
)
def test_the_history_names_the_kind_of_who_booked(source, kind, staff):
    by = staff if source == "staff" else None
    booking = making.create_booking(
        contact=book().contact,
        service=ServiceFactory(),
        staff=staff,
        starts_at=LATER,
        source=source,
        by=by,
        now=NOW,
    )

    assert AuditEntry.objects.about(booking).get().actor == kind


def test_stock_follows_every_transition(staff):
    booking = book(service=service_with_materials(quantity=2))
    item = Item.objects.get()

    def stock():
        item.refresh_from_db()
        return (item.on_hand, item.reserved)

    assert stock() == (10, 2)
    missed = outcomes.mark_no_show(booking=booking, by=staff, now=START + HOUR)
    assert stock() == (10, 0)
    here = outcomes.arrive_booking(booking=missed, by=staff, now=START + HOUR)
    assert stock() == (10, 2)
    done = outcomes.complete_booking(booking=here, by=staff, now=START + HOUR)
    assert stock() == (8, 0)
    again = undoing.reopen_booking(booking=done, by=staff, now=START + HOUR)
    assert (again.status, stock()) == (Status.ARRIVED, (10, 2))
    left = outcomes.cancel_booking(booking=again, reason="Left", by=staff, now=START + HOUR)
    assert (left.status, stock()) == (Status.CANCELLED, (10, 0))


def test_a_no_show_that_comes_late_and_is_completed_uses_what_was_reserved(staff):
    booking = book(service=service_with_materials(quantity=2))
    missed = outcomes.mark_no_show(booking=booking, by=staff, now=START + HOUR)

    outcomes.complete_booking(booking=missed, by=staff, now=START + 2 * HOUR)

    item = Item.objects.get()
    assert (item.on_hand, item.reserved) == (8, 0)
