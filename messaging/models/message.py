"""Messages: each row is plan, outbox entry and log line of one message in one."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from messaging.models.conversation import Conversation
from messaging.models.links import links_field
from messaging.models.usefulness import USEFUL_FIRST
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, MessageClass, RuleCode

HELD = [Reason.PAUSED, Reason.PAUSED_OPEN]


class MessageQuerySet(models.QuerySet):
    def pending(self):
        """Promised, and still to be taken back."""
        return self.filter(status__in=Message.PENDING)

    def due(self, *, now):
        return self.pending().filter(send_at__lte=now)

    def abandoned(self, *, now):
        """Taken by a worker that has not said what became of it in time."""
        return self.filter(status=Message.Status.SENDING, lease_until__lte=now)

    def undelivered(self):
        """What did not arrive, or may not have."""
        return self.filter(status__in=Message.UNDELIVERED)

    def held(self):
        """Skipped because of a pause: what is still of use leaves when that ends."""
        return self.filter(status=Message.Status.SKIPPED, reason_code__in=HELD)

    def unsent(self):
        """What may still leave: planned, held back, or worth another try."""
        return self.filter(status__in=[*Message.PENDING, *Message.RETRIABLE]) | self.held()

    def replies(self):
        """What people typed to the contact and what left, or is about to."""
        return self.outbox().filter(rule="", status__in=Message.SAID)

    def outbox(self):
        """What left, or should have, or still will; without what came in."""
        return self.filter(direction=Message.Direction.OUT)

    def for_list(self):
        return self.select_related("conversation__contact", "sent_by").order_by("-send_at", "-pk")

    def planned(self):
        return self.filter(status=Message.Status.PLANNED)

    def for_thread(self):
        return self.select_related("sent_by").order_by("-send_at", "-pk")


class Message(models.Model):
    """One message, from the plan to send it to what became of it; or one that came in."""

    class Direction(models.TextChoices):
        IN = "in", "From the contact"
        OUT = "out", "To the contact"
        NOTE = "note", "Among colleagues"

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        BOUNCED = "bounced", "Bounced"
        UNKNOWN = "unknown", "Unknown"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"
        RECEIVED = "received", "Received"
        NOTED = "noted", "Noted"

    PENDING = [Status.PLANNED, Status.QUEUED]
    RETRIABLE = [Status.SENDING, Status.FAILED, Status.UNKNOWN]
    UNDELIVERED = [Status.FAILED, Status.BOUNCED, Status.UNKNOWN]
    LEFT = [Status.SENT, Status.DELIVERED, Status.BOUNCED]
    SAID = [Status.QUEUED, Status.SENDING, *LEFT, Status.RECEIVED]

    conversation = models.ForeignKey(
        Conversation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        help_text="Empty: to somebody who works here",
    )
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.OUT)
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL)
    address = models.CharField(
        max_length=254, blank=True, help_text="Where it went or came from; empty: not decided yet"
    )
    via = models.CharField(
        max_length=254, blank=True, help_text="The address that sent it for them, such as that of a web form"
    )
    rule = models.CharField(
        max_length=20, choices=RuleCode.choices, blank=True, help_text="Empty: typed by a person"
    )
    key = models.CharField(
        max_length=100,
        unique=True,
        null=True,
        blank=True,
        help_text="Rule, subject and occasion: one message each",
    )
    sent_by = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who typed it or asked for it; empty: the customer, or automation by itself",
    )
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    sms = models.TextField("SMS", blank=True, help_text="What is said where it goes by SMS; empty: the body")
    links_to = links_field()
    calendar = models.TextField(
        blank=True, help_text="The visit as a calendar file (iCalendar), which goes along with an email"
    )
    by_customer = models.BooleanField(default=False, help_text="It answers what the contact has just done")
    is_machine = models.BooleanField(default=False, help_text="Came from a machine, so nobody answers it")
    about_key = models.CharField(max_length=60, blank=True, help_text="What it is about, such as booking:42")
    about_url = models.CharField(max_length=200, blank=True)
    send_at = models.DateTimeField(
        help_text="When it is due, or came in; after a failed try: when the next is due"
    )
    useless_after = models.DateTimeField(null=True, blank=True, help_text="Not worth sending from then on")
    status = models.CharField(max_length=10, choices=Status.choices)
    reason_code = models.CharField(
        max_length=16, choices=[(code.value, code.value) for code in Reason], blank=True
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is not sent, or not yet")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="While sending: when to assume the worker died"
    )
    uuid = models.UUIDField(
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text="Its stable Message-ID, and idempotency key",
    )
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )
    waited_since = models.DateTimeField(
        null=True, blank=True, help_text="When the oldest message that a reply answers came"
    )
    provider_id = models.CharField(max_length=200, blank=True, help_text="What the provider calls it")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the provider accepted it")
    reported_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider told what became of it"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="in", status="received")
                | Q(direction="note", status="noted")
                | (Q(direction="out") & ~Q(status__in=["received", "noted"])),
                name="message_status_fits_direction",
            ),
            models.CheckConstraint(
                condition=Q(conversation__isnull=False) | ~Q(address=""), name="message_goes_somewhere"
            ),
            models.UniqueConstraint(
                fields=["channel", "direction", "provider_id"],
                condition=~Q(provider_id=""),
                name="one_message_per_provider_id",
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(lease_until__isnull=False), name="sending_has_a_lease"
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "-send_at", "-id"], name="message_thread"),
            models.Index(fields=["-send_at", "-id"], condition=Q(direction="out"), name="message_outbox"),
            models.Index(
                fields=["status", "-send_at", "-id"], condition=Q(direction="out"), name="message_by_status"
            ),
            models.Index(
                fields=["send_at", "id"], condition=Q(status__in=["planned", "queued"]), name="message_due"
            ),
            models.Index(
                *USEFUL_FIRST, condition=Q(status__in=["planned", "queued"]), name="message_useful_first"
            ),
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="message_leased"),
            models.Index(
                fields=["rule", "-sent_at"], condition=Q(sent_at__isnull=False), name="message_last_of_rule"
            ),
            models.Index(fields=["about_key"], condition=~Q(about_key=""), name="message_about"),
            models.Index(
                fields=["conversation"],
                condition=Q(status="skipped", reason_code__in=["paused", "paused_open"]),
                name="message_held",
            ),
        ]

    def __str__(self):
        return self.subject or self.body[:60]

    def get_absolute_url(self):
        return reverse("messaging:message", args=[self.pk])

    @property
    def is_automated(self) -> bool:
        return bool(self.rule)

    @property
    def is_pending(self) -> bool:
        return self.status in self.PENDING

    @property
    def is_held(self) -> bool:
        return self.status == self.Status.SKIPPED and self.reason_code in HELD

    @property
    def what(self) -> str:
        """What kind of message it is, in a word or two: the name of its rule, or who wrote it."""
        if self.is_automated:
            return self.get_rule_display()
        return {self.Direction.IN: "Incoming", self.Direction.NOTE: "Note"}.get(self.direction, "Reply")

    @property
    def to(self) -> str:
        """Whom it concerns: the contact, or the address of somebody who works here."""
        return str(self.conversation.contact) if self.conversation else self.address

    @property
    def words(self) -> str:
        """What is said, in the words of its channel."""
        return self.sms if self.channel == Channel.SMS and self.sms else self.body

    @property
    def message_class(self) -> MessageClass:
        return RuleCode(self.rule).message_class if self.rule else MessageClass.HUMAN

    @property
    def about(self) -> str:
        """The kind of thing it is about, such as ``booking``; empty for what a person typed."""
        return self.about_key.partition(":")[0]

    @property
    def can_be_retried(self) -> bool:
        return self.status in self.UNDELIVERED

    @property
    def obeys_pause(self) -> bool:
        """A pause stops what automation sends by itself, not what a person typed or asked for."""
        return self.is_automated and self.sent_by_id is None and RuleCode(self.rule).obeys_pause
