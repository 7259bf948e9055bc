"""The columns of spelled out statements: with ``*``, a prepared one fails once a migration adds another."""

from django.db import models


def named(model: type[models.Model], table: str = "") -> str:
    """All columns of ``model`` in the order of its fields, such as ``person."id", person."name"``.

    :param table: what the statement calls the table; empty: by its name
    """
    table = table or f'"{model._meta.db_table}"'
    return ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields)
