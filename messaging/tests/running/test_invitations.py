"""Invitations that the mail server does not take."""

import datetime

import pytest
from django.db import connection

from accounts.roles import STAFF
from accounts.services import invite_user
from accounts.tasks import send_invitation
from alerts.models import Alert
from messaging.inbox import watch

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)


@pytest.fixture
def ben(admin):
    return invite_user(email="ben@careops.example", name="Ben", role=STAFF, by=admin)


def tried(person, *, times: int, status: str = "todo"):
    """Leave a job that has run so often, as the worker does where it failed."""
    job = send_invitation.defer(user_id=person.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET attempts = %s, status = %s WHERE id = %s", [times, status, job]
        )


@pytest.mark.parametrize(("times", "status"), [(2, "todo"), (6, "failed")])
def test_an_invitation_that_does_not_leave_is_told(ben, times, status):
    tried(ben, times=times, status=status)

    watch.look_around(now=NOW)
    watch.look_around(now=NOW)

    alert = Alert.objects.get()
    assert (alert.kind, alert.url, alert.count) == ("not_invited", ben.get_absolute_url(), 1)
    assert alert.title == "The invitation to Ben could not be mailed"
    assert "ben@careops.example" in alert.detail


@pytest.mark.parametrize(("times", "status"), [(0, "todo"), (1, "todo"), (1, "succeeded")])
def test_one_that_is_on_its_way_is_not(ben, times, status):
    tried(ben, times=times, status=status)

    watch.look_around(now=NOW)

    assert not Alert.objects.exists()


def test_it_is_over_when_they_have_a_password(ben):
    tried(ben, times=6, status="failed")
    watch.look_around(now=NOW)

    ben.set_password("as long as it takes")
    ben.save()
    watch.look_around(now=NOW)

    assert Alert.objects.get().status == "resolved"
