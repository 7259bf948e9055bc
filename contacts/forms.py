import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from careops.core.once import OnceField
from careops.core.unseen import WHO, plain_email, seen
from careops.core.versions import VersionField
from contacts import phones
from contacts.models import Contact

NOTES_LENGTH = 5000  # characters
TEXTLESS = "This number cannot get texts. Messages go to the email address alone."


class WhoMixin:
    """How the three fields that say who somebody is are read, wherever they stand."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if phones.gets_no_texts(seen(str(self["phone"].value() or "")[:100])):
            self["phone"].help_text = TEXTLESS

    def clean_name(self):
        return unicodedata.normalize("NFC", " ".join(self.cleaned_data["name"].split()))

    def clean_email(self):
        return plain_email(self.cleaned_data["email"])

    def clean_phone(self):
        phone = " ".join(self.cleaned_data["phone"].split())
        if phone and not phones.can_be_a_number(phone):
            raise ValidationError(
                "That cannot be a phone number. Use digits, spaces and + - ( ), and keep remarks for the notes."
            )
        return phone


class ContactForm(WhoMixin, forms.ModelForm):
    """Who somebody is and how to reach them. The model asks for an email address or a phone number."""

    notes = forms.CharField(
        max_length=NOTES_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Seen by the people who work here only.",
    )

    class Meta:
        model = Contact
        fields = ["name", "email", "phone", "notes"]
        field_classes = WHO
        help_texts = {"email": "", "phone": ""}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "phone": forms.TextInput(attrs={"autocomplete": "off", "type": "tel", "inputmode": "tel"}),
        }


class ContactCreateForm(ContactForm):
    welcome = forms.BooleanField(required=False, initial=True, label="Send a welcome")
    once = OnceField()


class ContactEditForm(ContactForm):
    version = VersionField()

    class Meta(ContactForm.Meta):
        fields = ["name", "email", "phone", "stage", "notes"]


def field_for(text: str) -> str:
    """The field of a new contact that a search for ``text`` would have found."""
    if "@" in text:
        return "email"
    return "phone" if phones.can_be_a_number(text) else "name"
