"""The days that the pages take, so that a slip of the finger makes no visit of the year 20226."""

import datetime

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q

FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)
FIRST_MOMENT = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)  # exclusive
OUTSIDE = f"Choose a date between {FIRST_DAY.year} and {LAST_DAY.year}."
# What <input type="datetime-local"> is told, in steps of five minutes.
MINUTES = {
    "type": "datetime-local",
    "step": 300,
    "min": f"{FIRST_DAY.isoformat()}T00:00",
    "max": f"{LAST_DAY.isoformat()}T23:55",
}


def holds(day: datetime.date) -> bool:
    """Whether a day, or the day of a time on the wall, lies in this century."""
    return FIRST_DAY.year <= day.year <= LAST_DAY.year


def within(column: str) -> Q:
    """The condition of a constraint on a column of dates."""
    return Q(**{f"{column}__range": (FIRST_DAY, LAST_DAY)})


def date_field(**options) -> forms.DateField:
    bounds = {"type": "date", "min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
    return forms.DateField(
        validators=[MinValueValidator(FIRST_DAY, OUTSIDE), MaxValueValidator(LAST_DAY, OUTSIDE)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs=bounds),
        **options,
    )
