"""What the pages of bookings ask for. Forms turn text into values; saving is the business of the services."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import User
from bookings import wallclock
from bookings.models import Booking, Service
from bookings.terms_forms import TERM_HELP, TERM_LABELS, TERM_WIDGETS, TERMS, duration_field, prepare_terms
from careops.once import OnceField

FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)
CENTURY = "Choose a date between 2000 and 2099."
LOCAL_MINUTE = "%Y-%m-%dT%H:%M"  # what <input type="datetime-local"> speaks


class StartField(forms.DateTimeField):
    """The start of a visit, in the time zone of the business.

    :param unmoved: the start of a booking that exists; sent back untouched, it stays as exact as it is, and may
        even lie in the hour that comes twice
    """

    widget = forms.DateTimeInput(
        format=LOCAL_MINUTE,
        attrs={"type": "datetime-local", "step": 300, "min": "2000-01-01T00:00", "max": "2099-12-31T23:55"},
    )
    unmoved: datetime.datetime | None = None

    def clean(self, value):
        typed = str(value).replace(" ", "T")[:16]
        if self.unmoved and typed == f"{timezone.localtime(self.unmoved):{LOCAL_MINUTE}}":
            return self.unmoved
        try:
            start = super().clean(value)
        except ValidationError as error:
            if getattr(error, "code", "") != "ambiguous_timezone":
                raise
            # Where the time comes twice, the first one is meant: it is the one that is offered.
            wall = error.params["datetime"]
            start = wallclock.instant(
                wall.date(), wallclock.minute_of_day(wall), timezone.get_current_timezone()
            )
            if start is None:
                raise ValidationError(
                    "The clocks go forward then, so there is no such time. Choose another one."
                ) from error
        if not FIRST_DAY.year <= start.year <= LAST_DAY.year:
            raise ValidationError(CENTURY)
        return start


class BookingForm(forms.Form):
    """What, with whom, when.

    :param booking: the one to change, whose service and person are offered even if they have been switched off since
    """

    service = forms.ModelChoiceField(Service.objects.none(), empty_label="Choose a service")
    staff = forms.ModelChoiceField(User.objects.none(), empty_label="Choose a person", label="With")
    starts_at = StartField(label="Start")
    notes = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Seen by the people who work here only.",
    )

    def __init__(self, *args, booking: Booking | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        kept = {"service": booking.service_id, "staff": booking.staff_id} if booking else {}
        services = Service.objects.filter(Q(is_active=True) | Q(pk=kept.get("service")))
        people = User.objects.filter(Q(is_active=True) | Q(pk=kept.get("staff")))
        self.fields["service"].queryset = services.for_list()
        self.fields["service"].label_from_instance = lambda service: f"{service}, {service.minutes} min"
        self.fields["staff"].queryset = people.order_by(Lower("name"), "pk")
        if booking:
            self.fields["starts_at"].unmoved = booking.starts_at
            self.fields["schedule_no"] = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def start_so_far(self) -> datetime.datetime | None:
        """The start that stands in the form, if it can be read."""
        try:
            return self.fields["starts_at"].clean(self["starts_at"].value())
        except ValidationError:
            return None


class BookingCreateForm(BookingForm):
    tell = forms.BooleanField(required=False, initial=True)
    once = OnceField()

    @property
    def service_so_far(self) -> Service | None:
        """The service that stands in the form, if there is such a one."""
        try:
            return self.fields["service"].clean(self["service"].value())
        except ValidationError:
            return None


class CancelForm(forms.Form):
    reason = forms.CharField(required=False, max_length=200)
    tell = forms.BooleanField(required=False, initial=True)


class ReopenForm(forms.Form):
    tell = forms.BooleanField(required=False, initial=True)


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


class ServiceForm(forms.ModelForm):
    form_url = forms.URLField(
        required=False,
        max_length=200,
        assume_scheme="https",
        label="Form to fill in before the visit",
        help_text="Where the form is. The confirmation and the reminder ask for it.",
    )

    notice = duration_field("notice")
    cancel_limit = duration_field("cancel_limit")

    class Meta:
        model = Service
        fields = ["name", "minutes", "form_url", "is_active", *TERMS]
        labels = {"minutes": "Length in minutes", "is_active": "Can be booked"} | TERM_LABELS
        help_texts = {"minutes": "Bookings that exist keep their times."} | TERM_HELP
        widgets = TERM_WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        prepare_terms(self)

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())  # it stands in the subjects of emails: one line


class ServiceCreateForm(ServiceForm):
    once = OnceField()
