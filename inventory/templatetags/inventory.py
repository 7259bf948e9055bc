from decimal import Decimal

from django import template

from inventory import looks, units

register = template.Library()
register.filter("item_look", looks.of_item)


@register.filter
def after(unit: str, quantity: Decimal) -> str:
    """The unit as it stands behind a quantity: {{ item.on_hand|quantity }} {{ item.unit|after:item.on_hand }}"""
    return units.of(quantity, unit)
