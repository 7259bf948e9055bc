"""What customers send from the page of a visit."""

from django import forms

from careops.core.unseen import VisibleField

MOST = 2_147_483_647  # that the column of a schedule number can hold


class SeenForm(forms.Form):
    """A button on the page of a visit.

    ``schedule_no`` is the schedule that the page showed.
    """

    schedule_no = forms.IntegerField(min_value=1, max_value=MOST, widget=forms.HiddenInput)


class CallOffForm(SeenForm):
    reason = VisibleField(required=False, max_length=200)


class MoveForm(SeenForm):
    """``at`` is a time as `slots.for_customers.key_of` signed it."""

    at = forms.CharField(max_length=100, widget=forms.HiddenInput)
