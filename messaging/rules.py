"""The rules of automation: what each one sends, and what may hold it back."""

from django.db import models


class MessageClass(models.TextChoices):
    """Why a message is sent decides what may hold it back."""

    RECEIPT = "receipt", "Answers something just done"  # goes out even while automation is paused
    CLOCK = "clock", "Sent by the clock"
    RELATIONSHIP = "relationship", "Keeps in touch"


class Rule(models.TextChoices):
    WELCOME = "welcome", "Welcome"
    CONFIRMATION = "confirmation", "Confirmation"
    REMINDER = "reminder", "Reminder"
    FORM_REMINDER = "form_reminder", "Form reminder"
    MOVED = "moved", "Move notice"
    CANCELLED = "cancelled", "Cancellation notice"

    @property
    def message_class(self) -> MessageClass:
        return _CLASSES[self]

    @property
    def obeys_pause(self) -> bool:
        return self.message_class != MessageClass.RECEIPT


_CLASSES = {
    Rule.WELCOME: MessageClass.RELATIONSHIP,
    Rule.CONFIRMATION: MessageClass.RECEIPT,
    Rule.REMINDER: MessageClass.CLOCK,
    Rule.FORM_REMINDER: MessageClass.CLOCK,
    Rule.MOVED: MessageClass.RECEIPT,
    Rule.CANCELLED: MessageClass.RECEIPT,
}
