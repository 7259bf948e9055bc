"""The rules of automation: what each one sends, when, and what may hold it back.

What an admin may change about a rule (on or off, timing, channels, words) stands in its row, `messaging.models.Rule`;
here stand the rules themselves and the values that a new installation starts with.
"""

import datetime
from dataclasses import dataclass

from django.db import models

DAY = 24 * 60  # minutes


class Channel(models.TextChoices):
    """By which way something is said."""

    EMAIL = "email", "Email"
    SMS = "sms", "SMS"
    DESK = "desk", "By phone or at the desk"
    NOTE = "note", "Note"

    @property
    def spoken(self) -> str:
        """Its name within a sentence."""
        return self.label if self == Channel.SMS else self.label.lower()


SENDABLE = [Channel.EMAIL, Channel.SMS]
SENDABLE_CHOICES = [(channel.value, channel.label) for channel in SENDABLE]


class MessageClass(models.TextChoices):
    """Why a message is sent decides what may hold it back."""

    RECEIPT = "receipt", "Answers something just done"  # goes out even while automation is paused
    CLOCK = "clock", "Sent by the clock"
    RELATIONSHIP = "relationship", "Keeps in touch"
    STAFF = "staff", "Tells the people who work here"
    HUMAN = "human", "Typed by a person"


class RuleCode(models.TextChoices):
    WELCOME = "welcome", "Welcome"
    CONFIRMATION = "confirmation", "Confirmation"
    REQUESTED = "requested", "Request received"
    DECLINED = "declined", "Request declined"
    REMINDER = "reminder", "Reminder"
    ATTENDANCE = "attendance", "Are you coming?"
    FORM_REMINDER = "form_reminder", "Form reminder"
    MOVED = "moved", "Move notice"
    CANCELLED = "cancelled", "Cancellation notice"
    THANK_YOU = "thank_you", "Thank-you"
    NO_SHOW = "no_show", "Missed visit"
    CONSENT = "consent", "Answer to STOP or HELP"
    STAFF_NOTICE = "staff_notice", "Notice to staff"
    TEST = "test", "Test message"

    @property
    def message_class(self) -> MessageClass:
        return CLASSES[self]

    @property
    def obeys_pause(self) -> bool:
        return self.message_class in {MessageClass.CLOCK, MessageClass.RELATIONSHIP}


CLASSES = {
    RuleCode.WELCOME: MessageClass.RELATIONSHIP,
    RuleCode.CONFIRMATION: MessageClass.RECEIPT,
    RuleCode.REQUESTED: MessageClass.RECEIPT,
    RuleCode.DECLINED: MessageClass.RECEIPT,
    RuleCode.REMINDER: MessageClass.CLOCK,
    RuleCode.ATTENDANCE: MessageClass.CLOCK,
    RuleCode.FORM_REMINDER: MessageClass.CLOCK,
    RuleCode.MOVED: MessageClass.RECEIPT,
    RuleCode.CANCELLED: MessageClass.RECEIPT,
    RuleCode.THANK_YOU: MessageClass.RELATIONSHIP,
    RuleCode.NO_SHOW: MessageClass.RELATIONSHIP,
    RuleCode.CONSENT: MessageClass.RECEIPT,
    RuleCode.STAFF_NOTICE: MessageClass.STAFF,
    RuleCode.TEST: MessageClass.STAFF,
}

# From then on a message of the class is not worth sending; whatever is about a visit is useless once that has begun.
STALE_AFTER = {
    MessageClass.RECEIPT: datetime.timedelta(hours=12),
    MessageClass.RELATIONSHIP: datetime.timedelta(hours=72),
    MessageClass.STAFF: datetime.timedelta(hours=24),
}
WELCOME_STALE_AFTER = datetime.timedelta(hours=24)
REMINDER_STALE_BEFORE = datetime.timedelta(minutes=30)  # before the start of the visit


def useless_after(
    code: RuleCode, *, send_at: datetime.datetime, starts_at: datetime.datetime | None = None
) -> datetime.datetime | None:
    """When a message stops being worth sending; None: never.

    :param starts_at: of the visit that a receipt or a reminder is about; None: about no visit, or one that is over
    """
    kind = code.message_class
    if kind == MessageClass.CLOCK:
        return starts_at - REMINDER_STALE_BEFORE if starts_at else None
    stale = send_at + (WELCOME_STALE_AFTER if code == RuleCode.WELCOME else STALE_AFTER[kind])
    return min(stale, starts_at) if starts_at and kind == MessageClass.RECEIPT else stale


@dataclass(frozen=True)
class Standard:
    """What a new installation starts with.

    :param sentence: what the rule does, for `messaging.words.sentences` to fill in
    :param leads: minutes before the visit at which it speaks
    :param delay: minutes after what caused it; None: at once, or by the leads alone
    :param cap: how often it speaks about one visit at most; None: once for each lead or cause
    """

    sentence: str
    subject: str
    body: str
    sms: str
    about_visit: bool = True
    leads: tuple[int, ...] = ()
    delay: int | None = None
    cap: int | None = None
    enabled: bool = True
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.SMS)


