"""What admins type about automation: its rules, and how all of them behave."""

from django import forms
from django.core.exceptions import ValidationError

from careops.core.unseen import VisibleField
from careops.core.versions import VersionField
from messaging.fields import BodyField, OrderField
from messaging.models import Automation, Rule
from messaging.words import durations
from messaging.words.rules import RuleCode

# What the delay of a rule is: its label, and what to know about it.
DELAYS = {
    RuleCode.FORM_REMINDER: ("First, after the confirmation", "Such as 1 day."),
    RuleCode.MOVED: (
        "How long to wait",
        "In case it is moved again: people hear of the last time only. Up to 1 hour, or “at once”.",
    ),
    RuleCode.CANCELLED: (
        "How long to wait",
        "In case that is taken back: then nothing is sent. Up to 1 hour, or “at once”.",
    ),
    RuleCode.THANK_YOU: ("How long after the visit", "Such as 2 hours, or “at once”."),
    RuleCode.NO_SHOW: ("How long after it was missed", "Such as 1 hour, or “at once”."),
}


class DurationField(forms.CharField):
    """A time such as "2 hours", as minutes."""

    def prepare_value(self, value):
        return durations.words(value) if isinstance(value, int) else value

    def to_python(self, value):
        text = super().to_python(value)
        try:
            return durations.parse(text) if text else None
        except ValueError as error:
            raise ValidationError(str(error)) from error


class DurationsField(forms.CharField):
    """Times such as "1 day, 2 hours", as a list of minutes, the longest first."""

    most = 5

    def prepare_value(self, value):
        return ", ".join(durations.words(item) for item in value) if isinstance(value, list) else value

    def to_python(self, value):
        try:
            found = durations.parse_several(super().to_python(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if len(found) > self.most:
            raise ValidationError(f"{self.most} times are the most.")
        return found


class RuleForm(forms.ModelForm):
    """Only what the rule has: not every rule has a time, and staff are told by email."""

    enabled = forms.BooleanField(
        label="On", required=False, widget=forms.CheckboxInput(attrs={"role": "switch"})
    )
    leads = DurationsField(label="How long before the visit")
    delay = DurationField()
    channels = OrderField(label="By which way", help_text="The first by which somebody can be reached.")
    body = BodyField(label="Email", max_length=5000, widget=forms.Textarea(attrs={"rows": 10}))
    sms = BodyField(
        label="SMS",
        max_length=480,
        required=False,
        help_text="Said where the rule goes by SMS.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = VersionField()

    class Meta:
        model = Rule
        fields = ["enabled", "leads", "delay", "cap", "channels", "subject", "body", "sms"]
        field_classes = {"subject": VisibleField}
        labels = {"cap": "At most", "subject": "Subject of the email"}
        help_texts = {"cap": "Times for one visit, 1 to 5."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rule = self.instance
        has = {
            "leads": bool(rule.standard.leads),
            "delay": rule.standard.delay is not None,
            "cap": rule.standard.cap is not None,
            "channels": not rule.is_for_staff,
            "sms": not rule.is_for_staff,
        }
        for name in [name for name, it_has in has.items() if not it_has]:
            del self.fields[name]
        if has["delay"]:
            self.fields["delay"].label, self.fields["delay"].help_text = DELAYS[rule.rule_code]
        if has["leads"]:
            several = "Such as 1 day, or 1 day, 2 hours for two messages."
            self.fields["leads"].help_text = several
            self.fields["leads"].required = not has["delay"]
        if has["cap"]:
            self.fields["cap"].required = True


class SettingsForm(forms.ModelForm):
    version = VersionField()

    class Meta:
        model = Automation
        fields = [
            "pause_hours",
            "reminders_continue",
            "opens",
            "closes",
            "window_for_email",
            "daily_cap",
            "unanswered_hours",
        ]
        labels = {
            "pause_hours": "Hours of silence",
            "reminders_continue": "Visit reminders go out all the same",
            "opens": "From",
            "closes": "Until",
            "window_for_email": "Emails too keep to these hours",
            "daily_cap": "Most messages a day to one person",
            "unanswered_hours": "Hours until an alert",
        }
        help_texts = {
            "pause_hours": "After the last reply. Leave it empty for a silence that lasts until somebody resumes.",
            "daily_cap": "1 to 20. Reminders and the like count, confirmations and notices of a change do not.",
            "unanswered_hours": "Counted within the hours above, 1 to 72.",
        }
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in ("opens", "closes")
        }

    def clean(self):
        cleaned = super().clean()
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and opens >= closes:
            self.add_error("closes", "This must be later than the hour it starts.")
        return cleaned
