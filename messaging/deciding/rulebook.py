"""What the admins have decided about automation, read at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models

from accounts.models import Business
from messaging.models import Automation, Rule
from messaging.words.rules import STANDARDS, RuleCode

PARTS: list[type[models.Model]] = [Business, Automation, Rule]


@dataclass(frozen=True)
class Rulebook:
    """The business, how automation behaves in it, and each rule by its code. Shared: nobody changes what is in it."""

    business: Business
    automation: Automation
    rules: dict[RuleCode, Rule]

    @classmethod
    def current(cls) -> "Rulebook":
        """Read in one statement, since whatever a click causes begins with it."""
        with connection.cursor() as cursor:
            cursor.execute(_statement())
            rows = [_parts_of(row) for row in cursor.fetchall()]
        if not rows:
            Business.objects.current()
            return cls.current()
        business, automation, _ = rows[0]
        changed = {RuleCode(rule.code): rule for *_, rule in rows if rule}
        return cls(business, automation or Automation(pk=1), _standards() | changed)


@cache
def _standards() -> dict[RuleCode, Rule]:
    return {code: Rule.standard_of(code) for code in STANDARDS}


@cache
def _statement() -> str:
    """Each rule that was changed in a row with the business and its automation; without any, one row with those."""
    columns = [
        f'"{model._meta.db_table}"."{field.column}"'
        for model in PARTS
        for field in model._meta.concrete_fields
    ]
    business, *others = (f'"{model._meta.db_table}"' for model in PARTS)
    joins = " ".join(f"LEFT JOIN {table} ON TRUE" for table in others)
    return f"SELECT {', '.join(columns)} FROM {business} {joins}"  # noqa: S608 - nothing in it comes from outside


def _parts_of(row: Sequence) -> list[Any]:
    """The business, the automation and the rule that the columns of ``row`` are of; None where there is none."""
    parts: list[Any] = []
    for model in PARTS:
        names = [field.attname for field in model._meta.concrete_fields]
        values, row = row[: len(names)], row[len(names) :]
        parts.append(None if values[0] is None else model.from_db(DEFAULT_DB_ALIAS, names, values))
    return parts
