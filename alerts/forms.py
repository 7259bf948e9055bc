from django import forms


class DismissForm(forms.Form):
    why = forms.CharField(label="Why", required=False, max_length=200)
