"""What the buttons on a booking send along."""

from django import forms

from careops.core.unseen import VisibleField


class DeclineForm(forms.Form):
    reason = VisibleField(required=False, max_length=200)
    tell = forms.BooleanField(required=False, initial=True)


class ReopenForm(forms.Form):
    reason = VisibleField(required=False, max_length=200)
    tell = forms.BooleanField(required=False, initial=True)
