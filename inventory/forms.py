"""What people may type about stock."""

from decimal import Decimal

from django import forms

from careops.core.once import OnceField
from careops.core.unseen import VisibleField
from careops.core.versions import VersionField
from inventory.models import Item, Movement
from inventory.services.ledger import MOST


class QuantityField(forms.DecimalField):
    """An amount of something: zero or more, with three decimal places at most."""

    default_error_messages = {
        "invalid": "Enter a number.",
        "min_value": "Enter zero or more.",
        "max_value": "That is more than can be kept track of.",
        "max_decimal_places": "Enter three decimal places at most.",
    }

    def __init__(self, **options):
        super().__init__(**{"min_value": 0, "max_value": MOST, "decimal_places": 3} | options)

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class ItemForm(forms.ModelForm):
    """What an item is."""

    threshold = QuantityField(
        initial=0, help_text="Below this, an alert is raised. Zero: this item never alerts."
    )

    class Meta:
        model = Item
        fields = ["name", "sku", "unit", "threshold"]
        field_classes = dict.fromkeys(["name", "sku", "unit"], VisibleField)
        help_texts = {"sku": "Your own code or the supplier’s. No two items share one."}

    def clean(self):
        """Tell at its field that a SKU is taken; where somebody is faster than this look, the service refuses."""
        cleaned = super().clean()
        sku, once = cleaned.get("sku"), cleaned.get("once")
        taken = Item.objects.exclude(pk=self.instance.pk).filter(sku__iexact=sku).first() if sku else None
        if taken and once and taken.once == once:
            self.instance = taken  # sent again: it is no other item, but the one that this form has made
        elif taken:
            self.add_error("sku", "Another item has this SKU.")
        return cleaned


class ItemCreateForm(ItemForm):
    once = OnceField()
    on_hand = QuantityField(label="On hand now", initial=0, help_text="Becomes the first line of the ledger.")

    field_order = ["name", "sku", "unit", "on_hand", "threshold"]


class ItemEditForm(ItemForm):
    version = VersionField()

    class Meta(ItemForm.Meta):
        fields = [*ItemForm.Meta.fields, "is_active"]
        labels = {"is_active": "In use"}


class AdjustForm(forms.Form):
    """What happened to the stock of one item."""

    KINDS = [Movement.Kind.RECEIVE, Movement.Kind.USE, Movement.Kind.WASTE, Movement.Kind.COUNT]

    kind = forms.TypedChoiceField(
        label="What happened",
        choices=[(kind, kind.label) for kind in KINDS],
        coerce=Movement.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happened."},
    )
    quantity = QuantityField(label="Quantity", help_text="For a count: how much is there.")
    reason = VisibleField(required=False, max_length=200)
    once = OnceField()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("quantity") == 0 and cleaned.get("kind") != Movement.Kind.COUNT:
            self.add_error("quantity", "Enter more than zero.")
        return cleaned
