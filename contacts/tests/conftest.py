import pytest

from accounts.models import Business


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it
