"""The next free times, and the page that says why a time is not offered."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils import timezone
from django.views.generic import TemplateView

from bookings import looks
from bookings.hours.reading import DAY
from bookings.slots.forms import WhyForm
from bookings.slots.objections import BEGUN_JUST_NOW
from bookings.slots.panel import panel
from bookings.slots.reading import offers_of
from bookings.times import wallclock
from bookings.times.offers import Offers
from bookings.times.roster import Person, Reason
from careops.core.looks import Look

WEEK = 7 * DAY


class NextFreeView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/slots/_next_free.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | panel(
            self.request.GET, business=self.request.frame.business
        )


@dataclass(frozen=True)
class WhyNot:
    """What is said about one person at one time.

    :ivar is_too_late: whether it is so long ago that the reader may not book it any more
    """

    person: Person
    reasons: list[Reason]
    is_too_late: bool

    @property
    def is_offered(self) -> bool:
        return not self.reasons

    @property
    def is_for_staff(self) -> bool:
        return all(reason.binds_customers_only for reason in self.reasons)

    @property
    def can_be_booked(self) -> bool:
        return not self.is_too_late and not any(reason.binds_staff for reason in self.reasons)

    @property
    def look(self) -> Look:
        if self.is_offered:
            return looks.OFFERED
        if self.is_for_staff:
            return looks.OFFERED_TO_STAFF
        return looks.LEFT_OUT if self.can_be_booked else looks.IMPOSSIBLE


class WhyView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/slots/why.html"

    def get_context_data(self, **kwargs):
        asked = self.request.GET
        form = WhyForm(asked) if "at" in asked else WhyForm(initial=asked.dict())
        context = super().get_context_data(**kwargs) | {"form": form}
        return context | (self.verdict(**form.cleaned_data) if form.is_valid() else {})

    def verdict(self, *, service, staff, at: datetime.datetime) -> dict:
        business, day = self.request.frame.business, at.date()
        first, last = day - WEEK, day + WEEK
        days = {"first": first, "last": last}
        now = timezone.now()
        offers = offers_of(service, **days, business=business, now=now, named=True)
        moment = wallclock.instant(day, wallclock.minute_of_day(at), business.zone)
        about = moment or datetime.datetime.combine(day, at.time(), business.zone)
        is_too_late = about < now - BEGUN_JUST_NOW and not self.request.user.has_perm("bookings.book_past")
        verdicts = [
            WhyNot(person, offers.why_not_on_wall(person, at), is_too_late)
            for person in _asked(offers, staff)
        ]
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
