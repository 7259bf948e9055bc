"""What the pages of intake forms ask the people who work here."""

from django import forms
from django.db.models.functions import Lower

from bookings.intake.questions import MOST_OPTIONS, OPTIONS, WORDINGS
from bookings.models import IntakeForm, IntakeRequest, Service
from careops.core.arrived import ArrivedMixin
from careops.core.once import OnceField
from careops.core.unseen import VisibleField
from careops.core.versions import VersionField


class IntakeFormForm(forms.ModelForm):
    services = forms.ModelMultipleChoiceField(
        Service.objects.none(),
        required=False,
        label="Asked before visits of",
        widget=forms.CheckboxSelectMultiple,
        help_text="It goes out with the confirmation of each visit booked from now on.",
    )

    class Meta:
        model = IntakeForm
        fields = ["name", "services", "valid_months", "is_active"]
        field_classes = {"name": VisibleField}
        labels = {"valid_months": "An answer stands for, in months", "is_active": "In use"}
        help_texts = {
            "name": "Customers see it on top of the form.",
            "valid_months": "For later visits as well. Empty: it is asked before each visit.",
            "is_active": "Off: asked of nobody new. Who was asked can still answer.",
        }
        widgets = {"valid_months": forms.NumberInput({"min": 1, "max": 120, "inputmode": "numeric"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["services"].queryset = Service.objects.active().order_by(Lower("name"), "pk")
        if self.instance.pk:
            chosen = Service.objects.filter(intake_forms=self.instance)
            self.fields["services"].queryset = (
                (Service.objects.active() | chosen).distinct().order_by(Lower("name"), "pk")
            )
            self.initial["services"] = list(chosen.values_list("pk", flat=True))

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())


class IntakeFormCreateForm(IntakeFormForm):
    once = OnceField()

    def clean(self):
        """Sent again, its name is not taken by another form, but by the one that it has made."""
        cleaned, once = super().clean(), self.cleaned_data.get("once")
        if made := once and IntakeForm.objects.filter(once=once).first():
            self.instance = made
        return cleaned


class IntakeFormEditForm(IntakeFormForm):
    version = VersionField()


class IntroductionForm(ArrivedMixin, forms.Form):
    version = VersionField()
    introduction = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Stands above the questions: why you ask, and who reads the answers.",
    )


class QuestionForm(forms.Form):
    """One question of a kind that is settled already.

    :param kind: of `Kind`; decides which fields there are
    """

    version = VersionField()
    label = VisibleField(max_length=200, label="Question")
    help = VisibleField(required=False, max_length=300, label="Explanation")
    wording = forms.CharField(
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Word for word. It is kept with the answer, along with the time.",
    )
    options = forms.CharField(
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=f"One a line, at most {MOST_OPTIONS}.",
    )
    required = forms.BooleanField(required=False, label="An answer is required")

    def __init__(self, *args, kind: str, **kwargs):
        super().__init__(*args, **kwargs)
        if kind not in OPTIONS:
            del self.fields["options"]
        if kind not in WORDINGS:
            del self.fields["wording"]
        else:
            self.fields["label"].help_text = "In short, such as “Consent to treatment”."

    def clean_label(self):
        return " ".join(self.cleaned_data["label"].split())

    def clean_options(self):
        options = [" ".join(line.split()) for line in self.cleaned_data["options"].splitlines()]
        options = list(dict.fromkeys(option for option in options if option))
        if len(options) < 2:
            raise forms.ValidationError("Write at least two different answers, one a line.")
        if len(options) > MOST_OPTIONS:
            raise forms.ValidationError(f"There can be at most {MOST_OPTIONS} answers.")
        if any(len(option) > 120 for option in options):
            raise forms.ValidationError("An answer can be at most 120 characters long.")
        return options


class QuestionCreateForm(QuestionForm):
    once = OnceField()


class WaiveForm(forms.Form):
    reason = VisibleField(max_length=200, label="Why it is not needed")


class RequestFilterForm(forms.Form):
    """Which requests to list. What is wrong says so and is not filtered by."""

    status = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any"),
            ("overdue", "Overdue"),
            ("open", "Not answered"),
            *IntakeRequest.Status.choices,
        ],
    )
    form = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = IntakeForm.objects.for_list().values_list("pk", "name")
        self.fields["form"].choices = [("", "Any"), *choices]
