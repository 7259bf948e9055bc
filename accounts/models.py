"""People, the business they work for, and the record of what they did."""

import zoneinfo
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from phonenumbers import SUPPORTED_REGIONS

from accounts.roles import ADMIN
from careops.core.unseen import plain_email, seen


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def taking_bookings(self):
        """Everybody who can be given new visits."""
        return self.active().filter(takes_bookings=True)

    def admins(self):
        return self.active().filter(groups__name=ADMIN)

    def for_list(self):
        """By name, each with the role as ``role_name``, which spares a list its second query."""
        role = Group.objects.filter(user=OuterRef("pk")).order_by("name").values("name")[:1]
        return self.annotate(role_name=Coalesce(Subquery(role), Value(""))).order_by(Lower("name"), "pk")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, email):
        return self.get(email=plain_email(email))

    def create_user(self, *, email, name, password=None, **values):
        """Make a person; without ``password`` they cannot sign in until they set one by link."""
        user = self.model(email=plain_email(email), name=seen(name).strip(), **values)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who works here and signs in by email."""

    email = models.EmailField(unique=True, help_text="Lower-case; also where password links go")
    name = models.CharField(max_length=120)
    is_active = models.BooleanField("active", default=True, help_text="Off: signed out at once, for good")
    takes_bookings = models.BooleanField(
        default=True, db_default=True, help_text="Off: given no new visits; those they have stay"
    )
    is_staff = models.BooleanField("may open Django admin", default=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    switched_off_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The last time; private addresses from before stay dead",
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("accounts:user_edit", args=[self.pk])

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name.split(" ")[0]

    @property
    def role(self) -> str:
        """Admin or Staff, or an empty string for someone without a role."""
        return ", ".join(sorted(group.name for group in self.groups.all()))

    @property
    def is_bookable(self) -> bool:
        """Whether they can be given new visits."""
        return self.is_active and self.takes_bookings

    @property
    def is_invited(self) -> bool:
        """Whether they work here but have still to choose a password."""
        return self.is_active and not self.has_usable_password()


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError("Choose a time zone such as Europe/London.")


def validate_regions(value: str) -> None:
    if unknown := set(_regions(value)) - SUPPORTED_REGIONS:
        raise ValidationError(f"Write countries by two letters, such as GB, IE. {min(unknown)} is none.")


def _regions(value: str) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").upper().split())


class BusinessManager(models.Manager):
    def current(self) -> "Business":
        """The business of this installation, with neutral values until somebody fills them in."""
        return self.filter(pk=1).first() or self.get_or_create(pk=1)[0]


class Business(models.Model):
    """The one business that this installation serves."""

    name = models.CharField(max_length=120, default="CareOps")
    address = models.TextField(blank=True)
    time_zone = models.CharField(max_length=60, default="Europe/London", validators=[validate_time_zone])
    currency = models.CharField(max_length=3, default="GBP", help_text="ISO 4217 code")
    email = models.EmailField(blank=True, help_text="Answers from customers go here")
    phone = models.CharField(max_length=40, blank=True)
    text_regions = models.CharField(
        max_length=120,
        blank=True,
        validators=[validate_regions],
        help_text="Countries to whose mobile numbers automatic texts go, such as GB, IE. Empty: this installation's",
    )
    activated_at = models.DateTimeField(
        null=True, blank=True, default=timezone.now, help_text="Empty: nothing automatic leaves yet"
    )

    objects = BusinessManager()

    class Meta:
        verbose_name_plural = "business"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_business")]

    def __str__(self):
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def sender(self) -> str:
        """Whom emails are from: the business by its name, at the address of this installation."""
        return formataddr((self.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))

    @property
    def texted(self) -> tuple[str, ...]:
        """The countries to whose mobile numbers automatic texts go, such as ("GB", "IE")."""
        return _regions(self.text_regions) or (settings.PHONENUMBER_DEFAULT_REGION,)

    @property
    def is_active(self) -> bool:
        """Whether automation may write to customers at all."""
        return self.activated_at is not None


class AuditEntryQuerySet(models.QuerySet):
    def about(self, *subjects: models.Model):
        keys = [subject_key(subject) for subject in subjects]
        return self.filter(subject_key__in=keys).select_related("by").order_by("-at", "-pk")


class AuditEntry(models.Model):
    """Who did what to which object, when. Written once; a contact who is forgotten loses the name here."""

    class Actor(models.TextChoices):
        STAFF = "staff", "Staff"
        CUSTOMER = "customer", "Customer"
        RULE = "rule", "Automation"
        IMPORT = "import", "Import"

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: nobody who works here",
    )
    actor = models.CharField(max_length=8, choices=Actor.choices, help_text="What kind of actor it was")
    action = models.CharField(max_length=60, help_text="Such as booking.cancelled")
    subject_key = models.CharField(max_length=60, help_text="Such as booking:42")
    subject = models.CharField(max_length=200, help_text="What it was called at the time")
    changes = models.JSONField(default=dict, help_text="Field to [before, after]")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject_key", "-at"], name="audit_by_subject")]

    def __str__(self):
        return f"{self.action} {self.subject}"


class Counter(models.Model):
    """How often something has happened lately, see `accounts.limits`."""

    key = models.CharField(max_length=80, primary_key=True, help_text="What, and a digest of who")
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="From then on it counts anew")
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="counter_by_end")]

    def __str__(self):
        return self.key


def subject_key(subject: models.Model) -> str:
    """The name of an object in audit entries, alerts and messages, such as ``booking:42``."""
    return f"{subject._meta.model_name}:{subject.pk}"
