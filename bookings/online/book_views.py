"""Customers book by themselves: service, person, day and time, details, done. Only the last button changes anything."""

import datetime
from functools import cached_property

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.generic import FormView, TemplateView

from accounts.public import PublicMixin
from bookings import refusals, states
from bookings.messages import links, promise
from bookings.models import Booking, IntakeRequest, Service
from bookings.online import booking as online_booking
from bookings.online.book_forms import DayForm, DetailsForm
from bookings.online.steps import Particulars, Path, grouped, prefilled
from bookings.slots import for_customers
from careops.core.once import SentBefore

REFUSED = 409
OFTEN = "You have booked very often just now. Please wait an hour, or call us."
BOOKED_BEFORE = (
    "You have sent this before, and it was booked as you wrote it then. What you have changed since is not saved: to"
    " correct it, please tell us. Send it again to book another visit."
)


class ServicesView(PublicMixin, TemplateView):
    template_name = "bookings/online/services.html"
    is_private = False

    def get(self, request):
        offered = list(Service.objects.for_customers())
        wanted = request.GET.get("service", "")
        if wanted not in {"", *(str(service.pk) for service in offered)}:
            raise Http404
        kept = prefilled(request.GET) | ({"staff": request.GET["staff"]} if request.GET.get("staff") else {})
        query = f"?{urlencode(kept)}" if kept else ""
        if wanted or len(offered) == 1:
            return redirect(reverse("book_service", args=[wanted or offered[0].pk]) + query)
        return self.render_to_response(
            self.get_context_data(groups=grouped(offered, self.business), query=query)
        )


class StepMixin(PublicMixin):
    """A page about one service.

    :cvar step: what is decided on it
    :cvar needs_time: whether the time has been
    """

    step, needs_time = "", False

    @cached_property
    def now(self) -> datetime.datetime:
        return timezone.now()

    @cached_property
    def path(self) -> Path:
        offered = {service.pk: service for service in Service.objects.for_customers()}
        if self.kwargs["pk"] not in offered:
            raise Http404
        return Path(
            self.request.GET,
            offered[self.kwargs["pk"]],
            is_one_of_many=len(offered) > 1,
            needs_time=self.needs_time,
            business=self.business,
            now=self.now,
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(path=self.path, step=self.path.step(self.step), **kwargs)


class PersonView(StepMixin, TemplateView):
    template_name, step = "bookings/online/person.html", "person"

    def get(self, request, pk):
        path = self.path
        if path.chosen or len(path.people) < 2:
            return redirect(path.url("book_times"))
        first, choices = path.first_times()
        return self.render_to_response(
            self.get_context_data(first=first, choices=choices, times=path.open_url("book_times"))
        )


class TimesView(StepMixin, TemplateView):
    template_name, step = "bookings/online/times.html", "day and time"

    def get_context_data(self, **kwargs):
        path, wanted = self.path, DayForm(self.request.GET)
        day = wanted.chosen("day")
        choice = for_customers.times_to_choose(path.search, day=day, month=wanted.chosen("month"))
        return super().get_context_data(
            choice=choice,
            missed=day if day and choice.day and day != choice.day.date else None,
            here=path.open_url("book_times"),
            pick=path.open_url("book_details"),
            zone=path.visit.zone,
            **kwargs,
        )


class DetailsView(StepMixin, FormView):
    """The form, and the button that books."""

    form_class = DetailsForm
    template_name, step = "bookings/online/details.html", "your details"
    needs_time = True

    def get(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs) if self.path.is_offered else self.taken(None)

    def get_initial(self):
        return self.path.prefilled

    def post(self, request, *args, **kwargs):
        form = self.get_form()
        if form.is_from_a_machine:
            return redirect("book_thanks")
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def form_valid(self, form):
        path, data = self.path, form.cleaned_data
        if not self.may_make("booking"):
            return self.refused(form, OFTEN, status=429)
        try:
            booking = online_booking.book_online(
                who=form.who,
                service=path.service,
                staff=path.staff,
                starts_at=path.at,
                note=data["note"],
                once=data["once"],
                business=self.business,
                now=self.now,
            )
        except refusals.SlotTaken:
            return self.taken(form)
        except SentBefore:
            form.renew()
            return self.refused(form, BOOKED_BEFORE)
        except online_booking.NotForThem as refusal:
            return self.refused(form, str(refusal))
        return redirect("book_done", token=links.visit_token(booking))

    def refused(self, form, words: str, *, status: int = REFUSED):
        form.add_error(None, words)
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def taken(self, form: DetailsForm | None):
        """The nearest times, each one press away with everything that was typed."""
        context = self.get_context_data(form=form, times=self.path.nearest())
        return render(self.request, "bookings/online/taken.html", context, status=REFUSED)


class ThanksView(PublicMixin, TemplateView):
    template_name = "bookings/online/thanks.html"


class DoneView(PublicMixin, TemplateView):
    """What was booked, and what to do before it."""

    template_name = "bookings/online/done.html"

    def get(self, request, token):
        now = timezone.now()
        booking = links.visit_of(token, now=now)
        if booking is None:
            raise Http404
        if booking.status not in {Booking.Status.REQUESTED, Booking.Status.CONFIRMED}:
            return redirect("visit", token=token)  # the page that says what has become of it
        limit = states.limit_of(booking)
        visit = Particulars(booking.service, self.business, starts_at=booking.starts_at, now=now, limit=limit)
        forms = [(asked, links.form_path(asked)) for asked in IntakeRequest.objects.open_for(booking)]
        shown = {
            "booking": booking,
            "visit": visit,
            "forms": forms,
            "ways": promise.ways_of_answer(booking),
        }
        return self.render_to_response(self.get_context_data(token=token, **shown))
