"""A form that makes something makes it once, however often it arrives: by a double click, a reload, a retry.

Each form is handed out with a token of its own. What it makes keeps the token in its unique column ``once``, and
whoever comes with the same token again is led to it. Knows no app; every app may use it.
"""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.html import format_html

from careops.core import locks
from careops.core.versions import plain

M = TypeVar("M", bound=Model)


class SentBefore(Exception):
    """The same form came before, with something else in it."""

    def __init__(self, made: Model):
        super().__init__(f"This form was sent before, and made {made}. Nothing has been changed.")
        self.made = made


def new_token() -> str:
    return _signer().sign(uuid.uuid4().hex)


def _signer() -> Signer:
    return Signer(salt="careops.core.once")


class OnceField(forms.Field):
    """The token, as a UUID; None where none was sent, as by Django admin. Signed, so that nobody invents one."""

    widget = forms.HiddenInput

    def __init__(self, **options):
        super().__init__(required=False, initial=new_token, **options)

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            return uuid.UUID(hex=_signer().unsign(value))
        except (BadSignature, ValueError) as error:
            raise ValidationError("This page was out of date. Send it again.") from error

    def bound_data(self, data, initial):
        """A form that is shown again keeps its token; one that is not ours gives way to a new one."""
        try:
            return data if self.to_python(data) else initial
        except ValidationError:
            return initial


def made_once(make: Callable[[], M], *, rows: QuerySet[M], once: uuid.UUID | None, **values: Any) -> M:
    """What ``make`` makes, in a transaction of its own; or what the form with this token has made already.

    That is looked for only where ``make`` fails, so that the usual way costs nothing: the unique column lets nobody
    make it twice, and a rival with the same token waits there until the first one has committed.

    :param once: None: made without a form, so never made before
    :param values: what is about to be made, field by field; of a relation the set of its rows
    :raises SentBefore: if what was made differs from it
    """
    try:
        with transaction.atomic():
            return make()
    except Exception:
        made = _made(rows, once=once, values=values)
        if made is None:
            raise
        return made


def made_before(rows: QuerySet[M], *, once: uuid.UUID | None, **values: Any) -> M | None:
    """What the form with this token has made already. Call it first in the transaction that is about to make it.

    :param once: None: made without a form, so never made before
    :param values: what is about to be made, field by field; of a relation the set of its rows
    :raises SentBefore: if what was made differs from it
    """
    if once is None:
        return None
    # A rival with the same token waits here until the first one has committed.
    locks.hold(f"once {once}")
    return _made(rows, once=once, values=values)


def _made(rows: QuerySet[M], *, once: uuid.UUID | None, values: dict[str, Any]) -> M | None:
    """:raises SentBefore: if what was made differs from ``values``"""
    made = rows.filter(once=once).first() if once else None
    if made is not None and any(
        plain(getattr(made, field)) != plain(value) for field, value in values.items()
    ):
        raise SentBefore(made)
    return made


class OnceMixin:
    """For a view whose form has an `OnceField` named ``once``."""

    def sent_before(self, form: forms.BaseForm, refusal: SentBefore):
        """The page with what was typed and a link to what was made. Its token is new: sent again, it makes another."""
        form.data = form.data.copy()
        form.data["once"] = new_token()
        words = format_html(
            '<span>This form was sent before, and made <a href="{}">{}</a>. Send it again to make another one.'
            "</span>",
            refusal.made.get_absolute_url(),
            refusal.made,
        )
        form.add_error(None, words)
        return self.render_to_response(self.get_context_data(form=form), status=409)