STANDARDS = {
    RuleCode.WELCOME: Standard(
        sentence="When somebody becomes a contact, welcome them {ways}.",
        subject="Welcome to {{business}}",
        body=(
            "Hello {{name}},\n\n"
            "welcome to {{business}}. We have noted how to reach you, and you can simply answer this email"
            " whenever you need us."
        ),
        sms="Welcome to {{business}}, {{first_name}}. You can simply answer this text whenever you need us.",
        about_visit=False,
    ),
    RuleCode.CONFIRMATION: Standard(
        sentence="When a visit is booked, confirm it at once {ways}.",
        subject="Your booking: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "your booking is confirmed: {{service}} with {{staff}}, {{when}}.\n\n"
            "Please fill in this form before your visit: {{form_link}}\n\n"
            "To see, move or call off your visit: {{visit_link}}"
        ),
        sms="{{business}}: {{service}} with {{staff}} is booked for {{when}}. {{visit_link}}",
    ),
    RuleCode.REQUESTED: Standard(
        sentence="When a customer asks for a visit that somebody here has to confirm, say {ways} that it came in.",
        subject="We have your request: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "thank you for asking for {{service}} with {{staff}}, {{when}}. We keep that time for you and let you"
            " know soon whether it suits us.\n\n"
            "To see or withdraw your request: {{visit_link}}"
        ),
        sms="{{business}}: we have your request for {{when}} and will let you know soon. {{visit_link}}",
    ),
    RuleCode.DECLINED: Standard(
        sentence="When a request is declined or runs out, say so {ways}.",
        subject="Your request: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "we are sorry: we could not confirm your request for {{service}}, {{when}}, and the time is free"
            " again.\n\n"
            "To find another time: {{booking_link}}"
        ),
        sms="{{business}}: sorry, we could not confirm {{when}}. Another time: {{booking_link}}",
    ),
    RuleCode.REMINDER: Standard(
        sentence="{leads} before a visit, remind people of it {ways}.",
        subject="Reminder: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "we look forward to seeing you: {{service}} with {{staff}}, {{when}}.\n\n"
            "If you have not sent us your form yet, please fill it in before your visit: {{form_link}}\n\n"
            "To see, move or call off your visit: {{visit_link}}"
        ),
        sms="{{business}}: see you on {{when}} for {{service}} with {{staff}}.\nCannot come? {{visit_link}}",
        leads=(DAY,),
    ),
    RuleCode.ATTENDANCE: Standard(
        sentence="{leads} before a visit, ask people {ways} to say that they are coming.",
        subject="Are you coming? {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "your visit is on {{when}}: {{service}} with {{staff}}. Please let us know that you are coming, or give"
            " the time back: {{visit_link}}"
        ),
        sms="{{business}}: are you coming on {{when}}? Please tell us: {{visit_link}}",
        leads=(2 * DAY,),
        enabled=False,
    ),
    RuleCode.FORM_REMINDER: Standard(
        sentence="While a form is missing, ask for it {asked}, {cap}, {ways}.",
        subject="Please fill in your form: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "before your visit ({{service}}, {{when}}) we need a form from you. It is here: {{form_link}}"
        ),
        sms="{{business}}: please fill in your form before {{when}}: {{form_link}}",
        leads=(DAY,),
        delay=DAY,
        cap=2,
    ),
    RuleCode.MOVED: Standard(
        sentence="When a visit is moved, tell people the new time {later}, {ways}.",
        subject="The new time of your booking: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "{{moved}}. The new time: {{service}} with {{staff}}, {{when}}.\n\n"
            "To see, move or call off your visit: {{visit_link}}"
        ),
        sms="{{business}}: {{moved}} to {{when}}: {{service}} with {{staff}}. {{visit_link}}",
        delay=3,
    ),
    RuleCode.CANCELLED: Standard(
        sentence="When a visit is called off, say so {later}, {ways}.",
        subject="Your booking was cancelled: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "your booking was cancelled: {{service}}, {{when}}.\n\n"
            "To find another time: {{booking_link}}"
        ),
        sms="{{business}}: your {{service}} on {{when}} was cancelled.\nAnother time: {{booking_link}}",
        delay=3,
    ),
    RuleCode.THANK_YOU: Standard(
        sentence="{after} a visit, say thank you {ways}.",
        subject="Thank you for your visit",
        body=(
            "Hello {{name}},\n\n"
            "thank you for coming to {{business}}. If anything is not as it should be, simply answer this email."
        ),
        sms="{{business}}: thank you for your visit, {{first_name}}.",
        delay=2 * 60,
        enabled=False,
        channels=(Channel.EMAIL,),
    ),
    RuleCode.NO_SHOW: Standard(
        sentence="{after} a missed visit, offer another time {ways}.",
        subject="We missed you: {{service}}, {{when}}",
        body=(
            "Hello {{name}},\n\n"
            "we missed you at your visit ({{service}}, {{when}}). To find another time: {{booking_link}}"
        ),
        sms="{{business}}: we missed you today.\nAnother time: {{booking_link}}",
        delay=60,
        enabled=False,
    ),
    RuleCode.STAFF_NOTICE: Standard(
        sentence="When something runs low or needs somebody at once, tell the admins {ways}.",
        subject="{{title}}",
        body="{{title}}\n\n{{detail}}\n\n{{link}}",
        sms="",
        about_visit=False,
        channels=(Channel.EMAIL,),
    ),
}
# What is said to contacts: a stop of all automation concerns these.
TO_CONTACTS = [code for code in STANDARDS if code.message_class != MessageClass.STAFF]
