"""How often one address may ask, and that it is forgotten."""

import datetime

import pytest
from django.utils import timezone

from accounts import tallies
from accounts.models import Tally

pytestmark = pytest.mark.django_db


def test_the_rate_holds_for_one_address_and_one_action(rf, django_assert_num_queries):
    here, there = rf.get("/book/"), rf.get("/book/", REMOTE_ADDR="192.0.2.7")

    with django_assert_num_queries(3):
        found = [tallies.is_within("2/m/ip", here, action="book") for _ in range(3)]

    assert found == [True, True, False]
    assert tallies.is_within("2/m/ip", there, action="book")
    assert tallies.is_within("2/m/ip", here, action="write")


def test_it_begins_anew_when_the_time_is_over(rf):
    request = rf.get("/book/")
    assert tallies.is_within("1/m/ip", request, action="book")
    assert not tallies.is_within("1/m/ip", request, action="book")

    Tally.objects.update(ends_at=timezone.now() - datetime.timedelta(hours=1))

    assert tallies.is_within("1/m/ip", request, action="book")
    assert not tallies.is_within("1/m/ip", request, action="book")


def test_what_is_over_is_forgotten_and_nothing_else(rf):
    tallies.is_within("1/m/ip", rf.get("/"), action="book")
    tallies.is_within("1/h/ip", rf.get("/"), action="book")

    tallies.forget(now=timezone.now() + datetime.timedelta(minutes=2))

    assert [tally.key.count("3600") for tally in Tally.objects.all()] == [1]
