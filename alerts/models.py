"""Things somebody should look at."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone


class AlertQuerySet(models.QuerySet):
    def unsettled(self):
        """Open or acknowledged."""
        return self.filter(status__in=Alert.UNSETTLED)

    def settled(self):
        """Resolved or dismissed: the history."""
        return self.exclude(status__in=Alert.UNSETTLED)

    def open(self):
        """What nobody has dealt with: the number on the badge."""
        return self.filter(status=Alert.Status.OPEN)

    def acknowledged(self):
        """What somebody is on."""
        return self.filter(status=Alert.Status.ACKNOWLEDGED)

    def by_urgency(self):
        """The worst first; of what is as bad what is about the earliest time, then what has waited longest."""
        return self.order_by("-severity", F("matters_at").asc(nulls_last=True), "first_seen_at", "pk")

    def ongoing(self, *, kind, source_key):
        """Alerts whose cause has not ended, settled or not; at most one matters, the newest."""
        return self.filter(kind=kind, source_key=source_key, cause_ended_at=None).order_by("-pk")

    def for_list(self):
        return self.select_related("settled_by").order_by("-last_seen_at", "-pk")


class Alert(models.Model):
    """One trouble with one cause, however often it was seen."""

    class Kind(models.TextChoices):
        LOW_STOCK = "low_stock", "Low stock"
        DELIVERY = "delivery", "Messages not delivered"
        WORKER_LATE = "worker_late", "Worker not running"
        RESTORED = "restored", "Database restored"
        UNANSWERED = "unanswered", "Message unanswered"
        HELD_REMINDER = "held_reminder", "Reminder held back"
        NOT_REMINDED = "not_reminded", "Reminder not sent"
        OPT_OUT_HINT = "opt_out_hint", "Opt-out to confirm"
        ADDRESS = "address", "Address takes no messages"
        COMPLAINT = "complaint", "Marked as spam"
        CANCEL_WORD = "cancel_word", "Answered CANCEL"
        UNREADABLE = "unreadable", "Incoming message not read"
        FORM_OVERDUE = "form_overdue", "Form overdue"
        REQUEST = "request", "Booking to confirm"
        OUTCOME_MISSING = "outcome_missing", "Outcome missing"
        DECLINED = "declined", "Invitation declined"
        NOT_INVITED = "not_invited", "Invitation not mailed"
        STRANGERS = "strangers", "Many strangers at once"

    class Severity(models.IntegerChoices):
        INFO = 1, "Information"
        WARNING = 2, "Warning"
        CRITICAL = 3, "Critical"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"
        DISMISSED = "dismissed", "Dismissed"

    UNSETTLED = [Status.OPEN, Status.ACKNOWLEDGED]

    kind = models.CharField(max_length=20, choices=Kind.choices)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.WARNING)
    source_key = models.CharField(max_length=60, help_text="What it is about, such as item:7")
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    url = models.CharField(max_length=200, help_text="The page where somebody can act")
    matters_at = models.DateTimeField(
        null=True, blank=True, help_text="The time of the visit it is about; empty: it is about none"
    )
    count = models.PositiveIntegerField(default=1, help_text="How often the cause was seen")
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="Of the last acknowledgement or end")
    settled_by = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: by itself",
    )
    settled_why = models.CharField(max_length=200, blank=True)
    cause_ended_at = models.DateTimeField(
        null=True, blank=True, help_text="A dismissed alert stays silent until its cause has ended once"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_key"],
                condition=Q(status__in=["open", "acknowledged"]),
                name="one_unsettled_alert_per_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["-last_seen_at", "-id"], name="alert_newest"),
            models.Index(fields=["id"], condition=Q(status="open"), name="alert_open"),
            models.Index(  # as `by_urgency` has them
                fields=["-severity", "matters_at", "first_seen_at", "id"],
                condition=Q(status="open"),
                name="alert_urgent",
            ),
            models.Index(
                fields=["kind", "source_key"], condition=Q(cause_ended_at=None), name="alert_ongoing"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("alerts:detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_unsettled(self) -> bool:
        return self.status in self.UNSETTLED

    @property
    def is_dismissed(self) -> bool:
        return self.status == self.Status.DISMISSED

    @property
    def was_repeated(self) -> bool:
        return self.count > 1

    @property
    def is_silent(self) -> bool:
        """Dismissed, while the trouble goes on."""
        return self.is_dismissed and self.cause_ended_at is None
