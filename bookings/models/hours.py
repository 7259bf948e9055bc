"""When people work and when they do not. Hours are minutes after midnight on the wall, as 24:00 is an end too."""

import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from bookings.times.roster import WEEKDAYS
from bookings.times.wallclock import DAY_MINUTES, Range
from careops.core import century


class Int4Range(Func):
    function = "INT4RANGE"
    output_field = IntegerRangeField()


def _minute(label: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, validators=[MaxValueValidator(DAY_MINUTES)], help_text="Minutes after midnight on the wall"
    )


def _is_a_range(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(start__lt=F("end"), end__lte=DAY_MINUTES), name=name)


def _no_overlap(name: str, *fields: str) -> ExclusionConstraint:
    same = [(field, RangeOperators.EQUAL) for field in fields]
    return ExclusionConstraint(
        name=name, expressions=[*same, (Int4Range("start", "end"), RangeOperators.OVERLAPS)]
    )


class WorkingHours(models.Model):
    """A stretch of a weekday on which somebody takes bookings, every week."""

    staff = models.ForeignKey("accounts.User", models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    start = _minute("from")
    end = _minute("until")

    class Meta:
        verbose_name_plural = "working hours"
        constraints = [
            _is_a_range("working_hours_are_a_range"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_have_a_weekday"),
            _no_overlap("working_hours_do_not_overlap", "staff", "weekday"),
        ]

    def __str__(self):
        return f"{self.staff}, {self.get_weekday_display()} {self.range}"

    @property
    def range(self) -> Range:
        return Range(self.start, self.end)


class DayHours(models.Model):
    """A stretch of one date; all of them together replace the weekly hours of that day."""

    staff = models.ForeignKey("accounts.User", models.CASCADE, related_name="day_hours")
    date = models.DateField()
    start = _minute("from")
    end = _minute("until")

    class Meta:
        verbose_name_plural = "hours of one day"
        constraints = [
            _is_a_range("day_hours_are_a_range"),
            models.CheckConstraint(condition=century.within("date"), name="day_hours_in_this_century"),
            _no_overlap("day_hours_do_not_overlap", "staff", "date"),
        ]

    def __str__(self):
        return f"{self.staff}, {self.date} {self.range}"

    @property
    def range(self) -> Range:
        return Range(self.start, self.end)


class TimeOffQuerySet(models.QuerySet):
    def not_over(self, *, now):
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")


class TimeOff(models.Model):
    """A time during which somebody takes no bookings, whatever their hours are."""

    staff = models.ForeignKey("accounts.User", models.CASCADE, related_name="time_off")
    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("until", help_text="Exclusive: back at this instant")
    reason = models.CharField(max_length=80, blank=True, help_text="Seen by the people who work here only")

    objects = TimeOffQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "time off"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    starts_at__gte=century.FIRST_MOMENT,
                    starts_at__lt=F("ends_at"),
                    ends_at__lte=century.END,
                ),
                name="time_off_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="time_off_by_end")]

    def __str__(self):
        return f"Time off of {self.staff}"

    @property
    def is_whole_days(self) -> bool:
        return all(
            timezone.localtime(at).time() == datetime.time.min for at in (self.starts_at, self.ends_at)
        )

    @property
    def last_day(self) -> datetime.date:
        return timezone.localdate(self.ends_at - datetime.timedelta(microseconds=1))


class ClosedDay(models.Model):
    """A date on which nobody at the business takes bookings."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=80, blank=True, help_text="Such as Boxing Day; customers see it")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=century.within("date"), name="closed_day_in_this_century"),
        ]

    def __str__(self):
        return self.name or "Closed day"
