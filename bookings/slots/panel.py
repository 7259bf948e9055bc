"""The panel of the next free times beside the booking form."""

from django.utils import timezone

from accounts.models import Business
from bookings.hours.reading import people, performs
from bookings.models import Booking
from bookings.slots.for_staff import next_free
from bookings.slots.forms import NextFreeForm


def panel(query, *, business: Business, booking: Booking | None = None) -> dict:
    """What `_next_free.html` shows for what ``query`` asks about.

    :param query: field name to text, see `NextFreeForm`
    :param booking: the one that would move; None: the one that ``query`` names, if it does
    """
    form = NextFreeForm(query)
    form.is_valid()  # what is wrong narrows nothing
    asked = form.cleaned_data
    moving = booking or asked.get("booking")
    context = {"panel": form, "moving": moving, "service": asked.get("service")}
    if not context["service"]:
        return context
    form.fields["only"].queryset = people().filter(performs(context["service"]))
    only, today = asked.get("only"), timezone.localdate()
    first = max(asked.get("day") or today, today)
    found = next_free(
        context["service"],
        staff=only.pk if only else None,
        first=first,
        business=business,
        moving=moving,
        now=timezone.now(),
    )
    return context | {"found": found, "only": only, "first": first}
