"""What the page of a service asks for."""

from django import forms

from bookings.forms.terms import TERM_HELP, TERM_LABELS, TERM_WIDGETS, TERMS, duration_field, prepare_terms
from bookings.models import Service
from careops.once import OnceField


class ServiceForm(forms.ModelForm):
    notice = duration_field("notice")
    cancel_limit = duration_field("cancel_limit")

    class Meta:
        model = Service
        fields = ["name", "minutes", "is_active", *TERMS]
        labels = {"minutes": "Length in minutes", "is_active": "Can be booked"} | TERM_LABELS
        help_texts = {"minutes": "Bookings that exist keep their times."} | TERM_HELP
        widgets = TERM_WIDGETS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        prepare_terms(self)

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())  # it stands in the subjects of emails: one line


class ServiceCreateForm(ServiceForm):
    once = OnceField()
