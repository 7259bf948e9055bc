"""What is offered, and what a visit of it uses up."""

import datetime
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse

from bookings.models.terms import Terms


class ServiceQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def for_customers(self):
        """Those that customers can book by themselves."""
        return self.active().filter(is_public=True).order_by(Lower("name"), "pk")

    def for_list(self):
        return self.order_by("-is_active", Lower("name"), "pk")

    def with_parts(self):
        """Each with names: ``who`` performs it (nobody: everybody), the ``forms`` it asks for, what it ``uses``."""
        this = OuterRef("pk")
        people = Service.performers.through.objects.filter(service=this).order_by("user__name")
        forms = Service.intake_forms.through.objects.filter(service=this).order_by("intakeform__name")
        materials = ServiceMaterial.objects.filter(service=this).order_by("item__name")
        return self.annotate(
            who=ArraySubquery(people.values("user__name")),
            forms=ArraySubquery(forms.values("intakeform__name")),
            uses=ArraySubquery(materials.values("item__name")),
        )


class Service(Terms):
    """Something a contact can be booked for."""

    name = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField(
        "length", validators=[MinValueValidator(5), MaxValueValidator(24 * 60)], help_text="In minutes"
    )
    intake_forms = models.ManyToManyField(
        "bookings.IntakeForm",
        blank=True,
        related_name="services",
        help_text="What a contact fills in before the visit",
    )
    is_active = models.BooleanField("can be booked", default=True)
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            *Terms.Meta.constraints,
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=1440), name="service_length_is_sane"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("bookings:service_edit", args=[self.pk])

    @property
    def length(self) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.minutes)


class ServiceMaterial(models.Model):
    """How much of an item one visit uses, as a rule: a line of the recipe of a service."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="materials")
    item = models.ForeignKey("inventory.Item", models.PROTECT, related_name="+")
    quantity = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text="In the unit of the item",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "item"], name="one_line_per_material"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="material_is_used"),
        ]

    def __str__(self):
        return f"{self.item.measure(self.quantity)} of {self.item}"
