"""The style guide: every component in both themes, with made-up data (development only)."""

import datetime as dt

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView

from careops.core.unseen import VisibleEmailField, VisibleField
from messaging.looks import MESSAGES


class SampleForm(forms.Form):
    name = VisibleField(max_length=80)
    email = VisibleEmailField(
        required=False, help_text="Email or phone is needed so that you can reach them."
    )
    starts_at = forms.DateTimeField(
        label="Starts", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    service = forms.ChoiceField(choices=[("", "Choose a service"), ("massage", "Massage, 45 min")])
    channel = forms.ChoiceField(
        label="Reminders go by",
        choices=[("email", "Email"), ("sms", "Text message")],
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(label="May receive reminders", help_text="They can stop them at any time.")
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


@method_decorator(login_not_required, name="dispatch")
class StyleGuideView(TemplateView):
    template_name = "styleguide.html"

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        wrong = {"name": "Ada Lovelace", "email": "ada@", "channel": "email"}
        context["now"] = timezone.now()
        context["earlier"] = timezone.now() - dt.timedelta(hours=2)
        context["page_obj"] = KeysetSample
        context["people"] = ["Ada Lovelace", "Bo Larsen", "Chukwuemeka Wolfeschlegelstein", "Élodie Müller"]
        context["looks"] = {str(status): look for status, look in MESSAGES.items()}
        context["consequences"] = [
            ("mail", "Ada gets an email that her visit is cancelled."),
            ("bell-off", "2 planned reminders are dropped."),
            ("package", "3 nitrile gloves are free again."),
        ]
        context["themes"] = [
            {"name": theme, "form": SampleForm(wrong, auto_id=f"{theme}_%s")} for theme in ("light", "dark")
        ]
        return context


class KeysetSample:
    has_previous = False
    has_next = True
    next_query = "?after=3"
