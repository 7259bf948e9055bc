"""What customers fill in about themselves."""

from django import forms
from django.core.exceptions import ValidationError

from careops.core.bots import STALE, GuardedForm
from careops.core.once import OnceField, new_token
from careops.core.unseen import VisibleEmailField, VisibleField
from contacts.forms import WhoMixin
from contacts.names import holds_web_address
from contacts.unverified import KEEP_IN_TOUCH, UnverifiedContact

WORDS_LENGTH = 2000  # characters


class UnverifiedForm(WhoMixin, GuardedForm):
    """Who somebody says they are, and how to reach them."""

    name = VisibleField(
        max_length=120,
        label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    email = VisibleEmailField(
        required=False, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    phone = VisibleField(
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    keep_in_touch = forms.BooleanField(required=False, label=KEEP_IN_TOUCH)
    once = OnceField()

    def clean_name(self):
        name = super().clean_name()
        if holds_web_address(name):
            raise ValidationError(
                "Write your name alone, without a web address and with a space after each full stop."
            )
        return name

    def clean_once(self):
        if self.cleaned_data["once"] is None:
            raise ValidationError(STALE)
        return self.cleaned_data["once"]

    def clean(self):
        data = self.cleaned_data
        if not {"email", "phone"} & self.errors.keys() and not data.get("email") and not data.get("phone"):
            self.add_error("email", "Enter an email address or a phone number, so that we can reach you.")
        return super().clean()

    def renew(self) -> None:
        """Give a form that was used before another token: sent again, it makes another."""
        self.data = self.data.copy()
        self.data["once"] = new_token()

    @property
    def who(self) -> UnverifiedContact:
        return UnverifiedContact(
            **{name: self.cleaned_data[name] for name in UnverifiedContact.__dataclass_fields__}
        )


class WriteForm(UnverifiedForm):
    message = forms.CharField(
        max_length=WORDS_LENGTH,
        label="Your message",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write your message."},
    )
