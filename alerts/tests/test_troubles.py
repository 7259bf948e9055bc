"""The watcher of troubles: one alert a row and bout, resolved when it is over."""

import datetime
from dataclasses import replace

import pytest
from django.db.models import F

from accounts.models import User
from accounts.tests.factories import UserFactory
from alerts.models import Alert
from alerts.troubles import Trouble, look_for

NOW = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)

pytestmark = pytest.mark.django_db


def idle(people, *, now):
    return people.filter(is_active=False)


IDLE = Trouble(
    Alert.Kind.REQUEST,
    Alert.Severity.INFO,
    User,
    idle,
    lambda person, zone: (f"{person} is idle", "Wake them."),
    over="They woke up.",
)


def idler(name) -> User:
    person = UserFactory(name=name)
    User.objects.filter(pk=person.pk).update(is_active=False)
    return person


def alerts() -> list[tuple]:
    return list(Alert.objects.order_by("pk").values_list("source_key", "title", "status", "count"))


def test_look_raises_an_alert_for_each_row_once_and_resolves_it():
    person = idler("Ada")
    UserFactory(name="Grace")

    for _ in range(2):
        IDLE.look(now=NOW)

    assert alerts() == [(f"user:{person.pk}", "Ada is idle", "open", 1)]

    User.objects.update(is_active=True)
    IDLE.look(now=NOW)

    assert Alert.objects.get().settled_why == "They woke up."
    assert not IDLE.has(person, now=NOW)


def test_the_next_bout_raises_an_alert_of_its_own():
    by_name = replace(IDLE, bout=F("name"))
    person = idler("first")
    by_name.look(now=NOW)
    User.objects.update(name="second")

    by_name.look(now=NOW)

    assert alerts() == [
        (f"user:{person.pk}:first", "first is idle", "resolved", 1),
        (f"user:{person.pk}:second", "second is idle", "open", 1),
    ]


def test_a_trouble_that_cannot_be_looked_for_keeps_no_other_from_being_found(caplog):
    idler("Ada")

    look_for([replace(IDLE, find=None, kind=Alert.Kind.ADDRESS), IDLE], now=NOW)

    assert [title for _key, title, _status, _count in alerts()] == ["Ada is idle"]
    assert [record.kind for record in caplog.records if record.exc_info] == ["address"]
