"""What is said to contacts: one conversation each, and the messages, which are plan, outbox and log in one."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from messaging.rules import Rule


class ConversationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Conversation.Status.OPEN)

    def closed(self):
        return self.filter(status=Conversation.Status.CLOSED)

    def waiting(self):
        """Where a customer waits for an answer from a person, the longest wait first."""
        return self.open().filter(waiting_since__isnull=False).order_by("waiting_since", "pk")

    def paused(self, *, now):
        return self.filter(paused_until__gt=now)

    def for_list(self):
        """Where something has been said, the newest first."""
        begun = self.exclude(last_words="")
        return begun.select_related("contact").order_by("-last_message_at", "-pk")


class Conversation(models.Model):
    """Everything said with one contact, whatever the channel; and whether automation may speak."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    contact = models.OneToOneField("contacts.Contact", models.CASCADE, related_name="conversation")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="When the oldest unanswered message came; empty: nobody waits"
    )
    last_message_at = models.DateTimeField(default=timezone.now)
    last_words = models.CharField(max_length=120, blank=True, help_text="How the newest message begins")
    paused_until = models.DateTimeField(
        null=True, blank=True, help_text="Automation is silent until then, exclusive; empty: not paused"
    )
    paused_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["status", "-last_message_at", "-id"],
                condition=~Q(last_words=""),
                name="conversation_by_status",
            ),
            models.Index(
                fields=["waiting_since", "id"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(
                fields=["paused_until"],
                condition=Q(paused_until__isnull=False),
                name="conversation_paused",
            ),
        ]

    def __str__(self):
        return f"Conversation with {self.contact}"

    def get_absolute_url(self):
        return reverse("messaging:conversation", args=[self.contact_id])

    def is_paused(self, *, now) -> bool:
        return self.paused_until is not None and self.paused_until > now

    def note_newest(self, message: "Message", *, at) -> None:
        """Show how ``message``, said ``at``, begins in the inbox, unless something newer is shown there."""
        older = Conversation.objects.filter(pk=self.pk, last_message_at__lte=at)
        older.update(last_message_at=at, last_words=" ".join(message.body.split())[:120])


class MessageQuerySet(models.QuerySet):
    def pending(self):
        """Promised, and still to be taken back."""
        return self.filter(status__in=Message.PENDING)

    def due(self, *, now):
        return self.pending().filter(send_at__lte=now)

    def abandoned(self, *, now):
        """Taken by a worker that has not said what became of it in time."""
        return self.filter(status=Message.Status.SENDING, lease_until__lte=now)

    def failed(self):
        return self.filter(status=Message.Status.FAILED)

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

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"
        RECEIVED = "received", "Received"

    PENDING = [Status.PLANNED, Status.QUEUED]
    RETRIABLE = [Status.SENDING, Status.FAILED]
    SAID = [Status.QUEUED, Status.SENDING, Status.SENT, Status.RECEIVED]

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    rule = models.CharField(
        max_length=20, choices=Rule.choices, blank=True, help_text="Empty: typed by a person"
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
    about_key = models.CharField(max_length=60, blank=True, help_text="What it is about, such as booking:42")
    about_url = models.CharField(max_length=200, blank=True)
    send_at = models.DateTimeField(
        help_text="When it is due, or came in; after a failed try: when the next is due"
    )
    useless_after = models.DateTimeField(null=True, blank=True, help_text="Not worth sending from then on")
    status = models.CharField(max_length=10, choices=Status.choices)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is not sent, or not yet")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="While sending: when to assume the worker died"
    )
    uuid = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="The stable Message-ID"
    )
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the provider accepted it")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="in", status="received") | (Q(direction="out") & ~Q(status="received")),
                name="message_status_fits_direction",
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
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="message_leased"),
            models.Index(fields=["about_key"], condition=~Q(about_key=""), name="message_about"),
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
    def what(self) -> str:
        """What kind of message it is, in a word or two: the name of its rule, or who wrote it."""
        if self.is_automated:
            return self.get_rule_display()
        return "Incoming" if self.direction == self.Direction.IN else "Reply"

    @property
    def about(self) -> str:
        """The kind of thing it is about, such as ``booking``; empty for what a person typed."""
        return self.about_key.partition(":")[0]

    @property
    def can_be_retried(self) -> bool:
        return self.status == self.Status.FAILED

    @property
    def obeys_pause(self) -> bool:
        """A pause stops what automation sends by itself, not what a person typed or asked for."""
        return self.is_automated and self.sent_by_id is None and Rule(self.rule).obeys_pause


class WorkerBeat(models.Model):
    """The one row in which the worker says that it is alive."""

    beat_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_worker_beat")]

    def __str__(self):
        return f"Worker at {self.beat_at}"
