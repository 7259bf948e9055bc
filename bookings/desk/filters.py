"""Which bookings to list."""

import datetime

from django import forms
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.http import urlencode

from accounts.models import User
from bookings.models import Booking, BookingQuerySet
from careops.core.century import date_field
from careops.core.unseen import VisibleField
from contacts.models import Contact

# what waits for somebody: requests, visits that the customer has not said yes to, visits that are over and still open
TODO = [("confirm", "To confirm"), ("coming", "Coming?"), ("outcome", "Outcome missing")]


KEPT = ("status", "staff", "source", "paid", "q")  # by the links to other days


class BookingFilterForm(forms.Form):
    """Which bookings to list: from today on, unless the query says something about days itself, or about work to do.

    Every field may be left out. What is wrong says so and is not filtered by.
    """

    field_order = ["from", "to", *KEPT, "todo"]

    status = forms.ChoiceField(required=False, choices=[("", "Any"), *Booking.Status.choices])
    staff = forms.TypedChoiceField(required=False, label="With", coerce=int, empty_value=None)
    source = forms.ChoiceField(
        required=False, label="Came in", choices=[("", "Any way"), *Booking.Source.choices]
    )
    paid = forms.ChoiceField(
        required=False, label="Payment", choices=[("", "Any"), ("no", "Not paid"), ("yes", "Paid")]
    )
    q = VisibleField(required=False, max_length=120, label="Contact")
    todo = forms.ChoiceField(required=False, choices=TODO, widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, *, today: datetime.date):
        self.query, self.today = query.copy(), today
        if not {"from", "to", "todo"} & query.keys():
            self.query["from"] = today.isoformat()
        super().__init__(self.query)
        self.fields["from"] = date_field(
            required=False
        )  # a word of Python, so it cannot be written like the others
        self.fields["to"] = date_field(required=False)
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
        return any(self.query.get(name) for name in KEPT)

    def bookings(self, *, now: datetime.datetime) -> BookingQuerySet:
        """What is asked for, in no order; call it after `is_valid`."""
        wanted = self.cleaned_data
        bookings = Booking.objects.on_days(wanted.get("from", self.today), wanted.get("to"))
        equal = {name: wanted[name] for name in ("status", "staff", "source") if wanted.get(name)}
        bookings = bookings.filter(**equal)
        if wanted.get("paid"):
            bookings = bookings.paid() if wanted["paid"] == "yes" else bookings.unpaid()
        if wanted.get("q"):
            bookings = bookings.filter(contact__in=Contact.objects.search(wanted["q"]).order_by())
        if wanted.get("todo") == "outcome":
            return bookings.outcome_missing(now=now)
        if wanted.get("todo") == "confirm":
            return bookings.requests()
        return bookings.unconfirmed(now=now) if wanted.get("todo") == "coming" else bookings

    def spans(self) -> list[tuple[str, str, bool]]:
        """Links to the days that people ask for most, as (label, query string, is it the current one)."""
        today, yesterday = ((self.today - datetime.timedelta(days=days)).isoformat() for days in (0, 1))
        choices = [
            ("Today", {"from": today, "to": today, "todo": ""}),
            ("Upcoming", {"from": today, "to": "", "todo": ""}),
            ("Past", {"from": "", "to": yesterday, "todo": ""}),
            *((label, {"from": "", "to": "", "todo": todo}) for todo, label in TODO),
        ]
        return [
            (label, self._link(days), all((self[name].value() or "") == day for name, day in days.items()))
            for label, days in choices
        ]

    def _link(self, values: dict[str, str]) -> str:
        """The query string with ``values``, on the first page, and with the other filters as they are."""
        query = {name: self.query[name] for name in KEPT if self.query.get(name)}
        return "?" + urlencode(query | values)
