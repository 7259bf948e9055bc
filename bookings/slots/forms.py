"""What is asked about free times. Every field may be left out or be nonsense: then it does not narrow the search."""

import datetime

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from bookings.hours.reading import people
from bookings.models import Booking, Service
from bookings.slots.for_staff import LOCAL_MINUTE
from careops.core import century
from careops.core.century import date_field


class WallField(forms.CharField):
    """What a clock on the wall shows, without a time zone, so that a time that never comes can be asked about."""

    widget = forms.DateTimeInput(attrs=century.MINUTES)

    def to_python(self, value) -> datetime.datetime | None:
        if not (text := super().to_python(value)):
            return None
        try:
            wall = datetime.datetime.strptime(text.replace(" ", "T")[:16], LOCAL_MINUTE)  # noqa: DTZ007 - of the wall
        except ValueError as error:
            raise ValidationError("Enter a date and a time.") from error
        if not century.holds(wall):
            raise ValidationError(century.OUTSIDE)
        return wall


class NextFreeForm(forms.Form):
    """Narrows the free times within the booking form, where the service stands in a field of its own."""

    service = forms.ModelChoiceField(Service.objects.active(), required=False)
    only = forms.ModelChoiceField(User.objects.none(), required=False, label="With", empty_label="Anybody")
    day = date_field(required=False, label="From")
    booking = forms.ModelChoiceField(Booking.objects.all(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="free_%s", **kwargs)
        self.fields["service"].queryset = Service.objects.active().for_list()
        self.fields["only"].queryset = people()
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_select else "form-control"


class WhyForm(forms.Form):
    """A time to be explained."""

    service = forms.ModelChoiceField(Service.objects.none(), empty_label="Choose a service")
    staff = forms.ModelChoiceField(User.objects.none(), required=False, label="With", empty_label="Anybody")
    at = WallField(label="Time")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.active().for_list()
        self.fields["staff"].queryset = people()
