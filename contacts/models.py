"""The clients of the business."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, Func, Q, Value, When
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone


class Searchable(Func):
    """Text as the search compares it: lower case, without accents. The first migration makes the function."""

    function = "careops_searchable"
    output_field = models.TextField()


class ContactQuerySet(models.QuerySet):
    SEARCH_LIMIT = 200

    def for_list(self):
        return self.order_by("-pk")

    def search(self, text: str):
        """Up to SEARCH_LIMIT contacts that match, those whose name begins with ``text`` first.

        Every word must occur in name or email; three or more digits are looked up in the phone number. The
        limit comes before the sort, so that a common word costs no more than a rare one.
        """
        digits = "".join(character for character in text if character.isdigit())
        if len(digits) >= 3 and not any(character.isalpha() for character in text):
            hits = self.filter(searchable__contains=digits.lstrip("0"))
        else:
            hits = self
            for word in text.split():
                hits = hits.filter(searchable__contains=Searchable(Value(word)))
        closeness = Case(When(searchable__startswith=Searchable(Value(text.strip())), then=0), default=1)
        first_hits = hits.order_by().values("pk")[: self.SEARCH_LIMIT]
        return self.filter(pk__in=first_hits).order_by(closeness, "-pk")


class Contact(models.Model):
    """A person the business serves."""

    class Stage(models.TextChoices):
        NEW = "new", "New"
        CONTACTED = "contacted", "Contacted"
        BOOKED = "booked", "Booked"
        LOST = "lost", "Lost"

    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True, help_text="Lower-case. Several people may share one")
    phone = models.CharField(max_length=40, blank=True, help_text="As it was typed")
    phone_e164 = models.CharField(
        max_length=16, blank=True, help_text="Such as +442079460000; empty if unclear"
    )
    phone_digits = models.CharField(max_length=40, blank=True, help_text="What a search by number looks at")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.NEW)
    notes = models.TextField(blank=True, help_text="Seen by the people who work here only")
    created_at = models.DateTimeField(default=timezone.now)
    searchable = models.GeneratedField(
        expression=Searchable(
            Concat("name", Value(" "), "email", Value(" "), "phone_digits", output_field=models.TextField())
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone=""),
                name="contact_has_email_or_phone",
                violation_error_message="Enter an email address or a phone number.",
            ),
        ]
        indexes = [
            GinIndex(OpClass("searchable", name="gin_trgm_ops"), name="contact_search"),
            models.Index(fields=["stage", "-id"], name="contact_by_stage"),
            models.Index(fields=["-created_at"], name="contact_newest"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("contacts:detail", args=[self.pk])
