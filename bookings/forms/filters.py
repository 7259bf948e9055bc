"""Which bookings to list."""

import datetime

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.http import urlencode

from accounts.models import User
from bookings.forms.visits import CENTURY, FIRST_DAY, LAST_DAY
from bookings.models import Booking


class BookingFilterForm(forms.Form):
    """Which bookings to list: from today on, unless the query says something about days itself.

    Every field may be left out. What is wrong says so and is not filtered by.
    """

    field_order = ["from", "to", "status", "staff", "q", "outcome"]

    status = forms.ChoiceField(required=False, choices=[("", "Any"), *Booking.Status.choices])
    staff = forms.TypedChoiceField(required=False, label="With", coerce=int, empty_value=None)
    q = forms.CharField(required=False, max_length=120, label="Contact")
    outcome = forms.ChoiceField(required=False, choices=[("missing", "Missing")], widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, *, today: datetime.date):
        self.query, self.today = query.copy(), today
        if not {"from", "to", "outcome"} & query.keys():
            self.query["from"] = today.isoformat()
        super().__init__(self.query)
        self.fields["from"] = _day()  # a word of Python, so it cannot be written like the others
        self.fields["to"] = _day()
        self.order_fields(self.field_order)
        people = User.objects.order_by("-is_active", Lower("name"), "pk")
        self.fields["staff"].choices = [("", "Anybody"), *people.values_list("pk", "name")]

    def clean(self):
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        if first and last and last < first:
            self.add_error("to", "The last day lies before the first one.")

    @property
    def narrows(self) -> bool:
        """Whether it asks for more than certain days."""
        return any(self.query.get(name) for name in ("status", "staff", "q"))

    def spans(self) -> list[tuple[str, str, bool]]:
        """Links to the days that people ask for most, as (label, query string, is it the current one)."""
        today, yesterday = ((self.today - datetime.timedelta(days=days)).isoformat() for days in (0, 1))
        choices = [
            ("Today", {"from": today, "to": today, "outcome": ""}),
            ("Upcoming", {"from": today, "to": "", "outcome": ""}),
            ("Past", {"from": "", "to": yesterday, "outcome": ""}),
            ("Outcome missing", {"from": "", "to": "", "outcome": "missing"}),
        ]
        return [
            (label, self._link(days), all((self[name].value() or "") == day for name, day in days.items()))
            for label, days in choices
        ]

    def _link(self, values: dict[str, str]) -> str:
        """The query string with ``values``, on the first page, and with the other filters as they are."""
        query = {name: self.query[name] for name in ("status", "staff", "q") if self.query.get(name)}
        return "?" + urlencode(query | values)


def _day() -> forms.DateField:
    return forms.DateField(
        required=False,
        validators=[MinValueValidator(FIRST_DAY, CENTURY), MaxValueValidator(LAST_DAY, CENTURY)],
        widget=forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()},
        ),
    )
