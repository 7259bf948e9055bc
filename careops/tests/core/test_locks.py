"""One transaction at a time holds a key; several share it."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from careops.core import locks

pytestmark = pytest.mark.django_db(transaction=True)


def can_be_held_by_another(key: str, **how) -> bool:
    """Whether a second connection gets it at once."""
    got = []

    def try_it():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
                locks.hold(key, **how)
            got.append(True)
        except OperationalError:
            got.append(False)
        connection.close()

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return got[0]


@pytest.mark.parametrize(
    ("mine", "theirs", "at_once"),
    [
        ({}, {}, False),
        ({}, {"shared": True}, False),
        ({"shared": True}, {}, False),
        ({"shared": True}, {"shared": True}, True),
    ],
)
def test_a_key_is_held_by_one_or_shared(mine, theirs, at_once):
    with transaction.atomic():
        locks.hold("contact 1", **mine)
        found = can_be_held_by_another("contact 1", **theirs), can_be_held_by_another("contact 2", **theirs)

    assert found == (at_once, True)
    assert can_be_held_by_another("contact 1")  # it ended with the transaction
