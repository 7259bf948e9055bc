from django import forms

from careops.core.unseen import VisibleField


class DismissForm(forms.Form):
    why = VisibleField(label="Why", required=False, max_length=200)
