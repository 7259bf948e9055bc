"""The pages on which people say when they work."""

import datetime
import itertools
from collections import defaultdict

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView, View

from accounts.models import User
from bookings.hours import services
from bookings.hours.forms import ClosedDaysForm, DayForm, TimeOffForm, WeekForm
from bookings.hours.permissions import CHANGE, OWN_TIME_OFF, may_take_off
from bookings.hours.reading import MOST_OUTSIDE, people, usual_week, visits_outside
from bookings.models import ClosedDay, DayHours, TimeOff, WorkingHours
from bookings.times.roster import WEEKDAYS
from bookings.times.wallclock import Range


def by_day(rows) -> list[tuple[datetime.date, User, list[Range]]]:
    """Dates with hours of their own: the date, whose it is, and the hours."""
    groups = itertools.groupby(rows, lambda row: (row.date, row.staff))
    return [(date, person, [row.range for row in group]) for (date, person), group in groups]


class HoursView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_workinghours"
    template_name = "bookings/hours/hours.html"

    def get_context_data(self, **kwargs):
        now, today = timezone.now(), timezone.localdate()
        weeks = defaultdict(lambda: [[] for _ in WEEKDAYS])
        for hours in WorkingHours.objects.order_by("weekday", "start"):
            weeks[hours.staff_id][hours.weekday].append(hours.range)
        everybody = [(person, weeks.get(person.pk)) for person in people()]
        days = DayHours.objects.filter(date__gte=today).select_related("staff")
        return super().get_context_data(**kwargs) | {
            "weekdays": WEEKDAYS,
            "people": [
                (person, week and list(zip(WEEKDAYS, week, strict=True))) for person, week in everybody
            ],
            "any_hours": any(week for _, week in everybody),
            "time_off": TimeOff.objects.not_over(now=now).select_related("staff"),
            "days": by_day(days.order_by("date", "staff__name", "staff", "start")),
            "closed": ClosedDay.objects.filter(date__gte=today).order_by("date"),
            "outside": visits_outside(business=self.request.frame.business, now=now),
            "most_outside": MOST_OUTSIDE,
        }


class OfPerson(PermissionRequiredMixin):
    """A page about the hours of one person."""

    permission_required = CHANGE

    @cached_property
    def person(self) -> User:
        return get_object_or_404(User.objects.active(), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"person": self.person}


class WeekView(OfPerson, FormView):
    template_name = "bookings/hours/hours_week.html"
    form_class = WeekForm

    @property
    def copies_monday(self) -> bool:
        return "copy" in self.request.POST

    @cached_property
    def hours(self) -> dict[int, list[Range]]:
        week = defaultdict(list)
        for hours in self.person.working_hours.order_by("weekday", "start"):
            week[hours.weekday].append(hours.range)
        return week

    @cached_property
    def usual(self) -> dict[int, list[Range]]:
        """What somebody without hours may start with."""
        return {} if self.hours else usual_week()

    def get_initial(self):
        week = self.usual or self.hours
        return {f"day_{weekday}": hours for weekday, hours in week.items()}

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        if self.copies_monday:
            kwargs["data"] = _like_monday(kwargs["data"])
        return kwargs

    def get_context_data(self, **kwargs):
        now = timezone.now()
        days = self.person.day_hours.filter(date__gte=timezone.localdate())
        business = self.request.frame.business
        return super().get_context_data(**kwargs) | {
            "time_off": self.person.time_off.not_over(now=now),
            "days": by_day(days.select_related("staff").order_by("date", "start")),
            "outside": visits_outside(business=business, now=now, staff=self.person),
            "most_outside": MOST_OUTSIDE,
            "usual": self.usual,
        }

    def form_valid(self, form):
        if self.copies_monday and not form.week[0]:
            form.add_error("day_0", "There are no hours to copy, so nothing was saved.")
            return self.form_invalid(form)
        services.set_week(staff=self.person, week=form.week, by=self.request.user)
        copied = ", Tuesday to Friday as Monday" if self.copies_monday else ""
        return saved(self.request, f"Saved the hours of {self.person}{copied}.", self.person)


