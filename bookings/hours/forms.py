"""What the pages of hours, time off and closed days ask for."""

import datetime
from collections import defaultdict

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from bookings.times.roster import WEEKDAYS
from bookings.times.typed import read_hours
from bookings.times.wallclock import Range
from careops.core.arrived import ArrivedMixin
from careops.core.century import date_field
from careops.core.unseen import VisibleField

LONGEST_CLOSURE = 62  # days
DAY = datetime.timedelta(days=1)


class HoursField(forms.CharField):
    """Several ranges of one day as a person writes them, see `read_hours`. Nothing is no hours at all."""

    def __init__(self, **kwargs):
        attrs = {"placeholder": "Does not work", "autocomplete": "off"}
        super().__init__(required=False, max_length=120, widget=forms.TextInput(attrs=attrs), **kwargs)

    def prepare_value(self, value):
        return ", ".join(str(one) for one in value) if isinstance(value, list) else value

    def to_python(self, value) -> list[Range]:
        try:
            return read_hours(super().to_python(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class WeekForm(ArrivedMixin, forms.Form):
    """The hours of every weekday, each day a field."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for number, name in enumerate(WEEKDAYS):
            self.fields[f"day_{number}"] = HoursField(label=name)

    def clean(self):
        """Say once what is wrong with several days in the same way."""
        super().clean()
        days = defaultdict(list)
        for name, errors in self.errors.items():
            days[" ".join(errors)].append(name)
        for sentence, names in days.items():
            if len(names) > 1:
                self._say_once(sentence, names)

    def _say_once(self, sentence: str, names: list[str]) -> None:
        *labels, last = [self.fields[name].label for name in names]
        self.add_error(None, f"{', '.join(labels)} and {last}: {sentence}")
        for name in names:
            del self.errors[name]
            self.fields[name].widget.attrs |= {"class": "is-invalid", "aria-invalid": "true"}

    @property
    def week(self) -> dict[int, list[Range]]:
        return {number: self.cleaned_data[f"day_{number}"] for number in range(7)}


def time_field(**kwargs) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 300})
    return forms.TimeField(required=False, widget=widget, **kwargs)


class DayForm(forms.Form):
    date = date_field()
    hours = HoursField(
        help_text="They replace the weekly hours of that day. Empty: the weekly hours hold again."
    )


class TimeOffForm(forms.Form):
    """Whole days, or part of them; the service wants instants."""

    first = date_field(label="First day")
    first_time = time_field(label="From", help_text="Empty: all day.")
    last = date_field(label="Last day")
    last_time = time_field(label="Until", help_text="Empty: all day.")
    reason = VisibleField(
        required=False, max_length=80, help_text="Seen by the people who work here only, such as holiday."
    )

    def clean(self):
        values = self.cleaned_data
        if {"first", "last"} - values.keys():
            return None
        if values["last"] < values["first"]:
            self.add_error("last", "The last day lies before the first one.")
            return None
        starts_at = _moment(values["first"], values.get("first_time"))
        ends_at = _moment(values["last"], values.get("last_time"), whole=DAY)
        if ends_at <= starts_at:
            self.add_error("last_time", "It ends before it starts.")
            return None
        return {"starts_at": starts_at, "ends_at": ends_at, "reason": values.get("reason", "")}


def _moment(
    day: datetime.date, clock: datetime.time | None, *, whole: datetime.timedelta = datetime.timedelta()
) -> datetime.datetime:
    if clock is None:
        day, clock = day + whole, datetime.time.min
    return datetime.datetime.combine(day, clock, timezone.get_current_timezone()).astimezone(datetime.UTC)


class ClosedDaysForm(forms.Form):
    """Several dates at once: a stretch of days, and single ones besides."""

    first = date_field(label="First day")
    last = date_field(label="Last day", required=False, help_text="Empty: one day.")
    also_1 = date_field(label="And on", required=False)
    also_2 = date_field(label="And on", required=False)
    also_3 = date_field(label="And on", required=False)
    name = VisibleField(
        required=False,
        max_length=80,
        help_text="Such as Boxing Day. Customers see it where they look for a time.",
    )

    def clean(self):
        values = self.cleaned_data
        first = values.get("first")
        last = values.get("last") or first
        if first and last < first:
            self.add_error("last", "The last day lies before the first one.")
        elif first and (last - first).days >= LONGEST_CLOSURE:
            self.add_error("last", f"Close at most {LONGEST_CLOSURE} days at a time.")
        elif first:
            days = [first + number * DAY for number in range((last - first).days + 1)]
            also = [values[name] for name in ("also_1", "also_2", "also_3") if values.get(name)]
            values["dates"] = [*days, *also]
