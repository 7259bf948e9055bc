"""Pages of a list that grows without bound.

Page numbers make the database count and skip every row before the page. A keyset page continues after the last row
instead, so that the last page of a million rows costs what the first one does. Knows no app; every app may use it.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import Http404, QueryDict
from django.utils import timezone


@dataclass(frozen=True)
class KeysetPage:
    """One page of rows, and the query strings that lead to its neighbours.

    :param previous_query: None on the first page
    :param next_query: None on the last page
    """

    object_list: list
    previous_query: str | None
    next_query: str | None

    @property
    def has_previous(self) -> bool:
        return self.previous_query is not None

    @property
    def has_next(self) -> bool:
        return self.next_query is not None

    def has_other_pages(self) -> bool:
        return self.has_previous or self.has_next

    def __iter__(self):
        return iter(self.object_list)

    def __len__(self):
        return len(self.object_list)


class KeysetListMixin:
    """For a ListView: pages by position. ``keyset`` names the one or two fields that order the list.

    The last field is unique and both run the same way, such as ``("-send_at", "-pk")``; an index on them serves
    the page. The position is in the URL, as ``?after=`` or ``?before=`` a row.
    """

    keyset: tuple[str, ...] = ("-pk",)
    paginate_by = 25

    def paginate_queryset(self, queryset, page_size):
        query = self.request.GET
        backwards = "before" in query
        try:
            rows = _rows(
                queryset, self.keyset, query.get("before") or query.get("after"), backwards, page_size + 1
            )
        except (ValidationError, ValueError) as error:
            raise Http404("There is no such page.") from error
        more = len(rows) > page_size
        rows = rows[:page_size]
        if backwards:
            rows.reverse()
        has_previous = more if backwards else "after" in query
        has_next = bool(rows) if backwards else more
        page = KeysetPage(
            object_list=rows,
            previous_query=_query(query, "before", self._position(rows[0]))
            if has_previous and rows
            else None,
            next_query=_query(query, "after", self._position(rows[-1])) if has_next else None,
        )
        return None, page, rows, page.has_other_pages()

    def _position(self, row: Model) -> str:
        values = [getattr(row, name.lstrip("-")) for name in self.keyset]
        return "~".join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def _rows(
    queryset: QuerySet, keyset: tuple[str, ...], position: str | None, backwards: bool, limit: int
) -> list:
    descending = keyset[0].startswith("-")
    names = [name.lstrip("-") for name in keyset]
    direction = "lt" if descending != backwards else "gt"
    if position:
        fields = [
            queryset.model._meta.pk if name == "pk" else queryset.model._meta.get_field(name)
            for name in names
        ]
        values = [_parsed(field, text) for field, text in zip(fields, position.split("~"), strict=True)]
        queryset = queryset.filter(_beyond(names, values, direction))
    if backwards:
        queryset = queryset.reverse()
    return list(queryset[:limit])


def _parsed(field: Field, text: str) -> Any:
    """A value of a position. Whatever no row can hold is refused here, before PostgreSQL chokes on it."""
    value = field.to_python(text)
    if isinstance(value, datetime.datetime):
        if timezone.is_naive(value) or not 1900 <= value.year < 2200:
            raise ValueError(text)
    elif not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(text)
    return value


def _beyond(names: list[str], values: list[Any], direction: str) -> Q:
    *first, last = zip(names, values, strict=True)
    condition = Q(**{f"{last[0]}__{direction}": last[1]})
    for name, value in reversed(first):
        # The first half lets an index jump to the place; the second half settles ties.
        condition = Q(**{f"{name}__{direction}e": value}) & (Q(**{f"{name}__{direction}": value}) | condition)
    return condition


def _query(query: QueryDict, direction: str, position: str) -> str:
    query = query.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[direction] = position
    return f"?{query.urlencode()}"
