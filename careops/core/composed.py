"""Statements composed once and filled in each time: composing some takes longer than their answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import Expression, Field, QuerySet


class Given(Expression):
    """A value in a query that is known only when the query is asked."""

    def __init__(self, name: str, field: Field):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return f"%s::{self.output_field.db_type(connection)}", [self]


class Composed(NamedTuple):
    """A statement with a `Given` for each value that it lacks."""

    sql: str
    params: tuple

    @classmethod
    def of(cls, rows: QuerySet) -> "Composed":
        return cls(*rows.query.sql_with_params())

    def one(self, given: Mapping[str, Any]) -> tuple:
        """The columns of its one row, as the database writes them.

        :param given: what each `Given` stands for, by its name
        :raises ObjectDoesNotExist: if there is no row
        """
        params = [given[each.name] if isinstance(each, Given) else each for each in self.params]
        with connection.cursor() as cursor:
            row = cursor.execute(self.sql, params).fetchone()
        if row is None:
            raise ObjectDoesNotExist
        return row