def _like_monday(typed: QueryDict) -> QueryDict:
    """What was typed, with Monday on Tuesday to Friday as well; as it was where nothing stands there."""
    data = typed.copy()
    if monday := data.get("day_0", "").strip():
        for number in range(1, 5):
            data[f"day_{number}"] = monday
    return data


def saved(request, sentence: str, person: User | None = None):
    """Back to the hours, with what was done and how many visits that leaves outside.

    :param person: whose hours they are; None: everybody's
    """
    business = request.frame.business
    outside = len(visits_outside(business=business, now=timezone.now(), staff=person))
    if outside == 1:
        messages.warning(request, f"{sentence} 1 visit lies outside and stays as it is: see below.")
    elif outside:
        visits = f"{outside} or more visits" if outside == MOST_OUTSIDE else f"{outside} visits"
        messages.warning(request, f"{sentence} {visits} lie outside and stay as they are: see below.")
    else:
        messages.success(request, sentence)
    return _back_to_hours(request, person)


def _back_to_hours(request, person: User | None):
    if person and person.is_active and request.user.has_perm(CHANGE):
        return redirect("bookings:hours_week", person.pk)
    return redirect("bookings:hours")


def parse_iso(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


class DayView(OfPerson, FormView):
    template_name = "bookings/hours/hours_form.html"
    form_class = DayForm
    extra_context = {"title": "Hours of one day", "verb": "Save", "icon": "calendar-clock"}

    def get_initial(self):
        date = parse_iso(self.request.GET.get("date", ""))
        hours = self.person.day_hours.filter(date=date).order_by("start") if date else []
        return {"date": date, "hours": [row.range for row in hours]}

    def form_valid(self, form):
        services.set_day(staff=self.person, **form.cleaned_data, by=self.request.user)
        day = f"{form.cleaned_data['date']:%a %-d %b}"
        return saved(self.request, f"Saved the hours of {self.person} on {day}.", self.person)


class TimeOffCreateView(OfPerson, FormView):
    permission_required = OWN_TIME_OFF
    template_name = "bookings/hours/hours_form.html"
    form_class = TimeOffForm
    extra_context = {"title": "Time off", "verb": "Add time off"}

    def has_permission(self):
        return may_take_off(self.request.user, self.kwargs["pk"])

    def get_initial(self):
        return {name: self.request.GET.get(name) for name in ("first", "first_time", "last", "last_time")}

    def form_valid(self, form):
        who_and_when = {"by": self.request.user, "now": timezone.now()}
        try:
            services.add_time_off(staff=self.person, **form.cleaned_data, **who_and_when)
        except services.AlreadyOver as refusal:
            form.add_error("last", str(refusal))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        return saved(self.request, f"Added time off for {self.person}.", self.person)


class TimeOffRemoveView(PermissionRequiredMixin, View):
    permission_required = OWN_TIME_OFF

    @cached_property
    def off(self) -> TimeOff:
        return get_object_or_404(TimeOff.objects.select_related("staff"), pk=self.kwargs["pk"])

    def has_permission(self):
        return super().has_permission() and may_take_off(self.request.user, self.off.staff_id)

    def post(self, request, pk):
        person = self.off.staff
        services.remove_time_off(off=self.off, by=request.user)
        messages.success(request, f"Removed time off of {person}.")
        return _back_to_hours(request, person)


class ClosedDaysView(PermissionRequiredMixin, FormView):
    permission_required = CHANGE
    template_name = "bookings/hours/hours_form.html"
    form_class = ClosedDaysForm
    extra_context = {"title": "Closed days", "verb": "Close"}

    def form_valid(self, form):
        dates, name = form.cleaned_data["dates"], form.cleaned_data["name"]
        added = services.close_days(dates=dates, name=name, by=self.request.user)
        days = ", ".join(f"{day.date:%a %-d %b}" for day in added[:3]) + (" and more" if added[3:] else "")
        return saved(self.request, f"Closed on {days}." if added else "Those days were closed already.")


class OpenDayView(PermissionRequiredMixin, View):
    permission_required = CHANGE

    def post(self, request, pk):
        day = get_object_or_404(ClosedDay, pk=pk)
        services.open_day(day=day, by=request.user)
        messages.success(request, f"Open again on {day.date:%a %-d %b}.")
        return redirect("bookings:hours")
