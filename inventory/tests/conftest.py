import pytest

from accounts.models import Business


@pytest.fixture
def business(db):
    """There from the first page on; the queries that make it are not to be counted."""
    return Business.objects.current()
