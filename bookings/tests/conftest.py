import pytest
import time_machine

from accounts.models import Business
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.pages import NOW, START
from contacts.tests.factories import ContactFactory


@pytest.fixture
def noon(db):
    Business.objects.current()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ada():
    return ContactFactory(name="Ada Lovelace", email="ada@client.example")


@pytest.fixture
def booking(ada):
    return BookedFactory(contact=ada, starts_at=START, service=ServiceFactory(name="Massage"))
