"""What staff can note about the wishes of a contact."""

from django import forms

from careops.core.unseen import VisibleField
from messaging.words.rules import SENDABLE_CHOICES


class ConsentForm(forms.Form):
    """Their wish for one channel, in their own words."""

    channel = forms.ChoiceField(choices=SENDABLE_CHOICES)
    wish = forms.ChoiceField(choices=[("stop", "Wants no more"), ("allow", "Wants messages again")])
    words = VisibleField(
        max_length=500, error_messages={"required": "Note what they said, and how: it is the evidence."}
    )
    back = forms.ChoiceField(choices=[("contact", "Contact"), ("thread", "Conversation")], required=False)


class HintForm(forms.Form):
    is_opt_out = forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")], coerce=lambda answer: answer == "yes"
    )
