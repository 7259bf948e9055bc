import datetime

import factory
from django.utils import timezone

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings.models import Booking, ClosedDay, Service, TimeOff, WorkingHours
from bookings.slots import claiming
from bookings.visits.making import create_booking
from contacts.tests.factories import ContactFactory

# What the form of a service sends besides what a test types.
TERMS = {
    "colour": "6",
    "location": "premises",
    "buffer_before": "0",
    "buffer_after": "0",
    "step": "15",
    "notice": "120",
    "horizon": "60",
    "cancel_limit": "1440",
}


class ServiceFactory(factory.django.DjangoModelFactory):
    """An hour of something."""

    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Massage {n}")
    minutes = 60


class BookingFactory(factory.django.DjangoModelFactory):
    """A confirmed booking in three days, with a person of its own, so that bookings never collide.

    It is a row: nobody was told, reminded or asked, and nothing is reserved. ``now`` is when it was made.
    """

    class Meta:
        model = Booking

    contact = factory.SubFactory(ContactFactory)
    service = factory.SubFactory(ServiceFactory)
    staff = factory.SubFactory(UserFactory)
    starts_at = factory.LazyFunction(
        lambda: timezone.now().replace(minute=0, second=0, microsecond=0) + datetime.timedelta(days=3)
    )
    now = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, now, **values):
        times = claiming.visit_times(values.pop("starts_at"), values["service"])
        made = {"price": values["service"].price, "created_at": now, "status_since": now}
        return Booking.objects.create(**{**times, **made, **values})


class BookedFactory(BookingFactory):
    """The same through the service: with its messages, forms, materials and audit entries, or a refusal."""

    @classmethod
    def _create(cls, model_class, *args, **values):
        return create_booking(**{"by": None, **values})


class WorkingHoursFactory(factory.django.DjangoModelFactory):
    """Nine to five on a Monday."""

    class Meta:
        model = WorkingHours

    staff = factory.SubFactory(UserFactory)
    weekday = 0
    start = 9 * 60
    end = 17 * 60


class TimeOffFactory(factory.django.DjangoModelFactory):
    """An hour, in three days."""

    class Meta:
        model = TimeOff

    staff = factory.SubFactory(UserFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now() + datetime.timedelta(days=3))
    ends_at = factory.LazyAttribute(lambda off: off.starts_at + datetime.timedelta(hours=1))


class ClosedDayFactory(factory.django.DjangoModelFactory):
    """A day of next week."""

    class Meta:
        model = ClosedDay

    date = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=7))
    name = "Team training"


def work_always(*people) -> None:
    """Let ``people`` work around the clock, so that only what a test says is in the way."""
    for person in people:
        for weekday in range(7):
            WorkingHoursFactory(staff=person, weekday=weekday, start=0, end=24 * 60)


def work_from_next_month(*people) -> None:
    """The same from the first of next month on, so that the month customers see first is a whole one on any day."""
    work_always(*people)
    zone = Business.objects.current().zone
    first = (timezone.localdate(timezone=zone).replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    for person in people:
        TimeOffFactory(
            staff=person,
            starts_at=timezone.now() - datetime.timedelta(days=1),
            ends_at=datetime.datetime.combine(first, datetime.time.min, zone),
        )
