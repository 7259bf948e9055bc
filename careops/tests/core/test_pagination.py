"""Keyset pages: every row once, in both directions, whatever is in the URL."""

import datetime

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone
from django.views.generic import ListView

from accounts.models import AuditEntry
from careops.core.pagination import KeysetListMixin

NOON = timezone.now().replace(hour=12, minute=0, second=0, microsecond=123)


class EntryListView(KeysetListMixin, ListView):
    queryset = AuditEntry.objects.order_by("-at", "-pk")
    keyset = ("-at", "-pk")
    paginate_by = 3


def page(url=""):
    view = EntryListView()
    view.setup(RequestFactory().get(f"/{url}"))
    return view.paginate_queryset(view.get_queryset(), view.paginate_by)[1]


@pytest.fixture
def entries(db):
    """Eight entries of which four share one instant, newest first."""
    minutes = [0, 1, 1, 1, 1, 2, 3, 4]
    made = [
        AuditEntry.objects.create(action="x", subject_key="x:1", at=NOON + datetime.timedelta(minutes=minute))
        for minute in minutes
    ]
    return list(reversed(made))


def test_pages_show_every_row_once_forwards_and_backwards(entries):
    first = page()
    second = page(first.next_query)
    third = page(second.next_query)
    back = page(third.previous_query)

    assert first.object_list + second.object_list + third.object_list == entries
    assert back.object_list == second.object_list
    assert page(back.previous_query).object_list == first.object_list


def test_pages_know_their_neighbours(entries):
    first = page()
    second = page(first.next_query)
    third = page(second.next_query)

    assert (first.has_previous, first.has_next) == (False, True)
    assert (second.has_previous, second.has_next) == (True, True)
    assert (third.has_previous, third.has_next) == (True, False)
    assert page(page(second.previous_query).next_query).object_list == second.object_list


def test_the_rest_of_the_query_stays(entries):
    first = page("?q=caf%C3%A9&after=&tab=open")

    assert "q=caf%C3%A9" in first.next_query
    assert "tab=open" in first.next_query
    assert first.next_query.count("after=") == 1


def test_a_page_costs_one_query(entries, django_assert_num_queries):
    with django_assert_num_queries(1):
        page(f"?after={entries[3].at.isoformat().replace('+', '%2B')}~{entries[3].pk}")


@pytest.mark.parametrize(
    "position",
    [
        "abc",
        "1",
        "~",
        "2026-01-01T00:00:00Z~x",
        "2026-01-01T00:00:00~1",
        "2026-01-01T00:00:00Z~1~2",
        "0001-01-01T00:00:00Z~1",
        "9999-12-31T23:59:59-11:00~1",
        "2026-01-01T00:00:00Z~99999999999999999999",
        "2026-13-45T00:00:00Z~1",
    ],
)
@pytest.mark.parametrize("direction", ["after", "before"])
def test_a_position_that_is_none_is_no_page(entries, direction, position):
    with pytest.raises(Http404):
        page(f"?{direction}={position}")
