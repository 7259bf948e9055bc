"""What the buttons on a booking send along."""

from django import forms


class DeclineForm(forms.Form):
    reason = forms.CharField(required=False, max_length=200)
    tell = forms.BooleanField(required=False, initial=True)


class ReopenForm(forms.Form):
    reason = forms.CharField(required=False, max_length=200)
    tell = forms.BooleanField(required=False, initial=True)
