"""What can be typed on the pages of the outbox."""

from django import forms

from careops.core.unseen import VisibleField
from messaging.fields import BodyField
from messaging.models import Message
from messaging.outbox.reading import TYPED
from messaging.outbox.services import fingerprint
from messaging.words.rules import SENDABLE_CHOICES, RuleCode

LONGEST_SMS = 480  # characters, as in a rule


class OutboxFilterForm(forms.Form):
    """The filters of the outbox. What makes no sense in one narrows nothing."""

    q = VisibleField(label="Person", required=False, max_length=100)
    rule = forms.ChoiceField(
        label="Kind",
        required=False,
        choices=[("", "Every kind"), (TYPED, "Typed by a person"), *RuleCode.choices],
    )
    channel = forms.ChoiceField(
        label="Channel",
        required=False,
        choices=[("", "Every channel"), *SENDABLE_CHOICES],
    )

    @property
    def narrows(self) -> bool:
        self.is_valid()
        return any(self.cleaned_data.values())


class MessageForm(forms.Form):
    """The words of a message that still waits to be sent."""

    subject = VisibleField(max_length=200, error_messages={"required": "An email needs a subject."})
    body = BodyField(
        label="Email",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "Write something first."},
    )
    sms = BodyField(
        label="SMS",
        required=False,
        max_length=LONGEST_SMS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Said where it goes by SMS. Left empty, the email's words are.",
    )
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def __init__(self, *args, message: Message, initial, **kwargs):
        says = {"subject": message.subject, "body": message.body, "sms": message.sms}
        super().__init__(*args, initial=says | {"seen": fingerprint(message)} | initial, **kwargs)
        if not message.is_automated:  # a person writes one text, for the channel that they chose
            del self.fields["sms"]
            self.fields["body"].label = message.get_channel_display()
            if message.channel == "sms":
                del self.fields["subject"]

    def refuse(self, refusal: Exception, current: Message) -> list[tuple[str, str]]:
        """Say why it was refused, and return what the message says instead by now, as (label, words).

        Sent once more, the form overrules that; but not what became of a message that has left.
        """
        self.data = self.data.copy()
        self.data["seen"] = fingerprint(current)
        if not current.is_pending:
            self.add_error(None, str(refusal))
            return []
        return [
            (field.label, getattr(current, field.name))
            for field in self.visible_fields()
            if getattr(current, field.name) != self.cleaned_data[field.name]
        ]
