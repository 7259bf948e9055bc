"""What customers fill in to book by themselves."""

import datetime

from django import forms

from careops.core import century
from contacts.public_forms import WORDS_LENGTH, UnverifiedForm


class DetailsForm(UnverifiedForm):
    note = forms.CharField(
        required=False,
        max_length=WORDS_LENGTH,
        label="Anything we should know?",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DayForm(forms.Form):
    """The day or the month of a link. What makes no sense is as if it were not there."""

    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    month = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def chosen(self, name: str) -> datetime.date | None:
        self.is_valid()
        day = self.cleaned_data.get(name)
        return day if day and century.holds(day) else None
