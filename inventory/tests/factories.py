from decimal import Decimal

import factory

from inventory.models import Item
from inventory.services.items import create_item


class ItemFactory(factory.django.DjangoModelFactory):
    """Ten boxes of something, with a threshold of four."""

    class Meta:
        model = Item

    name = factory.Sequence(lambda n: f"Gloves {n}")
    unit = "box"
    on_hand = Decimal(10)
    threshold = Decimal(4)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_item(by=None, **kwargs)
