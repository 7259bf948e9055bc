"""One conversation with each contact, and what helps to keep it going."""

import secrets

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone

from messaging.words.rules import Channel


def new_token() -> str:
    return secrets.token_hex(8)


class Moment(Func):
    """A moment as a whole number: microseconds since 1970."""

    template = "(extract(epoch from %(expressions)s at time zone 'UTC') * 1000000)::bigint"
    output_field = models.BigIntegerField()


NO_WORDS = "(no words)"  # such as a picture alone
END_OF_TIME = 10**16  # beyond every Moment of this and the next century


class PlaceField(models.GeneratedField):
    """A number that the database computes; positions in a URL are read as such."""

    def to_python(self, value):
        return self.output_field.to_python(value)


class ConversationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=Conversation.Status.OPEN)

    def snoozed(self):
        return self.filter(status=Conversation.Status.SNOOZED)

    def closed(self):
        return self.filter(status=Conversation.Status.CLOSED)

    def waiting(self):
        """Where a customer waits for an answer from a person, the longest wait first."""
        return self.open().filter(waiting_since__isnull=False).order_by("waiting_since", "pk")

    def paused(self, *, now):
        return self.filter(Q(paused_until__gt=now) | Q(paused_until=None), paused_at__isnull=False)

    def pause_over(self, *, now):
        """Where a pause has run out and nobody has dealt with what it held back."""
        return self.filter(paused_at__isnull=False, paused_until__lte=now)

    def sleeping_until(self, *, now):
        """Snoozed, and due to come back by ``now``."""
        return self.snoozed().filter(snoozed_until__lte=now)

    def for_list(self):
        """Where something has been said: first who waits, the longest wait first; then the rest, the newest first."""
        return self.exclude(last_words="").select_related("contact", "assignee").order_by("place", "pk")


class Conversation(models.Model):
    """Everything said with one contact, whatever the channel; and whether automation may speak."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SNOOZED = "snoozed", "Snoozed"
        CLOSED = "closed", "Closed"

    contact = models.OneToOneField("contacts.Contact", models.CASCADE, related_name="conversation")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="When the oldest unanswered message came; empty: nobody waits"
    )
    last_message_at = models.DateTimeField(default=timezone.now)
    last_words = models.CharField(max_length=120, blank=True, help_text="How the newest message begins")
    snoozed_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a snoozed conversation opens again by itself; once open: when it did",
    )
    assignee = models.ForeignKey(
        "accounts.User", models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    is_unread = models.BooleanField("unread", default=False)
    paused_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a person last wrote, which silenced automation; empty: not paused",
    )
    paused_until = models.DateTimeField(
        null=True, blank=True, help_text="Exclusive; empty while paused: until somebody resumes it"
    )
    paused_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    opt_out_hint_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a message came that may be an opt-out; empty: none to decide on",
    )
    token = models.CharField(
        max_length=16, unique=True, default=new_token, editable=False, help_text="In the address for replies"
    )
    place = PlaceField(
        expression=Case(
            When(waiting_since__isnull=False, then=Moment("waiting_since")),
            default=Value(END_OF_TIME) - Moment(Greatest(F("last_message_at"), F("snoozed_until"))),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        help_text="In the inbox, the smallest first; see for_list",
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["status", "-last_message_at", "-id"],
                condition=~Q(last_words=""),
                name="conversation_by_status",
            ),
            models.Index(
                fields=["place", "id"],
                condition=Q(status="open") & ~Q(last_words=""),
                name="conversation_inbox",
            ),
            models.Index(
                fields=["assignee", "place", "id"],
                condition=Q(status="open") & ~Q(last_words=""),
                name="conversation_by_assignee",
            ),
            models.Index(
                fields=["waiting_since", "id"],
                condition=Q(status="open", waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(
                fields=["paused_until"],
                condition=Q(paused_at__isnull=False),
                name="conversation_paused",
            ),
            models.Index(
                fields=["snoozed_until"], condition=Q(status="snoozed"), name="conversation_snoozed"
            ),
            models.Index(
                fields=["opt_out_hint_at"],
                condition=Q(opt_out_hint_at__isnull=False),
                name="conversation_hint",
            ),
        ]

    def __str__(self):
        return f"Conversation with {self.contact}"

    def get_absolute_url(self):
        return reverse("messaging:conversation", args=[self.contact_id])

    def is_paused(self, *, now) -> bool:
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > now)

    def note_newest(self, words: str, *, at) -> None:
        """Show in the inbox how ``words``, said ``at``, begin, unless something newer is shown there."""
        older = Q(last_message_at__lte=at) | Q(last_words="")
        beginning = " ".join(words.split())[:120] or NO_WORDS
        Conversation.objects.filter(older, pk=self.pk).update(last_message_at=at, last_words=beginning)


class Draft(models.Model):
    """What somebody has begun to write in a conversation."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="drafts")
    by = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    channel = models.CharField(max_length=5, choices=Channel.choices)
    body = models.TextField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "by"], name="one_draft_each"),
        ]

    def __str__(self):
        return self.body[:60]


class SavedReply(models.Model):
    """An answer that is needed often, with placeholders."""

    name = models.CharField(max_length=60, unique=True)
    body = models.TextField("words", max_length=2000)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")

    class Meta:
        verbose_name_plural = "saved replies"
        ordering = ["name"]

    def __str__(self):
        return self.name
