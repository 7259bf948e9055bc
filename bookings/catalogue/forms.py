"""What the page of a service asks for."""

from django import forms
from django.db.models import Q

from bookings.catalogue.materials_forms import RecipeMixin
from bookings.catalogue.terms_form import (
    TERM_HELP,
    TERM_LABELS,
    TERM_WIDGETS,
    TERMS,
    duration_field,
    prepare_terms,
)
from bookings.models import IntakeForm, Service
from careops.core.once import OnceField
from careops.core.unseen import VisibleField


class ServiceForm(RecipeMixin, forms.ModelForm):
    notice = duration_field("notice")
    cancel_limit = duration_field("cancel_limit")

    class Meta:
        model = Service
        fields = ["name", "minutes", "is_active", *TERMS, "intake_forms"]
        field_classes = {"name": VisibleField}
        labels = {
            "minutes": "Length in minutes",
            "is_active": "Can be booked",
            "intake_forms": "Forms before the visit",
        } | TERM_LABELS
        help_texts = {
            "minutes": "Bookings that exist keep their times.",
            "intake_forms": "Customers get a private link with the confirmation.",
        } | TERM_HELP
        widgets = TERM_WIDGETS | {"intake_forms": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        prepare_terms(self)
        asked = Q(services=self.instance) if self.instance.pk else Q()
        choices = IntakeForm.objects.filter(Q(is_active=True) | asked).distinct()
        self.fields["intake_forms"].queryset = choices.for_list()

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())  # it stands in the subjects of emails: one line


class ServiceCreateForm(ServiceForm):
    once = OnceField()
