"""The panel of the next free times, and the page that says why a time is not offered."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils import timezone
from django.views.generic import TemplateView

from bookings.hours.reading import DAY, people, performs
from bookings.models import Booking
from bookings.slots.for_staff import next_free
from bookings.slots.forms import NextFreeForm, WhyForm
from bookings.slots.reading import offers_of
from bookings.times import wallclock
from bookings.times.offers import Offers
from bookings.times.roster import Person, Reason

WEEK = 7 * DAY


def panel(query, *, request, booking: Booking | None = None) -> dict:
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
        business=request.frame.business,
        moving=moving,
        now=timezone.now(),
    )
    return context | {"found": found, "only": only, "first": first}


class NextFreeView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/slots/_next_free.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | panel(self.request.GET, request=self.request)


@dataclass(frozen=True)
class Verdict:
    """What is said about one person at one time."""

    person: Person
    reasons: list[Reason]

    @property
    def is_offered(self) -> bool:
        return not self.reasons

    @property
    def is_for_staff(self) -> bool:
        return all(reason.binds_customers_only for reason in self.reasons)

    @property
    def can_be_booked(self) -> bool:
        return not any(reason.binds_staff for reason in self.reasons)


class WhyView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/slots/why.html"

    def get_context_data(self, **kwargs):
        form = WhyForm(self.request.GET or None)
        context = super().get_context_data(**kwargs) | {"form": form}
        return context | (self.verdict(**form.cleaned_data) if form.is_valid() else {})

    def verdict(self, *, service, staff, at: datetime.datetime) -> dict:
        business, day = self.request.frame.business, at.date()
        first, last = day - WEEK, day + WEEK
        offers = offers_of(service, first=first, last=last, business=business, now=timezone.now())
        verdicts = [Verdict(person, offers.why_not_on_wall(person, at)) for person in _asked(offers, staff)]
        moment = wallclock.instant(day, wallclock.minute_of_day(at), business.zone)
        about = moment or datetime.datetime.combine(day, at.time(), business.zone)
        near = offers.nearest(about, 3, first=first, last=last, staff=staff and staff.pk, but=moment)
        chosen = [
            (slot, next(one for one in slot.people if not staff or one.pk == staff.pk)) for slot in near
        ]
        return {"service": service, "at": at, "verdicts": verdicts, "near": chosen}


def _asked(offers: Offers, staff) -> list[Person]:
    """The one who was asked about, or everybody who performs the service and works at all."""
    if staff:
        return [person for person in offers.facts.people if person.pk == staff.pk]
    return [person for person in offers.facts.people if person.performs and (person.weekly or person.days)]
