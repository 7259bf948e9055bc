"""Customers see to a visit of theirs, by its private link. Opening a link does nothing: mail scanners open them all."""

import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.generic import View

from accounts.public import PublicMixin
from bookings import refusals, states
from bookings.messages import calendars, links
from bookings.models import Booking, IntakeRequest
from bookings.online import changing
from bookings.online.book_forms import DayForm
from bookings.online.steps import Particulars
from bookings.online.visit_forms import CallOffForm, MoveForm, SeenForm
from bookings.online.visit_page import look_at
from bookings.slots import for_customers
from careops.core import moments
from careops.core.not_found import NotFoundMixin
from messaging.models import Address

REFUSALS = (changing.VisitChanged, refusals.TransitionRefused)
UNREADABLE = "That page was out of date. Here is your visit as it is now; nothing was changed."


class LinkMixin(PublicMixin):
    """For what stands behind the private link of a visit: whatever is wrong with it, there is nothing here."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()

    def http_method_not_allowed(self, request, *args, **kwargs):
        self.find_link()  # a wrong link says the same to every method
        return super().http_method_not_allowed(request, *args, **kwargs)

    def find_link(self) -> links.VisitLink:
        link = links.visit_link_of(self.kwargs["token"], now=self.now)
        if link is None:
            raise Http404
        return link

    def facts(self, booking: Booking) -> dict:
        """What every page about the visit shows."""
        return {
            "business": self.business,
            "booking": booking,
            "look": look_at(booking, now=self.now),
            # Spelled as a client is on file, it would tell that they are one.
            "first_name": "" if booking.is_unverified else booking.contact.name.split(" ")[0],
            "visit": self.particulars(booking, booking.starts_at),
            "token": links.visit_token(booking),
        }

    def search(self, booking: Booking) -> for_customers.Search:
        """For times that it could move to; with whom, see `changing.whose`."""
        what = {"service": booking.service, "staff": changing.whose(booking), "moving": booking}
        return for_customers.Search(business=self.business, now=self.now, **what)

    def particulars(self, booking: Booking, starts_at: datetime.datetime) -> Particulars:
        limit = states.limit_of(booking)
        return Particulars(booking.service, self.business, starts_at=starts_at, now=self.now, limit=limit)

    def page(self, link: links.VisitLink, *, refusal: str = ""):
        """The visit as it is, which also says why something was refused."""
        facts = self.facts(link.booking)
        forms = IntakeRequest.objects.open_for(link.booking) if facts["look"].is_ahead else []
        facts |= {
            "refusal": refusal,
            "is_older": link.is_older,
            "forms": [(asked, links.form_path(asked)) for asked in forms],
            "addresses": self.addresses(link.booking),
        }
        return render(self.request, "bookings/online/visit.html", facts, status=409 if refusal else 200)

    def addresses(self, booking: Booking):
        """Those whose owner may choose here what comes to them; nobody has checked who books online."""
        known = Address.objects.of(booking.contact).order_by("channel")
        return known.none() if booking.is_unverified else known


class VisitView(LinkMixin, View):
    def get(self, request, token):
        return self.page(self.find_link())


class VisitAction(LinkMixin, NotFoundMixin, View):
    """A button on the page: one service call in ``act``, and back to the page, which says what came of it."""

    gone = Booking.DoesNotExist  # along with its contact
    form_class = SeenForm

    def post(self, request, token):
        link = self.find_link()
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.page(link, refusal=UNREADABLE)
        try:
            booking = self.act(booking=link.booking, now=self.now, **form.cleaned_data)
        except REFUSALS as refusal:
            return self.page(self.find_link(), refusal=str(refusal))
        messages.success(request, self.said(booking))
        return redirect("visit", token=links.visit_token(booking))

    def said(self, booking: Booking) -> str:
        return self.done


class VisitCancelView(VisitAction):
    form_class = CallOffForm
    act, done = staticmethod(changing.call_off), "It is called off. Thank you for letting us know."


class VisitComingView(VisitAction):
    act, done = staticmethod(changing.say_coming), "Thank you. See you then."


class VisitHereView(VisitAction):
    act, done = staticmethod(changing.say_here), "Thank you. We know that you are here."


class VisitMoveView(LinkMixin, View):
    """A day, then a time, then one button; what is booked stays the same, and with whom."""

    def get(self, request, token):
        booking = self.find_link().booking
        if not look_at(booking, now=self.now).may_move:
            return redirect("visit", token=token)  # which says why
        wanted, key = DayForm(request.GET), request.GET.get("at", "")
        facts = self.facts(booking)
        if at := for_customers.at_of(key, booking.service):
            facts |= {"at": at, "key": key, "target": self.particulars(booking, at)}
        else:
            facts["choice"] = for_customers.times_to_choose(
                self.search(booking), day=wanted.chosen("day"), month=wanted.chosen("month")
            )
        return render(request, "bookings/online/visit_move.html", facts)


class VisitMovedView(VisitAction):
    form_class = MoveForm

    def act(self, *, booking: Booking, at: str, **seen) -> Booking:
        starts_at = for_customers.at_of(at, booking.service)
        if starts_at is None:
            raise refusals.TransitionRefused(UNREADABLE)
        return changing.move_visit(booking=booking, starts_at=starts_at, **seen)

    def said(self, booking: Booking) -> str:
        wall = timezone.localtime(booking.starts_at)
        return f"Your visit is on {wall:%A %-d %B}, {moments.hour(wall)} now."

    def post(self, request, token):
        try:
            return super().post(request, token)
        except refusals.SlotTaken as refusal:
            return self.taken(self.find_link().booking, request.POST["at"], words=str(refusal))

    def taken(self, booking: Booking, key: str, *, words: str):
        """The times nearest to the one that is gone, each one press away."""
        near = for_customers.nearest_times(self.search(booking), for_customers.at_of(key, booking.service))
        facts = self.facts(booking) | {"refusal": words, "nearest": near}
        return render(self.request, "bookings/online/visit_move.html", facts, status=409)


class VisitCalendarView(LinkMixin, View):
    """The visit as a file for a calendar."""

    def get(self, request, token):
        booking = self.find_link().booking
        text = calendars.file(booking, business=self.business, now=self.now)
        disposition = {"Content-Disposition": 'attachment; filename="visit.ics"'}
        return HttpResponse(text, content_type=calendars.CONTENT_TYPE, headers=disposition)
