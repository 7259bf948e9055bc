"""What is on the shelf, and the ledger that explains how it came to be that much."""

import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Sum, Window
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone

from inventory import units

MINUS = "\N{MINUS SIGN}"  # as quantities have it on every page


class ItemQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def low(self):
        """Less free than the threshold; an item at its threshold is not low."""
        return self.active().filter(threshold__gt=F("on_hand") - F("reserved"))

    def search(self, text: str):
        return self.filter(Q(name__icontains=text) | Q(sku__icontains=text))

    def with_opening(self):
        """Each with the first line of its ledger as ``opening``."""
        lines = Sum("movements__quantity", filter=Q(movements__kind=Movement.Kind.OPENING))
        return self.annotate(opening=Coalesce(lines, Decimal(0)))

    def for_list(self):
        return self.order_by("-is_active", Lower("name"), "pk")

    def worst_first(self):
        """What has run out before what is running out."""
        return self.annotate(some_left=Q(on_hand__gt=0)).order_by("some_left", Lower("name"), "pk")


class Item(models.Model):
    """One thing that is kept in stock, counted in one unit."""

    name = models.CharField(max_length=120)
    sku = models.CharField("SKU", max_length=40, blank=True)
    unit = models.CharField(max_length=20, default="pcs", help_text="What one of it is: box, ml, pair")
    on_hand = models.DecimalField(
        max_digits=15, decimal_places=3, default=0, help_text="The sum of the ledger"
    )
    reserved = models.DecimalField(
        max_digits=15, decimal_places=3, default=0, help_text="The sum of the open reservations"
    )
    threshold = models.DecimalField(
        max_digits=12, decimal_places=3, default=0, help_text="Below this, an alert is raised"
    )
    is_active = models.BooleanField(
        "in use", default=True, help_text="Off: kept for its history, never alerts"
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="One more at each change")
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=0), name="threshold_is_not_negative"),
            models.UniqueConstraint(
                Lower("sku"),
                condition=~Q(sku=""),
                name="one_item_per_sku",
                violation_error_message="Another item has this SKU.",
            ),
        ]
        indexes = [models.Index(Lower("name"), "id", name="item_by_name")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("inventory:detail", args=[self.pk])

    @property
    def free(self) -> Decimal:
        """What is on hand and promised to nobody; less than nothing where too much is promised."""
        return self.on_hand - self.reserved

    @property
    def is_out(self) -> bool:
        return self.is_active and self.on_hand <= 0

    @property
    def is_short(self) -> bool:
        """Whether more is promised than there is."""
        return self.free < 0

    @property
    def is_low(self) -> bool:
        return self.is_active and self.free < self.threshold

    @property
    def is_at_threshold(self) -> bool:
        return self.is_active and self.free == self.threshold

    @property
    def missing(self) -> Decimal:
        """How much would bring it back to its threshold."""
        return max(self.threshold - self.free, Decimal(0))

    @property
    def level(self) -> int:
        """How full its bar is, from 0 to 100; the threshold stands at 25."""
        if not self.threshold:
            return 100 if self.free > 0 else 0
        return max(0, min(100, int(self.free * 25 / self.threshold)))

    def measure(self, quantity: Decimal) -> str:
        """A quantity in the unit of the item, such as ``2.5 ml`` or ``5 boxes``."""
        number = f"{quantity.normalize():f}".replace("-", MINUS)
        return f"{number} {units.of(quantity, self.unit)}"


class MovementQuerySet(models.QuerySet):
    def for_list(self):
        return self.select_related("by", "reversed_by").order_by("-pk")

    def used_for(self, source_key: str):
        """What was used for something, and not given back."""
        used = self.filter(source_key=source_key, kind=Movement.Kind.VISIT, reversed_by=None)
        return used.order_by("item_id", "pk")


class Movement(models.Model):
    """One line of the ledger. Lines are never edited: a mistake is put right by another line."""

    class Kind(models.TextChoices):
        OPENING = "opening", "Opening stock"
        RECEIVE = "receive", "Received"
        USE = "use", "Used"
        VISIT = "visit", "Used for a visit"
        WASTE = "waste", "Wasted"
        RETURN = "return", "Given back"
        COUNT = "count", "Counted"
        REVERSAL = "reversal", "Put right"

    BY_HAND = [Kind.RECEIVE, Kind.USE, Kind.WASTE, Kind.RETURN, Kind.COUNT]

    item = models.ForeignKey(Item, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.DecimalField(
        max_digits=15, decimal_places=3, help_text="What changed: more is positive"
    )
    balance_after = models.DecimalField(max_digits=15, decimal_places=3)
    reason = models.CharField(max_length=200, blank=True)
    source_key = models.CharField(max_length=60, blank=True, help_text="What it was for, such as booking:42")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        help_text="The line that this one puts right",
    )
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    once = models.UUIDField(
        null=True, blank=True, unique=True, editable=False, help_text="The token of the form that made it"
    )

    objects = MovementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["item", "-id"], name="ledger_of_item"),
            models.Index(fields=["source_key"], condition=~Q(source_key=""), name="ledger_by_source"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.quantity:+}"

    def get_absolute_url(self):
        return self.item.get_absolute_url()

    @property
    def typed(self) -> Decimal:
        """The quantity that somebody has typed: what came or went, and of a count, what is there."""
        return self.balance_after if self.kind == self.Kind.COUNT else self.amount

    @property
    def amount(self) -> Decimal:
        return abs(self.quantity)

    @property
    def takes_away(self) -> bool:
        return self.quantity < 0

    @property
    def is_reversible(self) -> bool:
        """Whether somebody wrote it by hand and it has changed something. Reads ``reversed_by``."""
        return self.kind in self.BY_HAND and bool(self.quantity) and not hasattr(self, "reversed_by")


class ReservationQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def of(self, source_key: str):
        return self.filter(source_key=source_key)

    def by_due(self):
        """The next first, each with how much of its item is promised until then, itself included, as ``so_far``.

        What is filtered out before does not count.
        """
        so_far = Window(Sum("quantity"), partition_by="item_id", order_by=["due_at", "pk"])
        return self.annotate(so_far=so_far).order_by("due_at", "pk")

    def unmet(self):
        """Open ones for which there will not be enough, if nothing arrives; the next first."""
        return self.open().by_due().filter(so_far__gt=F("item__on_hand"))

    def run_outs(self) -> dict[int, datetime.datetime]:
        """When there will not be enough of an item for the first time, by its primary key."""
        rows = self.unmet().values_list("item_id", "due_at")
        return dict(reversed(list(rows)))  # of several the first one stays


class Reservation(models.Model):
    """Stock that is promised to something to come, such as a visit. Closed, it stays: it is what was promised."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="reservations")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    source_key = models.CharField(max_length=60, help_text="What it is for, such as booking:42")
    due_at = models.DateTimeField(help_text="When it will be used")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="Used or given up; empty: open")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_key", "item"], name="one_reservation_per_source"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_is_of_something"),
        ]
        indexes = [
            models.Index(fields=["item", "due_at"], condition=Q(closed_at=None), name="open_reservations")
        ]

    def __str__(self):
        return f"{self.item.measure(self.quantity)} of {self.item}"
