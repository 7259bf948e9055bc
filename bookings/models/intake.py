"""Intake forms: what is asked before a visit, whom it was asked of, and what they answered.

A form has versions, so that an answer always stands beside the question it answered.
"""

import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from bookings.models.booking import Booking, new_key

DUE_BEFORE = datetime.timedelta(hours=24)  # the visit, or, when it was booked later than that,
DUE_WITHIN = datetime.timedelta(hours=48)  # of sending
EXPIRES_AFTER = datetime.timedelta(days=7)  # the visit
FIGURES_OF = datetime.timedelta(days=90)


class IntakeFormQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def with_figures(self, *, now: datetime.datetime):
        """Each with ``asked`` and ``answered`` of the last 90 days, and with ``waiting`` and ``overdue`` of today."""
        request = "versions__requests"
        lately = Q(**{f"{request}__created_at__gte": now - FIGURES_OF, f"{request}__covered_by": None})
        waits = Q(**{f"{request}__status__in": IntakeRequest.UNFINISHED, f"{request}__covered_by": None})
        waits &= Q(**{f"{request}__booking__status__in": Booking.UNDER_WAY})
        late = Q(**{f"{request}__due_at__lte": now})
        wanted = Q(
            **{f"{request}__status__in": [*IntakeRequest.UNFINISHED, *IntakeRequest.ANSWERED, "expired"]}
        )
        answered = Q(**{f"{request}__status__in": IntakeRequest.ANSWERED})
        return self.annotate(
            asked=Count(request, filter=lately & wanted),
            answered=Count(request, filter=lately & answered),
            waiting=Count(request, filter=waits),
            overdue=Count(request, filter=waits & late),
        )

    def for_list(self):
        return self.order_by("-is_active", Lower("name"), "pk")


class IntakeForm(models.Model):
    """A set of questions that contacts answer before a visit; the questions stand in its versions."""

    name = models.CharField(max_length=80, unique=True)
    is_active = models.BooleanField("in use", default=True, help_text="Off: asked of nobody new")
    valid_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="How long an answer stands for later visits as well; empty: it is asked each time",
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")
    created_at = models.DateTimeField(default=timezone.now)
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = IntakeFormQuerySet.as_manager()

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("bookings:intake_form", args=[self.pk])

    @property
    def rate(self) -> int | None:
        """Answers in percent of what was asked, where `IntakeFormQuerySet.with_figures` counted; None: nothing was."""
        return round(100 * self.answered / self.asked) if self.asked else None


class IntakeVersionQuerySet(models.QuerySet):
    def in_use(self):
        """Without drafts, the newest first."""
        return self.exclude(published_at=None).order_by("-number")


class IntakeVersion(models.Model):
    """The words of a form from some day on. One that was never published is a draft; the others never change."""

    form = models.ForeignKey(IntakeForm, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    introduction = models.TextField(blank=True)
    questions = models.JSONField(
        default=list, help_text="In order; what each one holds is said in bookings.intake.questions"
    )
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="Asked from then on; empty: a draft, of which a form has one at most"
    )
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = IntakeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "number"], name="one_intake_version_per_number"),
            models.UniqueConstraint(
                fields=["form"], condition=models.Q(published_at=None), name="one_intake_draft_per_form"
            ),
        ]

    def __str__(self):
        return f"{self.form}, version {self.number}"


MISSING = models.Q(status__in=["planned", "sent", "opened", "started"], covered_by=None)


class IntakeRequestQuerySet(models.QuerySet):
    def unfinished(self):
        """The contact can still answer, and has not."""
        return self.filter(status__in=IntakeRequest.UNFINISHED)

    def missing(self):
        """Asked for and not here, other than along with another visit."""
        return self.unfinished().filter(covered_by=None)

    def missing_for(self, booking: Booking) -> list["IntakeRequest"]:
        """What the contact has not answered yet for a visit, the most urgent first."""
        return list(self.filter(booking=booking).missing().for_list()) if booking.pk else []

    def open_for(self, booking: Booking) -> list["IntakeRequest"]:
        """What the contact can fill in for a visit, the most urgent first.

        Where nobody has checked who booked it, what is on file is among it: that is not told there.
        """
        if not booking.is_unverified:
            return self.missing_for(booking)
        status = IntakeRequest.Status
        return list(
            self.filter(booking=booking, status__in=[*IntakeRequest.UNFINISHED, status.SATISFIED]).for_list()
        )

    def waiting(self):
        """Missing for a visit that is neither over nor called off."""
        return self.missing().filter(booking__status__in=Booking.UNDER_WAY)

    def overdue(self, *, now):
        return self.waiting().filter(due_at__lte=now)

    def for_list(self):
        return self.select_related("version__form", "contact", "booking__service", "booking__staff").order_by(
            "due_at", "pk"
        )


