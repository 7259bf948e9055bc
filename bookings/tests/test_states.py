import datetime

import pytest

from bookings import states
from bookings.models import Booking
from contacts.models import Contact

START = datetime.datetime(2026, 11, 24, 14, 30, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
Status = Booking.Status

# Everything that may ever happen, and where it leads; what is missing here must be refused.
LEGAL = {
    (Status.CONFIRMED, states.COMPLETE): Status.COMPLETED,
    (Status.CONFIRMED, states.NO_SHOW): Status.NO_SHOW,
    (Status.CONFIRMED, states.CANCEL): Status.CANCELLED,
    (Status.COMPLETED, states.REOPEN): Status.CONFIRMED,
    (Status.NO_SHOW, states.REOPEN): Status.CONFIRMED,
    (Status.CANCELLED, states.REOPEN): Status.CONFIRMED,
}


def booking(status: Status) -> Booking:
    return Booking(
        contact=Contact(name="Ada"),
        starts_at=START,
        ends_at=START + 60 * MINUTE,
        status=status,
        status_since=START,
    )


@pytest.mark.parametrize("transition", states.TRANSITIONS, ids=lambda transition: transition.name)
@pytest.mark.parametrize("status", Status)
def test_only_what_the_table_names_is_legal(status, transition):
    when = -60 if status == Status.CANCELLED else 60
    refusal = transition.refusal(booking(status), START + when * MINUTE)

    if (status, transition) in LEGAL:
        assert refusal == ""
        assert transition.target == LEGAL[status, transition]
    else:
        assert refusal == f"This booking is already marked as {status.label.lower()}."


@pytest.mark.parametrize(
    ("transition", "status", "before", "from_then_on"),
    [
        (states.COMPLETE, Status.CONFIRMED, "The visit has not begun yet.", START),
        (states.NO_SHOW, Status.CONFIRMED, "Wait until ten minutes after the start.", START + 10 * MINUTE),
    ],
    ids=["complete", "no_show"],
)
def test_an_outcome_waits_for_its_time(transition, status, before, from_then_on):
    assert transition.refusal(booking(status), from_then_on - MINUTE / 60) == before
    assert transition.refusal(booking(status), from_then_on) == ""


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NO_SHOW])
def test_an_outcome_can_be_undone_for_a_day(status):
    a_day_later = START + datetime.timedelta(days=1)

    assert states.REOPEN.refusal(booking(status), a_day_later - MINUTE / 60) == ""
    assert states.REOPEN.refusal(booking(status), a_day_later) == "That was more than a day ago."


def test_a_cancellation_can_be_undone_until_the_visit_would_begin():
    too_late = "The visit would have begun by now. Book a new one."

    assert states.REOPEN.refusal(booking(Status.CANCELLED), START - MINUTE) == ""
    assert states.REOPEN.refusal(booking(Status.CANCELLED), START) == too_late


def test_a_visit_can_be_called_off_at_any_time():
    long_before, long_after = START - datetime.timedelta(days=90), START + datetime.timedelta(days=90)

    assert not states.CANCEL.refusal(booking(Status.CONFIRMED), long_before)
    assert not states.CANCEL.refusal(booking(Status.CONFIRMED), long_after)


@pytest.mark.parametrize(
    ("status", "now", "names"),
    [
        (Status.CONFIRMED, START - MINUTE, ["cancel"]),
        (Status.CONFIRMED, START, ["complete", "cancel"]),
        (Status.CONFIRMED, START + 10 * MINUTE, ["complete", "no_show", "cancel"]),
        (Status.COMPLETED, START + 10 * MINUTE, ["reopen"]),
        (Status.NO_SHOW, START + 10 * MINUTE, ["reopen"]),
        (Status.CANCELLED, START - MINUTE, ["reopen"]),
        (Status.CANCELLED, START + 10 * MINUTE, []),
    ],
)
def test_legal_moves_come_with_the_commonest_first(status, now, names):
    assert [move.name for move in states.legal_moves(booking(status), now=now)] == names
