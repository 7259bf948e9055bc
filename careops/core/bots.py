"""Keeps machines out of public forms without a riddle for people. Knows no app; every app may use it.

A field that nobody sees catches whoever fills in all there are; such a form gets a calm answer, and nothing is
written. A signed note of when the page was opened catches whoever was faster than a hand: they are asked to send it
once more, since now and then a browser that types for somebody is as fast. What a page lets through is counted by its
address besides.
"""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils import timezone

TAKES_A_HAND = datetime.timedelta(seconds=2)
GOES_STALE = datetime.timedelta(hours=24)
STALE = "This page was out of date. Please send it again."


def opened(at: datetime.datetime | None = None) -> str:
    """The signed note that a page was opened, ``at`` or now."""
    return _signer().sign(f"{int((at or timezone.now()).timestamp()):x}")


def _signer() -> Signer:
    return Signer(salt="careops.core.bots")


class OpenedField(forms.Field):
    """When the page with the form was opened. Refuses what comes too late, or without it."""

    widget = forms.HiddenInput

    def __init__(self, **options):
        super().__init__(required=False, initial=opened, **options)

    def to_python(self, value):
        try:
            return datetime.datetime.fromtimestamp(int(_signer().unsign(value or ""), 16), datetime.UTC)
        except BadSignature as error:
            raise ValidationError(STALE) from error

    def validate(self, value):
        if timezone.now() - value > GOES_STALE:
            raise ValidationError(STALE)

    def bound_data(self, data, initial):
        """A form that is shown again keeps its note, unless that is no use any more."""
        try:
            return data if timezone.now() - self.to_python(data) <= GOES_STALE else initial
        except ValidationError:
            return initial


class GuardedForm(forms.Form):
    """A form for everybody. The page shows ``website`` where nobody looks, see templates/public/_guard.html."""

    website = forms.CharField(
        required=False,
        label="Leave this empty",
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    opened = OpenedField()

    def clean(self):
        # Whoever has something else to mend takes longer the next time.
        if not self.errors and timezone.now() - self.cleaned_data["opened"] < TAKES_A_HAND:
            raise ValidationError("That was very quick. Please press the button once more.")
        return super().clean()

    @property
    def is_from_a_machine(self) -> bool:
        return bool(self.data.get(self.add_prefix("website"), "").strip())
