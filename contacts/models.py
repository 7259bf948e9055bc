"""The clients of the business."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone

from careops.core.search import Searchable, distance, matching
from careops.core.unseen import plain_email
from contacts import phones


class ContactQuerySet(models.QuerySet):
    SEARCH_LIMIT = 200

    def for_list(self):
        return self.defer("notes", "searchable").order_by("-pk")

    def search(self, text: str):
        """Up to SEARCH_LIMIT contacts that match, the closest first.

        Every word must occur in name or email, one or two letters at the beginning of a word; three or more digits
        are looked up in the phone number. The limit comes before the sort, so that a common word costs no more than
        a rare one.
        """
        hits = self.filter(matching(text, column="searchable"))
        first_hits = hits.order_by().values("pk")[: self.SEARCH_LIMIT]
        closest = distance(text, column="searchable", digits_column="phone_digits")
        return self.filter(pk__in=first_hits).order_by(closest, "-pk")

    def sharing_address(self, *, email: str, phone: str):
        """Those with the same email address or phone number, however it is written."""
        same = Q()
        if email := plain_email(email):
            same |= Q(email=email)
        if number := phones.comparable(phone):
            same |= Q(phone_digits=number)
        return self.filter(same) if same else self.none()


class Contact(models.Model):
    """A person the business serves."""

    class Stage(models.TextChoices):
        NEW = "new", "New"
        CONTACTED = "contacted", "Contacted"
        BOOKED = "booked", "Booked"
        LOST = "lost", "Lost"

    class Source(models.TextChoices):
        STAFF = "staff", "Added by staff"
        FORM = "form", "Contact form"
        INBOUND = "inbound", "Wrote to us"
        BOOKING = "booking", "Booked a visit"
        IMPORT = "import", "Imported"

    FROM_OUTSIDE = [Source.FORM, Source.INBOUND, Source.BOOKING]

    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True, help_text="Lower-case. Several people may share one")
    phone = models.CharField(max_length=40, blank=True, help_text="As it was typed")
    phone_e164 = models.CharField(
        max_length=16, blank=True, help_text="Such as +442079460000; empty if unclear"
    )
    phone_digits = models.CharField(max_length=40, blank=True, help_text="What a search by number looks at")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.NEW)
    source = models.CharField(
        max_length=8, choices=Source.choices, default=Source.STAFF, help_text="How they became a contact"
    )
    notes = models.TextField(blank=True, help_text="Seen by the people who work here only")
    is_blocked = models.BooleanField("blocked", default=False, help_text="Automation does not write to them")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )
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
            models.Index(fields=["email"], condition=~Q(email=""), name="contact_by_email"),
            models.Index(fields=["phone_digits"], condition=~Q(phone_digits=""), name="contact_by_phone"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("contacts:detail", args=[self.pk])

    def clean(self):
        if not self.email and not self.phone:
            raise ValidationError("Enter an email address or a phone number.")

    def validate_constraints(self, exclude=None):
        """Nothing: `clean` has looked at the one there is, without a question to the database."""
