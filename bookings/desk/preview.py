"""What a click would do: the real service does it, everything is looked at, and all of it is rolled back.

Nothing leaves: messages are sent by the worker, which is woken when a transaction commits, and this one never does.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction

from accounts.models import subject_key
from alerts.models import Alert
from bookings import refusals
from bookings.catalogue import materials
from bookings.desk import consequences
from bookings.desk.consequences import Line, State
from bookings.models import Booking
from contacts import services as contacts
from contacts.models import Contact
from inventory.models import Movement, Reservation
from messaging.models import Message

REFUSALS = (
    refusals.BegunLongAgo,
    refusals.BookedAlready,
    contacts.ContactGone,
    refusals.SlotTaken,
    refusals.TransitionRefused,
)
BUSY = Line("hourglass", "Somebody is saving something here this very moment. Look again in a few seconds.")


@dataclass(frozen=True)
class Preview:
    """What would happen.

    :ivar refusal: why nothing would, as a sentence; empty: nothing speaks against it
    """

    lines: list[Line] = field(default_factory=list)
    refusal: str = ""


def preview(act: Callable[[], Booking], *, booking: Booking | None = None, now: datetime.datetime) -> Preview:
    """What ``act`` would do.

    :param act: calls a service of bookings and returns what that returns
    :param booking: the one that it changes; None: it makes one
    """
    try:
        with transaction.atomic():
            newest_alert = Alert.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            newest_contact = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            before = _look_at(booking) if booking else None
            outcome = act()
            after = _look_at(outcome, alerts_after=newest_alert)
            lines = consequences.between(before, after, now=now)
            if outcome.contact_id > newest_contact:
                lines.insert(
                    0, Line("user-plus", f"{outcome.contact} is added to the contacts, without a welcome.")
                )
            transaction.set_rollback(True)
    except ValidationError as error:
        return Preview(refusal=" ".join(error.messages))
    except REFUSALS as refusal:
        return Preview(refusal=str(refusal))
    except OperationalError:  # a lock that did not come in time
        return Preview([BUSY])
    return Preview(lines)


def _look_at(booking: Booking, *, alerts_after: int | None = None) -> State:
    """Everything that the services of bookings leave behind about ``booking``, in six statements.

    :param alerts_after: primary key of the newest alert before; None: only those about the booking itself matter
    """
    key = subject_key(booking)
    messages = Message.objects.filter(about_key=key).order_by("pk")
    promised = Reservation.objects.of(key).open().select_related("item").order_by("item_id")
    used = Movement.objects.used_for(key).select_related("item")
    missing = booking.intake_requests.missing().select_related("version__form").order_by("pk")
    state = State(
        booking=booking,
        messages={
            row.pk: row for row in messages.select_related("conversation__contact", "conversation__paused_by")
        },
        promised={line.item: line.quantity for line in promised},
        short={line.item: line.missing for line in materials.shortages(booking)},
        used={line.pk: line for line in used},
        forms={row.pk: str(row.version.form) for row in missing},
    )
    about = Alert.objects.unsettled().filter(source_key=key)
    if alerts_after is not None:
        keys = [subject_key(item) for item in {*state.promised, *(line.item for line in state.used.values())}]
        about |= Alert.objects.unsettled().filter(source_key__in=keys, pk__gt=alerts_after)
    state.alerts.update(about.order_by("pk").values_list("pk", "title"))
    return state
