"""Nobody overwrites what they have not seen: a page to edit something carries the version that it showed.

A row that two people edit has a column ``version``, one more each time it is saved. Knows no app; every app may use it.
"""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Manager, Model
from django.utils import timezone

from careops.core import moments


class ChangedMeanwhile(Exception):
    """Somebody else has saved the row after the caller looked at it.

    :ivar theirs: the row as it is now
    """

    def __init__(self, theirs: Model):
        super().__init__(f"Somebody else has saved {theirs} in the meantime.")
        self.theirs = theirs


class VersionField(forms.IntegerField):
    """The version that was shown; None where none was sent, as by Django admin: whatever it is by now."""

    widget = forms.HiddenInput
    default_error_messages = {"invalid": "This page was out of date. Open it again."}

    def __init__(self, **options):
        super().__init__(required=False, **options)


def refuse_stale(row: Model, *, seen: int | None, values: dict[str, Any]) -> None:
    """Refuse to write ``values`` over what the caller has not seen. Call it under the lock of the row.

    :param values: by field; of a relation the set of its rows
    :param seen: the version that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if the row was saved since, and does not say the same already
    """
    if seen not in {None, row.version} and any(
        plain(getattr(row, name)) != value for name, value in values.items()
    ):
        raise ChangedMeanwhile(row)


class VersionMixin:
    """For an UpdateView, or a FormView with an ``object``, whose form has a `VersionField` named ``version``."""

    def get_initial(self):
        return super().get_initial() | {"version": self.object.version}

    def changed_meanwhile(self, form: forms.BaseForm, refusal: ChangedMeanwhile):
        """The page with what was typed, and beside it what somebody else has saved. Sent again, it overrules them."""
        form.data = form.data.copy()
        form.data["version"] = refusal.theirs.version
        context = self.get_context_data(form=form, theirs=_differences(form, refusal.theirs))
        return self.render_to_response(context, status=409)


def _differences(form: forms.BaseForm, theirs: Model) -> list[tuple[str, str]]:
    """What ``theirs`` says where the form says something else, as (label, words)."""
    return [
        (field.label, _words(theirs, field.name))
        for field in form.visible_fields()
        if hasattr(theirs, field.name)
        and plain(getattr(theirs, field.name)) != plain(form.cleaned_data[field.name])
    ]


def plain(value: object) -> object:
    """Rows as a set of them, whether a relation or a field of the form holds them."""
    rows = getattr(value, "all", None)
    return set(rows()) if rows else value


def _words(row: Model, name: str) -> str:
    """What a field says; empty where it says nothing, which zero is not."""
    value = getattr(row, name)
    if isinstance(value, Manager):
        return ", ".join(sorted(map(str, value.all())))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime.datetime):
        return moments.spelled(timezone.localtime(value))
    display = getattr(row, f"get_{name}_display", None)
    shown = display() if display else value
    return "" if shown is None else str(shown)
