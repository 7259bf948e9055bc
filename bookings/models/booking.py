"""Bookings: one visit of one contact to one staff member each."""

import datetime
import secrets
from typing import NamedTuple

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models.catalogue import Service
from bookings.models.terms import LONGEST_VISIT
from careops.core import century
from careops.core.moments import midnight

CLOSE_WITHIN = datetime.timedelta(minutes=15)
UNPAID = Q(price__gt=0, paid_at=None) & ~Q(status="cancelled")


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class BookingQuerySet(models.QuerySet):
    def holding_time(self):
        """Those that keep a staff member busy."""
        return self.filter(status__in=Booking.HOLDS_TIME)

    def overlapping(self, *, starts_at, ends_at):
        """Bounded by the start on both sides, so that a walk by start is short, however many visits there were."""
        return self.filter(
            starts_at__gt=starts_at - LONGEST_VISIT, starts_at__lt=ends_at, ends_at__gt=starts_at
        )

    def starting_between(self, start, end):
        """``end`` is exclusive."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def on_days(self, first: datetime.date | None, last: datetime.date | None):
        """Starting on these days as the active time zone has them; ``last`` is one of them, None: no bound."""
        bookings = self
        if first:
            bookings = bookings.filter(starts_at__gte=midnight(first))
        if last:
            bookings = bookings.filter(starts_at__lt=midnight(last + datetime.timedelta(days=1)))
        return bookings

    def upcoming(self, *, now):
        return self.filter(status=Booking.Status.CONFIRMED, starts_at__gte=now)

    def outcome_missing(self, *, now):
        """Over for a quarter of an hour, and nobody has said how it went."""
        since = now - CLOSE_WITHIN
        # The start follows from the end, but the indexes know only the start.
        return self.filter(status__in=Booking.UNDER_WAY, starts_at__lt=since, ends_at__lt=since)

    def requests(self):
        """Those that wait for somebody here to confirm or decline them."""
        return self.filter(status=Booking.Status.REQUESTED)

    def unconfirmed(self, *, now):
        """Still to come, and the customer has not said that they will."""
        return self.upcoming(now=now).filter(attending_at=None)

    def declined(self, *, now):
        """Still to come, and the customer's calendar has said that they will not."""
        return self.upcoming(now=now).filter(declined_at__isnull=False)

    def paid(self):
        return self.filter(paid_at__isnull=False)

    def unpaid(self):
        """What costs something and is neither paid nor called off."""
        return self.filter(UNPAID)

    def requests_run_out(self, *, now):
        return self.requests().filter(request_expires_at__lte=now)

    def for_list(self):
        return self.select_related("contact", "service", "staff").order_by("starts_at", "pk")

    def for_detail(self):
        return self.select_related("contact__conversation__paused_by", "service", "staff", "booked_by")


class Visit(NamedTuple):
    """What a contact has to know of a booking."""

    service: Service
    staff: User
    starts_at: datetime.datetime


def new_key() -> str:
    return secrets.token_urlsafe(12)


