"""What the pages of bookings ask for. Forms turn text into values; saving is the business of the services."""

import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from bookings.hours.reading import people
from bookings.models import Booking, Service
from bookings.times import wallclock
from careops.core import century
from careops.core.once import OnceField
from careops.core.unseen import VisibleField
from careops.core.versions import VersionField
from contacts.forms import ContactForm

LOCAL_MINUTE = "%Y-%m-%dT%H:%M"  # what <input type="datetime-local"> speaks
AT_A_GLANCE = 12  # services that stand side by side; more are chosen from a list


class StartField(forms.DateTimeField):
    """The start of a visit, in the time zone of the business.

    :param unmoved: the start of a booking that exists; sent back untouched, it stays as exact as it is, and may
        even lie in the hour that comes twice
    """

    widget = forms.DateTimeInput(
        format=LOCAL_MINUTE,
        attrs=century.MINUTES,
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
        if not century.holds(start):
            raise ValidationError(century.OUTSIDE)
        return start


class Tick(forms.CheckboxInput):
    """A box that only stands where it makes a difference. A page without it leaves it ticked.

    A page with the box says so in a hidden field, ``<name>_asked``.
    """

    def value_from_datadict(self, data, files, name):
        return name in data or f"{name}_asked" not in data


class TickField(forms.BooleanField):
    widget = Tick

    def __init__(self, **options):
        super().__init__(required=False, initial=True, **options)


class BookingForm(forms.Form):
    """What, with whom, when.

    :param booking: the one to change, whose service and person are offered even if neither can be booked any more
    """

    service = forms.ModelChoiceField(
        Service.objects.none(),
        empty_label="Choose a service",
        error_messages={"required": "Choose what is booked."},
    )
    staff = forms.ModelChoiceField(
        User.objects.none(),
        empty_label="Choose a person",
        label="With",
        error_messages={"required": "Choose with whom."},
    )
    starts_at = StartField(label="Start", error_messages={"required": "Choose when."})
    notes = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Seen by the people who work here only.",
    )
    notes_for_customer = forms.CharField(
        required=False,
        max_length=2000,
        label="Notes for the customer",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="They read it on their page of the visit.",
    )
    overrule = VisibleField(required=False, max_length=200, label="Book it anyway, because")
    tell = TickField()

    def __init__(self, *args, booking: Booking | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        services = Service.objects.active()
        if booking:
            services |= Service.objects.filter(pk=booking.service_id)
        self.fields["service"].queryset = services
        self.fields["service"].choices = self._service_choices
        self.fields["staff"].queryset = people(also=Q(pk=booking.staff_id) if booking else None)
        if booking:
            self.fields["starts_at"].unmoved = booking.starts_at

    @cached_property
    def services(self) -> list[Service]:
        """What there is to choose from; whoever only saves what was chosen does not read it."""
        return list(self.fields["service"].queryset.for_list())

    def _service_choices(self) -> list[tuple[Any, str]]:
        offered = [(service.pk, f"{service}, {service.minutes} min") for service in self.services]
        return [("", "Choose a service"), *offered]

    @property
    def has_few_services(self) -> bool:
        return len(self.services) <= AT_A_GLANCE

    @property
    def chosen_service(self) -> Service | None:
        """The service that stands in the form."""
        value = self["service"].value()
        key = str(getattr(value, "pk", value))
        return next((service for service in self.services if str(service.pk) == key), None)

    def so_far(self, name: str):
        """What stands in the field ``name``; None as long as it means nothing."""
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None


class BookingCreateForm(BookingForm):
    once = OnceField()


class BookingEditForm(BookingForm):
    version = VersionField()


class CallerForm(ContactForm):
    """Somebody new, who is added along with their first booking."""

    notes = None

    class Meta(ContactForm.Meta):
        fields = ["name", "phone", "email"]


class CancelForm(forms.Form):
    """Why a visit is called off; becomes the cause, and the reason in words.

    One button alone, without a reason, is a wish of the business.
    """

    ILL, PLANS, THEIRS, OURS = "ill", "plans", "theirs", "ours"
    WHY = [
        (ILL, "They are ill"),
        (PLANS, "Their plans changed"),
        (THEIRS, "They have another reason"),
        (OURS, "We have to"),
    ]

    why = forms.ChoiceField(choices=WHY, required=False, widget=forms.RadioSelect, label="Why?")
    reason = VisibleField(required=False, max_length=160, label="In words")
    tell = forms.BooleanField(required=False, initial=True)

    def clean(self):
        given = super().clean()
        why = given.pop("why", "")
        given["cause"] = Booking.Cause.BUSINESS if why in {"", self.OURS} else Booking.Cause.CUSTOMER
        known = {self.ILL: "Ill", self.PLANS: "Changed plans"}.get(why, "")
        given["reason"] = ": ".join(filter(None, [known, given.get("reason", "")]))
        return given


class CompleteForm(forms.Form):
    """How a visit is closed.

    :ivar early: whether that may be before its start
    """

    early = forms.BooleanField(required=False)
    follow_up = TickField()


class NoShowForm(forms.Form):
    follow_up = TickField()
