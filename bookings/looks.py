"""How visits, requests for forms and services look: one icon for each state, for staff and for customers."""

import datetime

from bookings.models import Booking, IntakeRequest, Service
from careops.core.looks import Look

Status = Booking.Status
VISITS = {
    Status.REQUESTED: Look("calendar-clock", "Requested", "attention"),
    Status.CONFIRMED: Look("calendar-check", "Confirmed", "info"),
    Status.ARRIVED: Look("door-open", "Arrived", "accent"),
    Status.COMPLETED: Look("circle-check", "Completed", "done"),
    Status.NO_SHOW: Look("user-x", "No-show", "attention"),
    Status.CANCELLED: Look("calendar-x", "Cancelled"),
}
# Customers read kinder words, and nothing that blames them.
FOR_CUSTOMERS = {
    Status.REQUESTED: VISITS[Status.REQUESTED],
    Status.CONFIRMED: VISITS[Status.CONFIRMED]._replace(tone="done"),
    Status.ARRIVED: VISITS[Status.ARRIVED]._replace(words="You are here", tone="done"),
    Status.COMPLETED: VISITS[Status.COMPLETED]._replace(words="Over", tone=""),
    Status.NO_SHOW: VISITS[Status.NO_SHOW]._replace(words="Missed", tone=""),
    Status.CANCELLED: VISITS[Status.CANCELLED]._replace(words="Called off"),
}
OUTCOME_MISSING = Look("circle-question-mark", "Outcome missing", "attention")
# of a day that goes on
NOW = Look("play", "Now", "accent")
NEXT = Look("arrow-right", "Next", "info")
JUST_OVER = Look("clock", "Just over")

Asked = IntakeRequest.Status
REQUESTS = {
    Asked.PLANNED: Look("hourglass", "Not sent yet", "attention"),
    Asked.SENT: Look("hourglass", "Sent", "attention"),
    Asked.OPENED: Look("hourglass", "Opened", "attention"),
    Asked.STARTED: Look("pencil-line", "Begun", "attention"),
    Asked.SUBMITTED: Look("file-check", "Submitted", "info"),
    Asked.REVIEWED: Look("circle-check", "Reviewed", "done"),
    Asked.SATISFIED: Look("circle-check", "On file", "done"),
    Asked.WAIVED: Look("ban", "Waived"),
    Asked.WITHDRAWN: Look("ban", "Withdrawn"),
    Asked.EXPIRED: Look("ban", "Expired"),
}
OVERDUE = Look("clock-alert", "Overdue", "critical")
COVERED = Look("link", "With another visit")

NOT_OFFERED = Look("ban", "Not offered")
STAFF_ONLY = Look("lock", "Staff only", "info")
ON_REQUEST = Look("hourglass", "On request", "attention")
ONLINE = Look("globe", "Book online", "done")

# What is said about a time that somebody asks about.
OFFERED = Look("check", "Offered", "done")
OFFERED_TO_STAFF = Look("lock", "Offered to staff only", "info")
LEFT_OUT = Look("circle-slash", "Not offered", "attention")
IMPOSSIBLE = Look("ban", "Cannot be booked", "critical")


def of_visit(booking: Booking, *, now: datetime.datetime) -> Look:
    """The state; a visit whose outcome is still missing says that instead."""
    return OUTCOME_MISSING if booking.lacks_outcome(now=now) else VISITS[booking.status]


def of_request(asked: IntakeRequest, *, now: datetime.datetime) -> Look:
    """The state; one that is late for a visit to come says that instead."""
    if asked.booking.is_under_way and asked.is_overdue(now=now):
        return OVERDUE
    if asked.covered_by_id and asked.is_unfinished:
        return COVERED
    return REQUESTS[asked.status]


def of_service(service: Service) -> Look:
    """How customers get at it."""
    if not service.is_active:
        return NOT_OFFERED
    if not service.is_public:
        return STAFF_ONLY
    return ON_REQUEST if service.needs_approval else ONLINE