class Booking(models.Model):
    """One visit of one contact to one staff member."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        CONFIRMED = "confirmed", "Confirmed"
        ARRIVED = "arrived", "Arrived"
        COMPLETED = "completed", "Completed"
        NO_SHOW = "no_show", "No-show"
        CANCELLED = "cancelled", "Cancelled"

    class Cause(models.TextChoices):
        CUSTOMER = "customer", "Called off by the customer"
        BUSINESS = "business", "Called off by us"
        DECLINED = "declined", "Request declined"
        EXPIRED = "expired", "Request ran out"

    class Source(models.TextChoices):
        STAFF = "staff", "Booked by staff"
        ONLINE = "online", "Booked online"
        IMPORT = "import", "Imported"

    HOLDS_TIME = [Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED]
    UNDER_WAY = [Status.CONFIRMED, Status.ARRIVED]

    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="bookings", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="bookings", db_index=False)
    staff = models.ForeignKey("accounts.User", models.PROTECT, related_name="bookings", db_index=False)
    starts_at = models.DateTimeField("start")
    ends_at = models.DateTimeField("end", help_text="Exclusive: the next visit may start at this instant")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CONFIRMED)
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.STAFF)
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
    notes_for_customer = models.TextField(blank=True, help_text="Shown to the customer")
    customer_wrote = models.TextField(blank=True, help_text="What the customer asked for when booking")
    price = models.DecimalField(
        max_digits=8, decimal_places=2, null=True, blank=True, help_text="As it was when booked; empty: none"
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    status_since = models.DateTimeField(default=timezone.now)
    request_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="A request that nobody has answered by then is cancelled"
    )
    attending_at = models.DateTimeField(null=True, blank=True, help_text="The customer said: I am coming")
    declined_at = models.DateTimeField(
        null=True, blank=True, help_text="Their calendar said: I am not coming; the visit stands"
    )
    here_at = models.DateTimeField(null=True, blank=True, help_text="The customer said: I am here")
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="Somebody here saw them come")
    cancel_cause = models.CharField(max_length=8, choices=Cause.choices, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    cancelled_late = models.BooleanField(
        default=False, help_text="Less than the cancellation limit before the start"
    )
    overrule_reason = models.CharField(
        max_length=200, blank=True, help_text="Why it was booked although something spoke against its time"
    )
    is_overbooked = models.BooleanField(default=False, help_text="Lies on top of another visit, on purpose")
    booked_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")
    key = models.CharField(
        max_length=20,
        unique=True,
        default=new_key,
        editable=False,
        help_text="What links of the customer and calendars know it by",
    )
    link_no = models.PositiveSmallIntegerField(
        default=1, editable=False, help_text="One more makes every link sent so far useless"
    )
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        permissions = [
            ("undo_late_booking", "Can undo what became of a booking more than a day ago"),
            ("book_past", "Can book a visit that has begun more than an hour ago"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="booking_ends_after_it_starts"
            ),
            # Subtracted, as a day that is added has 23 hours or 25 where the clocks change.
            models.CheckConstraint(
                condition=LessThanOrEqual(F("ends_at") - F("starts_at"), LONGEST_VISIT),
                name="booking_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=century.FIRST_MOMENT, ends_at__lt=century.END),
                name="booking_in_this_century",
            ),
            ExclusionConstraint(
                name="one_visit_at_a_time",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(
                    status__in=["requested", "confirmed", "arrived", "completed"], is_overbooked=False
                ),
                violation_error_message="Somebody else is booked at that time.",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="booking_by_start"),
            models.Index(fields=["status", "starts_at", "id"], name="booking_by_status"),
            models.Index(fields=["contact", "-starts_at", "-id"], name="booking_of_contact"),
            models.Index(fields=["staff", "starts_at", "id"], name="booking_of_staff"),
            models.Index(fields=["service", "starts_at", "id"], name="booking_of_service"),
            # What nobody has decided about is little, however many visits there were.
            models.Index(
                fields=["starts_at", "id"],
                condition=Q(status__in=["confirmed", "arrived"]),
                name="booking_under_way",
            ),
            models.Index(
                fields=["starts_at", "id"], condition=Q(status="requested"), name="booking_requested"
            ),
            models.Index(
                fields=["starts_at", "id"],
                condition=Q(status="confirmed", attending_at=None),
                name="booking_unconfirmed",
            ),
            models.Index(fields=["starts_at", "id"], condition=UNPAID, name="booking_unpaid"),
            models.Index(fields=["starts_at", "id"], condition=Q(paid_at__isnull=False), name="booking_paid"),
            models.Index(
                fields=["request_expires_at"], condition=Q(status="requested"), name="booking_requests"
            ),
        ]

    def __str__(self):
        return f"{self.service} for {self.contact}"

    def get_absolute_url(self):
        return reverse("bookings:detail", args=[self.pk])

    def clean(self):
        first, end = century.FIRST_MOMENT, century.END
        if self.starts_at and self.ends_at and not first <= self.starts_at < self.ends_at < end:
            raise ValidationError({"starts_at": century.OUTSIDE})

    @property
    def is_unverified(self) -> bool:
        """Whether it was booked online: nobody has checked who has its links, so they show nothing said elsewhere."""
        return self.source == self.Source.ONLINE

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
    def is_under_way(self) -> bool:
        """Confirmed, and neither over nor called off."""
        return self.status in self.UNDER_WAY

    @property
    def is_requested(self) -> bool:
        return self.status == self.Status.REQUESTED

    def lacks_outcome(self, *, now: datetime.datetime) -> bool:
        """What `BookingQuerySet.outcome_missing` looks for."""
        return self.is_under_way and self.ends_at < now - CLOSE_WITHIN
