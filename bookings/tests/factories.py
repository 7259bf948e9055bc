import datetime

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from bookings.models import Booking, Service
from bookings.services import create_booking
from contacts.tests.factories import ContactFactory


class ServiceFactory(factory.django.DjangoModelFactory):
    """An hour of something."""

    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Massage {n}")
    minutes = 60


class BookingFactory(factory.django.DjangoModelFactory):
    """A confirmed booking in three days, with a person of its own, so that bookings never collide."""

    class Meta:
        model = Booking

    contact = factory.SubFactory(ContactFactory)
    service = factory.SubFactory(ServiceFactory)
    staff = factory.SubFactory(UserFactory)
    starts_at = factory.LazyFunction(
        lambda: timezone.now().replace(minute=0, second=0, microsecond=0) + datetime.timedelta(days=3)
    )

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_booking(by=None, **{"now": timezone.now(), **kwargs})
