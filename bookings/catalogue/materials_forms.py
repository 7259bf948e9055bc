"""What may be typed about what visits use up."""

from decimal import Decimal
from functools import cached_property

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import subject_key
from bookings.catalogue import materials
from bookings.models import Booking, Service
from inventory.forms import QuantityField
from inventory.models import Item, Reservation

SPARE_LINES = 3  # whoever needs more saves and goes on
MOST_LINES = 30
MOST_OF_ONE = 100_000  # in the unit of the item: a visit hardly uses more


def _amount(**options) -> QuantityField:
    return QuantityField(
        max_value=MOST_OF_ONE,
        required=False,
        error_messages={"max_value": "No visit uses that much."},
        widget=forms.NumberInput(
            attrs={"step": "any", "min": "0", "inputmode": "decimal", "class": "form-control"}
        ),
        **options,
    )


def _in_words(item: Item) -> str:
    return f"{item.name}, in {item.unit}"


class MaterialForm(forms.Form):
    """One line of a recipe. Without an item it is no line; nothing of an item takes it off the list."""

    item = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, widget=forms.Select(attrs={"class": "form-select"})
    )
    quantity = _amount(label="Quantity for one visit")

    def __init__(self, *args, choices: list[tuple], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = choices

    def clean(self):
        cleaned = super().clean()
        item, quantity = cleaned.get("item"), cleaned.get("quantity")
        if item and quantity is None and "quantity" not in self.errors:
            self.add_error("quantity", "Enter how much.")
        if quantity and not item and "item" not in self.errors:
            self.add_error("item", "Choose an item.")
        return cleaned


class _Recipe(forms.BaseFormSet):
    def clean(self):
        seen = set()
        for form in self.forms:
            if (item := form.cleaned_data.get("item") if form.is_valid() else None) in seen:
                form.add_error("item", "That item is on the list already.")
            elif item:
                seen.add(item)

    @property
    def lines(self) -> materials.Recipe:
        rows = [form.cleaned_data for form in self.forms]
        return {row["item"]: row["quantity"] for row in rows if row.get("item") and row["quantity"]}


RecipeFormSet = forms.formset_factory(
    MaterialForm, formset=_Recipe, extra=SPARE_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES
)


class RecipeMixin:
    """For the form of a service: what a visit uses up, as ``materials`` in the cleaned data."""

    @cached_property
    def recipe(self) -> RecipeFormSet:
        service: Service = self.instance
        used = materials.recipe_of(service) if service.pk else {}
        items = Item.objects.filter(Q(is_active=True) | Q(pk__in=used)).order_by(Lower("name"), "pk")
        choices = [("", "Nothing"), *((item.pk, _in_words(item)) for item in items)]
        place = {pk: number for number, (pk, _) in enumerate(choices)}
        initial = [{"item": pk, "quantity": used[pk]} for pk in sorted(used, key=place.get)]
        # A page without the list leaves it as it is.
        data = self.data if "materials-TOTAL_FORMS" in self.data else None
        return RecipeFormSet(data, initial=initial, prefix="materials", form_kwargs={"choices": choices})

    @property
    def has_new_recipe(self) -> bool:
        return self.recipe.is_bound and self.recipe.has_changed()

    def clean(self):
        cleaned = super().clean()
        if self.recipe.is_bound and self.recipe.is_valid():
            cleaned["materials"] = self.recipe.lines
        elif self.recipe.is_bound:
            self.add_error(None, "Look at the materials again.")
        return cleaned


class ActualsForm(forms.Form):
    """What a visit uses, or has really used: a number for each item that is reserved, and room for another one."""

    also = forms.ModelChoiceField(
        Item.objects.none(), required=False, label="Something else", empty_label="Nothing else"
    )
    also_quantity = _amount(label="How much of it")

    def __init__(self, *args, booking: Booking, **kwargs):
        super().__init__(*args, **kwargs)
        reserved = Reservation.objects.of(subject_key(booking)).select_related("item")
        self.reserved = list(reserved.order_by(Lower("item__name"), "pk"))
        numbers = {_name(line.item): _number(line) for line in self.reserved}
        self.fields = numbers | self.fields
        others = Item.objects.active().exclude(pk__in=[line.item_id for line in self.reserved])
        self.fields["also"].queryset = others.order_by(Lower("name"), "pk")
        self.fields["also"].label_from_instance = _in_words

    def clean(self):
        cleaned = super().clean()
        also, quantity = cleaned.get("also"), cleaned.get("also_quantity")
        if also and not quantity and "also_quantity" not in self.errors:
            self.add_error("also_quantity", "Enter how much.")
        if quantity and not also and "also" not in self.errors:
            self.add_error("also", "Choose an item.")
        return cleaned

    @property
    def actuals(self) -> materials.Recipe:
        """Quantity by primary key of the item, zero for nothing; what nobody typed is as it was reserved."""
        typed = {line.item_id: self.cleaned_data.get(_name(line.item)) for line in self.reserved}
        if also := self.cleaned_data["also"]:
            typed[also.pk] = self.cleaned_data["also_quantity"]
        return {key: quantity for key, quantity in typed.items() if quantity is not None}

    @property
    def complaint(self) -> str:
        """What is wrong with it, as a sentence, for where it cannot be shown again."""
        name, errors = next(iter(self.errors.items()))
        return f"{self[name].label}: {errors[0]}"

    @property
    def numbers(self) -> list[forms.BoundField]:
        """The fields of the items that are reserved."""
        return [self[_name(line.item)] for line in self.reserved]


def _name(item: Item) -> str:
    return f"used_{item.pk}"


def _number(line: Reservation) -> QuantityField:
    quantity: Decimal = line.quantity
    return _amount(label=line.item.name, help_text=f"In {line.item.unit}", initial=quantity)
