"""What contacts and staff may do with a request, by its state: the one table. Services ask it before they change one.

What the life of the visit does to a request is in `bookings.intake.asking` and `bookings.intake.covering`.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import AuditEntry
from bookings.models import IntakeRequest

Actor = AuditEntry.Actor
Status = IntakeRequest.Status


def _by_its_expiry(request: IntakeRequest, now: datetime.datetime) -> str:
    return "" if now < request.expires_at else "It is too late to answer this form."


def _before_the_visit(request: IntakeRequest, now: datetime.datetime) -> str:
    if request.is_open:
        return _by_its_expiry(request, now)
    if now < request.booking.starts_at:
        return ""
    return "The visit has begun, so what was sent stays as it is."


@dataclass(frozen=True)
class Move:
    """One line of the table.

    :param name: the action in the audit trail, such as ``intake.waived``
    :param is_filling: whether a contact may whenever the form is open to them
    :param guard: why a contact may not, as a sentence; empty: they may. Staff may at any time.
    """

    name: str
    sources: frozenset[Status]
    actors: frozenset[Actor]
    guard: Callable[[IntakeRequest, datetime.datetime], str] | None = None
    is_filling: bool = False

    def refusal(self, request: IntakeRequest, *, actor: Actor, now: datetime.datetime) -> str:
        """Why the request cannot go that way, as a sentence; empty: it can."""
        is_open = self.is_filling and actor == Actor.CUSTOMER and request.is_open
        if request.status not in self.sources and not is_open:
            return f"This form is marked as {request.get_status_display().lower()}."
        if actor not in self.actors:
            return "That is not yours to do."
        return self.guard(request, now) if self.guard and actor == Actor.CUSTOMER else ""


_OPEN = frozenset(IntakeRequest.UNFINISHED)
_DONE = frozenset(IntakeRequest.ANSWERED)
_STAFF = frozenset({Actor.STAFF})
_CUSTOMER = frozenset({Actor.CUSTOMER})

OPEN = Move("opened", frozenset({Status.PLANNED, Status.SENT}), _CUSTOMER, _by_its_expiry)
SAVE = Move("saved", _OPEN, _STAFF | _CUSTOMER, _by_its_expiry, is_filling=True)
SUBMIT = Move("submitted", _OPEN | _DONE, _STAFF | _CUSTOMER, _before_the_visit, is_filling=True)
REVIEW = Move("reviewed", frozenset({Status.SUBMITTED}), _STAFF)
WAIVE = Move("waived", _OPEN, _STAFF)
ASK_AGAIN = Move("asked_again", _OPEN | {Status.WAIVED}, _STAFF)
RENEW = Move("link_renewed", _OPEN | _DONE, _STAFF)
