"""Which part of the diary to show."""

import datetime

from django import forms
from django.http import QueryDict
from django.utils.http import urlencode

from careops.core import century
from careops.core.century import date_field

DAY = datetime.timedelta(days=1)
WEEK = 7 * DAY
VIEWS = [("day", "Day"), ("week", "Week"), ("agenda", "Agenda")]
FIRST, LAST = century.FIRST_DAY + WEEK, century.LAST_DAY - WEEK  # so that its neighbours can be looked at


class DiaryForm(forms.Form):
    """Which part of the diary to show. What is wrong says so; then it is today, or everybody.

    :param people: who can be chosen, as (primary key, name); ``services`` likewise
    """

    date = date_field(required=False)
    view = forms.ChoiceField(required=False, choices=VIEWS)
    staff = forms.TypedChoiceField(required=False, label="Person", coerce=int, empty_value=None)
    service = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    hours = forms.ChoiceField(required=False, choices=[("all", "All day and night")])

    def __init__(self, query: QueryDict, *, today: datetime.date, people: list, services: list):
        super().__init__(query)
        self.today = today
        self.fields["staff"].choices = [("", "Everybody"), *people]
        self.fields["service"].choices = [("", "Every service"), *services]
        self.is_valid()
        wanted = self.cleaned_data
        self.day: datetime.date = min(max(wanted.get("date") or today, FIRST), LAST)
        self.mode: str = wanted.get("view") or "day"
        self.only_staff: int | None = wanted.get("staff")
        self.only_service: int | None = wanted.get("service")
        self.around_the_clock = wanted.get("hours") == "all"
        self.fields["date"].initial = self.day

    @property
    def wrong(self) -> str:
        """What could not be understood, as sentences; empty if nothing."""
        said = []
        if "date" in self.errors:
            said.append(f"{self.errors['date'][0]} This is today.")
        if "staff" in self.errors:
            said.append("Nobody of that name takes bookings. This is everybody.")
        if "service" in self.errors:
            said.append("There is no such service. These are all of them.")
        return " ".join(said)

    @property
    def monday(self) -> datetime.date:
        return self.day - self.day.weekday() * DAY

    @property
    def days(self) -> list[datetime.date]:
        """What is shown: a day, the week of that day, or seven days from it on."""
        if self.mode == "day":
            return [self.day]
        first = self.monday if self.mode == "week" else self.day
        return [first + number * DAY for number in range(7)]

    def link(self, **values) -> str:
        """The query string with ``values`` in place of what is shown; None takes one out."""
        shown = {
            "date": self.day.isoformat(),
            "view": self.mode if self.mode != "day" else None,
            "staff": self.only_staff,
            "service": self.only_service,
            "hours": "all" if self.around_the_clock else None,
        }
        query = {name: value for name, value in (shown | values).items() if value not in (None, "")}
        return "?" + urlencode(query)

    @property
    def here(self) -> str:
        return self.link()

    @property
    def earlier(self) -> str:
        return self.link(date=(self.day - len(self.days) * DAY).isoformat())

    @property
    def later(self) -> str:
        return self.link(date=(self.day + len(self.days) * DAY).isoformat())

    @property
    def at_today(self) -> str:
        return self.link(date=self.today.isoformat())

    @property
    def other_hours(self) -> str:
        return self.link(hours=None if self.around_the_clock else "all")

    @property
    def cleared(self) -> str:
        return self.link(staff=None, service=None)

    @property
    def narrows(self) -> bool:
        return bool(self.only_staff or self.only_service)

    def modes(self) -> list[tuple[str, str, bool]]:
        """Links to the ways to look at it, as (label, query string, is it the current one)."""
        return [
            (label, self.link(view=None if mode == "day" else mode), mode == self.mode)
            for mode, label in VIEWS
        ]
