"""Consent, which belongs to a number or an email address and not to a contact: a family may share one."""

import datetime
import secrets

from django.db import models
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from messaging.words.rules import Channel


def new_token() -> str:
    return secrets.token_urlsafe(18)


def addresses_of(contact) -> dict[Channel, str]:
    """Where messages to a contact go, by each channel; empty where there is no address."""
    return {Channel.EMAIL: contact.email, Channel.SMS: contact.phone_e164}


class AddressQuerySet(models.QuerySet):
    def of(self, contact):
        """What is known about the addresses of a contact; an address never used or refused has no row."""
        return self.of_all([contact])

    def of_all(self, contacts):
        emails = {contact.email for contact in contacts} - {""}
        numbers = {contact.phone_e164 for contact in contacts} - {""}
        return self.filter(
            models.Q(channel=Channel.EMAIL, value__in=emails)
            | models.Q(channel=Channel.SMS, value__in=numbers)
        )

    def with_evidence(self):
        """Each with how its state came about, as ``evidence``; None: nobody has said anything about it."""
        newest = ConsentChange.objects.filter(address=models.OuterRef("pk")).order_by("-at", "-pk")
        said = JSONObject(source="source", words="words", at="at", by="by__name")
        return self.annotate(evidence=models.Subquery(newest.values(said=said)[:1]))


class Address(models.Model):
    """An email address or a number: whether its owner wants to hear from us, and whether it takes messages."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Never asked"
        ALLOWED = "allowed", "Allowed"
        VISITS = "visits", "Visits only"
        REFUSED = "refused", "Refused"

    channel = models.CharField(max_length=5, choices=Channel.choices)
    value = models.CharField(max_length=254, help_text="Email in lower case, or number as E.164")
    state = models.CharField(max_length=8, choices=State.choices, default=State.UNKNOWN)
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="When it was found not to exist")
    bounce_words = models.CharField(max_length=200, blank=True, help_text="What the provider said then")
    token = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False, help_text="Of its preferences page"
    )

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["channel", "value"], name="one_row_per_address"),
        ]

    def __str__(self):
        return self.value

    @property
    def wants_visits_only(self) -> bool:
        return self.state == self.State.VISITS

    @property
    def is_refused(self) -> bool:
        return self.state == self.State.REFUSED

    @property
    def has_bounced(self) -> bool:
        return self.bounced_at is not None

    @property
    def evidence_source(self) -> str:
        return ConsentChange.Source(self.evidence["source"]).label

    @property
    def evidence_at(self) -> datetime.datetime | None:
        return parse_datetime(self.evidence["at"])


class ConsentChange(models.Model):
    """The evidence for a change of an address's state: who said what, where and when. Never changed."""

    class Source(models.TextChoices):
        MESSAGE = "message", "A message from them"
        PREFERENCES = "preferences", "The preferences page"
        UNSUBSCRIBE = "unsubscribe", "The unsubscribe button of a mail program"
        PROVIDER = "provider", "The provider"
        STAFF = "staff", "Noted by staff"
        FORM = "form", "A public form"

    address = models.ForeignKey(Address, models.CASCADE, related_name="changes")
    state = models.CharField(max_length=8, choices=Address.State.choices)
    source = models.CharField(max_length=12, choices=Source.choices)
    words = models.CharField(max_length=500, blank=True, help_text="What they wrote, or what they were shown")
    by = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the owner of the address, or the provider",
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.address}: {self.get_state_display()}"
