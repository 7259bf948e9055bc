"""The outside world as it behaves: how each channel's provider is doing, and what providers told us."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from messaging.words.rules import Channel


class Provider(models.Model):
    """How the provider of a channel is doing; while its circuit is open, nothing is handed to it."""

    channel = models.CharField(max_length=5, choices=Channel.choices, unique=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, that were the provider's")
    open_until = models.DateTimeField(
        null=True, blank=True, help_text="Nothing is handed over before then; empty: all is well"
    )
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When it last took a message")
    failed_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=250, blank=True, help_text="What it said when it last failed")

    def __str__(self):
        return f"Provider of {self.get_channel_display()}"


class WebhookEvent(models.Model):
    """What a provider told us, as it came; the worker makes something of it. Each event is stored once."""

    class Kind(models.TextChoices):
        INBOUND = "inbound", "A message from a contact"
        REPORT = "report", "What became of a message of ours"
        CALENDAR = "calendar", "What a calendar answers"
        POSTED = "posted", "Something that nobody has read yet"

    channel = models.CharField(max_length=5, choices=Channel.choices)
    event_id = models.CharField(max_length=200, help_text="The provider's own")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    payload = models.JSONField()
    raw = models.BinaryField(null=True, blank=True, help_text="As it was posted; empty: it has been read")
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True, help_text="Why nothing could be made of it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "event_id"], name="each_event_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(processed_at=None), name="event_unprocessed"),
            models.Index(fields=["received_at"], name="event_by_age"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} by {self.get_channel_display()}"
