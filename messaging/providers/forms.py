"""Where a test message goes."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from phonenumber_field.phonenumber import to_python

from careops.core.unseen import VisibleEmailField, VisibleField
from messaging.words.rules import Channel


class EmailTestForm(forms.Form):
    address = VisibleEmailField(
        label="Your email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_address(self):
        return self.cleaned_data["address"].lower()


class SmsTestForm(forms.Form):
    address = VisibleField(
        label="Your mobile number",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel", "inputmode": "tel"}),
    )

    def clean_address(self):
        number = to_python(self.cleaned_data["address"], region=settings.PHONENUMBER_DEFAULT_REGION)
        if not number or not number.is_valid():
            raise ValidationError("That is no number that can be texted. Try it with the country, as +44 …")
        return number.as_e164


FORMS = {Channel.EMAIL: EmailTestForm, Channel.SMS: SmsTestForm}