class IntakeRequest(models.Model):
    """One form asked of one contact for one visit."""

    class Status(models.TextChoices):  # what may follow what: `bookings.intake.states`
        PLANNED = "planned", "Not sent yet"
        SENT = "sent", "Sent"
        OPENED = "opened", "Opened"
        STARTED = "started", "Begun"
        SUBMITTED = "submitted", "Submitted"
        REVIEWED = "reviewed", "Reviewed"
        WAIVED = "waived", "Waived"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"
        SATISFIED = "satisfied", "On file"

    UNFINISHED = [Status.PLANNED, Status.SENT, Status.OPENED, Status.STARTED]
    ANSWERED = [Status.SUBMITTED, Status.REVIEWED]

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="intake_requests")
    contact = models.ForeignKey("contacts.Contact", models.CASCADE, related_name="intake_requests")
    version = models.ForeignKey(IntakeVersion, models.PROTECT, related_name="requests")
    covered_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="covers",
        help_text="The request of another visit whose answer stands for this one as well",
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PLANNED)
    status_since = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was waived or withdrawn")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    answers = models.JSONField(default=dict, help_text="Question to answer, as far as it has come")
    rev = models.PositiveIntegerField(default=1, help_text="One more each time answers are saved")
    key = models.CharField(max_length=20, unique=True, default=new_key, editable=False)
    link_no = models.PositiveSmallIntegerField(
        default=1, editable=False, help_text="One more makes every link sent so far useless"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = IntakeRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booking", "version"], name="asked_once_per_visit"),
        ]
        indexes = [
            models.Index(fields=["status", "due_at", "id"], name="intake_by_status"),
            models.Index(fields=["contact", "-id"], name="intake_of_contact"),
            # What is missing is little, however much was ever asked.
            models.Index(fields=["due_at", "id"], condition=MISSING, name="intake_missing"),
            models.Index(fields=["booking"], condition=MISSING, name="intake_missing_for_visit"),
        ]

    def __str__(self):
        return f"{self.version.form} of {self.contact}"

    def get_absolute_url(self):
        return reverse("bookings:intake_request", args=[self.pk])

    @property
    def is_unfinished(self) -> bool:
        return self.status in self.UNFINISHED

    @property
    def is_open(self) -> bool:
        """Whether the contact can fill it in, see `IntakeRequestQuerySet.open_for`."""
        on_file = self.status == self.Status.SATISFIED
        return self.is_unfinished or (on_file and self.booking.is_unverified)

    def is_overdue(self, *, now: datetime.datetime) -> bool:
        """What `IntakeRequestQuerySet.overdue` looks for, besides the visit."""
        return self.is_unfinished and self.covered_by_id is None and self.due_at <= now

    @property
    def expires_at(self) -> datetime.datetime:
        """When its link stops working."""
        return self.booking.starts_at + EXPIRES_AFTER


class IntakeSubmission(models.Model):
    """Answers as they were submitted; sent again, the earlier ones stay."""

    request = models.ForeignKey(IntakeRequest, models.CASCADE, related_name="submissions")
    version = models.ForeignKey(
        IntakeVersion, models.PROTECT, related_name="+", help_text="The questions as they were asked"
    )
    answers = models.JSONField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who filled it in for the contact; empty: the contact",
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.request}, {self.at:%d %b %Y}"


class IntakeFile(models.Model):
    """A file that answers a question. It lies in the database, since web servers keep nothing of their own."""

    request = models.ForeignKey(IntakeRequest, models.CASCADE, related_name="files")
    question = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="In bytes")
    content = models.BinaryField()
    uploaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.name
