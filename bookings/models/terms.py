"""On what terms a service is offered: what it costs, how long around it is kept free, how far ahead it is booked."""

import datetime
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

LONGEST_VISIT = datetime.timedelta(hours=24)
LONGEST_BUFFER = 4 * 60
MONTH = 30 * 24 * 60
HUES = [
    (1, "Red"),
    (2, "Orange"),
    (3, "Amber"),
    (4, "Lime"),
    (5, "Green"),
    (6, "Teal"),
    (7, "Cyan"),
    (8, "Sky"),
    (9, "Blue"),
    (10, "Violet"),
    (11, "Purple"),
    (12, "Pink"),
]


def _minutes(label: str, *, most: int, default: int, help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        label, default=default, validators=[MaxValueValidator(most)], help_text=help_text
    )


def _limit(label: str, help_text: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, null=True, blank=True, validators=[MinValueValidator(1)], help_text=help_text
    )


class Terms(models.Model):
    """The part of a `Service` that says on what terms it is offered."""

    class Location(models.TextChoices):
        PREMISES = "premises", "At our place"
        PHONE = "phone", "By phone"
        VIDEO = "video", "By video"
        CUSTOMER = "customer", "At the customer’s address"

    class Step(models.IntegerChoices):
        FIVE = 5, "Every 5 minutes"
        TEN = 10, "Every 10 minutes"
        FIFTEEN = 15, "Every 15 minutes"
        TWENTY = 20, "Every 20 minutes"
        THIRTY = 30, "Every half hour"
        SIXTY = 60, "Every hour"

    buffer_before = _minutes(
        "kept free before", most=LONGEST_BUFFER, default=0, help_text="In minutes, without other visits"
    )
    buffer_after = _minutes(
        "kept free after", most=LONGEST_BUFFER, default=0, help_text="In minutes, without other visits"
    )
    price = models.DecimalField(
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="In the currency of the business; empty: none is shown",
    )
    colour = models.PositiveSmallIntegerField(choices=HUES, default=6)
    location = models.CharField("where", max_length=8, choices=Location, default=Location.PREMISES)
    notice = _minutes(
        "notice", most=MONTH, default=120, help_text="Minutes before the start; staff are exempt"
    )
    horizon = models.PositiveSmallIntegerField(
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text="Days ahead that customers may book; staff are exempt",
    )
    cancel_limit = _minutes(
        "cancellation limit",
        most=MONTH,
        default=24 * 60,
        help_text="Minutes before the start until which customers may cancel or move",
    )
    step = models.PositiveSmallIntegerField(
        "times offered", choices=Step, default=Step.FIFTEEN, help_text="From the full hour on"
    )
    most_per_day = _limit("visits a day", "Of it, all people together; empty: no limit")
    most_per_staff_day = _limit("visits a day with one person", "Of it; empty: no limit")
    most_per_customer = _limit("visits ahead", "Of it that one customer may have; empty: no limit")
    description = models.TextField(
        blank=True, max_length=500, help_text="What customers read about it when they book online"
    )
    is_public = models.BooleanField("offered online", default=True)
    needs_approval = models.BooleanField("on request", default=False, help_text="Off: booked at once")
    performers = models.ManyToManyField(
        "accounts.User",
        blank=True,
        related_name="services",
        help_text="Who performs it; nobody: everybody who takes bookings",
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(buffer_before__lte=LONGEST_BUFFER, buffer_after__lte=LONGEST_BUFFER),
                name="service_buffers_are_sane",
            ),
            models.CheckConstraint(
                condition=Q(colour__gte=1, colour__lte=12), name="service_colour_is_a_hue"
            ),
            models.CheckConstraint(
                condition=Q(step__in=[5, 10, 15, 20, 30, 60]), name="service_step_divides_hour"
            ),
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gte=0), name="service_price_is_not_negative"
            ),
        ]

    @property
    def before(self) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.buffer_before)

    @property
    def after(self) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.buffer_after)

    @property
    def limits_days(self) -> bool:
        """Whether customers can have only so many visits of it on a day."""
        return self.most_per_day is not None or self.most_per_staff_day is not None
