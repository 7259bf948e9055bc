"""What the pages of bookings ask for. Forms turn text into values; saving is the business of the services."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from bookings import wallclock
from bookings.models import Booking, Service
from careops.once import OnceField
from careops.versions import VersionField

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

    notes_for_customer = forms.CharField(
        required=False,
        max_length=2000,
        label="Notes for the customer",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="They read it on their page of the visit.",
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
            self.fields["version"] = VersionField()

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
