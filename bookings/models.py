"""Services that can be booked, and the bookings."""

import datetime
from typing import NamedTuple

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.hours import ClosedDay, DayHours, TimeOff, WorkingHours  # noqa: F401 - so that Django finds them
from bookings.terms import Terms

# PostgreSQL stores years that Python cannot read back: one such row would break every list it is on.
FIRST_MOMENT = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
END_OF_TIME = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
CLOSE_WITHIN = datetime.timedelta(minutes=15)
FORM_DUE_BEFORE = datetime.timedelta(hours=24)  # the visit, or, when booked later than that,
FORM_DUE_WITHIN = datetime.timedelta(hours=48)  # of the booking


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class ServiceQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def for_list(self):
        return self.order_by("-is_active", Lower("name"), "pk")


class Service(Terms):
    """Something a contact can be booked for."""

    name = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField(
        "length", validators=[MinValueValidator(5), MaxValueValidator(24 * 60)], help_text="In minutes"
    )
    form_url = models.URLField(
        "form", blank=True, help_text="Where a contact fills in a form before the visit; empty: no form"
    )
    is_active = models.BooleanField("can be booked", default=True)
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            *Terms.Meta.constraints,
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=1440), name="service_length_is_sane"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("bookings:service_edit", args=[self.pk])

    @property
    def length(self) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.minutes)


class BookingQuerySet(models.QuerySet):
    def holding_time(self):
        """Those that keep a staff member busy."""
        return self.filter(status__in=Booking.HOLDS_TIME)

    def overlapping(self, *, starts_at, ends_at):
        """Asked in the words of the constraint, so that its index answers."""
        visits = self.alias(visit=TsTzRange("starts_at", "ends_at", RangeBoundary()))
        return visits.filter(visit__overlap=(starts_at, ends_at))

    def starting_between(self, start, end):
        """``end`` is exclusive."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def on_days(self, first: datetime.date | None, last: datetime.date | None):
        """Starting on these days as the active time zone has them; ``last`` is one of them, None: no bound."""
        bookings = self
        if first:
            bookings = bookings.filter(starts_at__gte=_midnight(first))
        if last:
            bookings = bookings.filter(starts_at__lt=_midnight(last + datetime.timedelta(days=1)))
        return bookings

    def upcoming(self, *, now):
        return self.filter(status=Booking.Status.CONFIRMED, starts_at__gte=now)

    def outcome_missing(self, *, now):
        """Over for a quarter of an hour, and nobody has said how it went."""
        since = now - CLOSE_WITHIN
        # The start follows from the end, but the index knows only the start.
        return self.filter(status=Booking.Status.CONFIRMED, starts_at__lt=since, ends_at__lt=since)

    def form_overdue(self, *, now):
        """Still to come or without an outcome, and the form is not here although it was due."""
        in_time = Q(created_at__lt=F("starts_at") - FORM_DUE_BEFORE, starts_at__lte=now + FORM_DUE_BEFORE)
        late = Q(created_at__gte=F("starts_at") - FORM_DUE_BEFORE, created_at__lte=now - FORM_DUE_WITHIN)
        missing = self.filter(status=Booking.Status.CONFIRMED, form_received_at=None)
        # A late booking is for a time at most a day after it; the index knows only the start.
        return missing.filter(in_time | late, starts_at__lte=now + FORM_DUE_BEFORE).exclude(
            service__form_url=""
        )

    def for_list(self):
        return self.select_related("contact", "service", "staff").order_by("starts_at", "pk")

    def for_detail(self):
        return self.select_related("contact__conversation__paused_by", "service", "staff", "booked_by")


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time.min, timezone.get_current_timezone())


class Visit(NamedTuple):
    """What a contact has to know of a booking."""

    service: Service
    staff: User
    starts_at: datetime.datetime


class Booking(models.Model):
    """One visit of one contact to one staff member."""

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        COMPLETED = "completed", "Completed"
        NO_SHOW = "no_show", "No-show"
        CANCELLED = "cancelled", "Cancelled"

    HOLDS_TIME = [Status.CONFIRMED, Status.COMPLETED]

    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="bookings")
    service = models.ForeignKey(Service, models.PROTECT, related_name="bookings")
    staff = models.ForeignKey("accounts.User", models.PROTECT, related_name="bookings")
    starts_at = models.DateTimeField("start")
    ends_at = models.DateTimeField("end", help_text="Exclusive: the next visit may start at this instant")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CONFIRMED)
    schedule_no = models.PositiveIntegerField(
        default=1, help_text="One more each time the visit is moved or reopened"
    )
    told_starts_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="What the contact heard last, before the visit changed",
    )
    told_service = models.ForeignKey(
        Service, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    told_staff = models.ForeignKey(
        "accounts.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    notes = models.TextField(blank=True, help_text="Seen by the people who work here only")
    form_received_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: still missing, or none asked for"
    )
    status_since = models.DateTimeField(default=timezone.now)
    cancel_reason = models.CharField(max_length=200, blank=True)
    booked_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="booking_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=FIRST_MOMENT, ends_at__lt=END_OF_TIME),
                name="booking_in_this_century",
            ),
            ExclusionConstraint(
                name="one_visit_at_a_time",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=["confirmed", "completed"]),
                violation_error_message="Somebody else is booked at that time.",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="booking_by_start"),
            models.Index(fields=["status", "starts_at", "id"], name="booking_by_status"),
            models.Index(fields=["contact", "-starts_at", "-id"], name="booking_of_contact"),
        ]

    def __str__(self):
        return f"{self.service} for {self.contact}"

    def get_absolute_url(self):
        return reverse("bookings:detail", args=[self.pk])

    def clean(self):
        if (
            self.starts_at
            and self.ends_at
            and not FIRST_MOMENT <= self.starts_at < self.ends_at < END_OF_TIME
        ):
            raise ValidationError({"starts_at": "Choose a date between 2000 and 2099."})

    @property
    def is_confirmed(self) -> bool:
        return self.status == self.Status.CONFIRMED

    @property
    def visit(self) -> Visit:
        return Visit(self.service, self.staff, self.starts_at)

    @property
    def told(self) -> Visit | None:
        """What the contact heard of an earlier schedule and believes still; None: nothing, or nobody knows."""
        if self.told_starts_at is None:
            return None
        return Visit(self.told_service, self.told_staff, self.told_starts_at)

    @property
    def awaits_form(self) -> bool:
        return bool(self.service.form_url) and self.form_received_at is None

    @property
    def form_due_at(self) -> datetime.datetime:
        due = self.starts_at - FORM_DUE_BEFORE
        return due if self.created_at < due else self.created_at + FORM_DUE_WITHIN

    def lacks_outcome(self, *, now: datetime.datetime) -> bool:
        """What `BookingQuerySet.outcome_missing` looks for."""
        return self.is_confirmed and self.ends_at < now - CLOSE_WITHIN
