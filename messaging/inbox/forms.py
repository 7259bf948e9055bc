"""What a person types into a conversation, or decides about it."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from careops.core.arrived import ArrivedMixin
from careops.core.century import LAST_DAY
from careops.core.once import OnceField
from careops.core.unseen import VisibleField
from careops.core.versions import VersionField
from messaging.fields import BodyField
from messaging.models import SavedReply
from messaging.words import texts
from messaging.words.rules import SENDABLE_CHOICES, Channel

LONGEST = 10_000  # characters
MOST_SEGMENTS = 10  # texts that one message makes; providers refuse more
MORNING = datetime.time(9)
DAY = datetime.timedelta(days=1)
LATER = datetime.timedelta(hours=3)


class SeenField(forms.IntegerField):
    """The key of the newest message that the page showed; None: not sent along, as by a script."""

    widget = forms.HiddenInput

    def __init__(self, **options):
        super().__init__(required=False, min_value=0, max_value=2**63 - 1, **options)


class ReplyForm(forms.Form):
    """:param channel: empty: whichever is usual"""

    body = BodyField(
        label="Reply",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Write a reply", "data-key": "r"}),
        error_messages={"required": "Write something first."},
    )
    channel = forms.ChoiceField(choices=SENDABLE_CHOICES, required=False)
    seen = SeenField()
    once = OnceField()

    def clean(self):
        body = self.cleaned_data.get("body", "")
        segments = texts.sms_segments(body)
        if self.cleaned_data.get("channel") == Channel.SMS and segments > MOST_SEGMENTS:
            words = f"An SMS is made of {MOST_SEGMENTS} texts at most, and this would take {segments}."
            self.add_error("body", f"{words} Shorten it, or send an email.")
        return self.cleaned_data


class DraftForm(ArrivedMixin, ReplyForm):
    """A reply that is not finished. What a button puts in comes along as ``insert``."""

    body = BodyField(max_length=LONGEST, required=False, strip=False)
    insert = BodyField(max_length=LONGEST, required=False)

    def clean(self):
        super().clean()
        typed, insert = (self.cleaned_data.get(name, "") for name in ("body", "insert"))
        if insert:
            typed = f"{typed.rstrip()}\n\n{insert}" if typed.strip() else insert
        if len(typed) > LONGEST:
            self.add_error("body", f"A reply holds {LONGEST:,} characters at most.")
        return self.cleaned_data | {"body": typed}


class NoteForm(forms.Form):
    body = BodyField(
        label="For colleagues only",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write something first."},
    )
    once = OnceField()


class IncomingForm(forms.Form):
    body = BodyField(
        label="By phone or at the desk",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down what they said."},
    )
    once = OnceField()


class SeenForm(forms.Form):
    seen = SeenField()


class AssignForm(ArrivedMixin, forms.Form):
    """:param before: whose it was when the page was shown"""

    assignee = forms.ModelChoiceField(User.objects.none(), required=False)
    before = forms.ModelChoiceField(User.objects.all(), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = colleagues()


def colleagues():
    """Whom a conversation can be given to."""
    return User.objects.active().order_by(Lower("name"), "pk")


def snooze_choices(now: datetime.datetime) -> dict[str, tuple[str, datetime.datetime]]:
    """What the buttons offer at ``now``: name to (words, when it comes back)."""
    today = timezone.localdate(now)
    days = {"tomorrow": ("Tomorrow", today + DAY), "week": ("Next week", today + (7 - today.weekday()) * DAY)}
    if days["week"][1] == days["tomorrow"][1]:
        del days["week"]
    later = now + LATER
    choices = {"later": ("Later today", later)} if timezone.localdate(later) == today else {}
    return choices | {name: (words, _morning(day)) for name, (words, day) in days.items()}


def _morning(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, MORNING, timezone.get_current_timezone())


class SnoozeForm(forms.Form):
    """A button's name as ``until``, or else a date, in whose morning the conversation comes back."""

    until = forms.ChoiceField(
        choices=[(name, name) for name in ("later", "tomorrow", "week")], required=False
    )
    date = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    seen = SeenField()

    def __init__(self, *args, now: datetime.datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_date(self):
        date = self.cleaned_data["date"]
        if date and not timezone.localdate(self.now) < date <= LAST_DAY:
            raise ValidationError("Choose a day to come, in this century.")
        return date

    def clean(self):
        chosen = snooze_choices(self.now).get(self.cleaned_data.get("until", ""))
        date = self.cleaned_data.get("date")
        if not chosen and not date and not self.errors:
            raise ValidationError("Choose until when.")
        return {
            "until": chosen[1] if chosen else date and _morning(date),
            "seen": self.cleaned_data.get("seen"),
        }


class SavedReplyForm(forms.ModelForm):
    body = BodyField(label="Words", max_length=2000, widget=forms.Textarea(attrs={"rows": 8}))
    version = VersionField()

    class Meta:
        model = SavedReply
        fields = ["name", "body"]
        field_classes = {"name": VisibleField}

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_body(self):
        if found := texts.problems(self.cleaned_data["body"], known=texts.CONTACT):
            raise ValidationError(found)
        return self.cleaned_data["body"]

    def validate_unique(self):
        """The service says who has the name: it knows the same form sent twice from two forms."""
