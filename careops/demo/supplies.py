"""What visits of the demo business use up: on the shelf before the first of them, and counted this morning."""

import datetime
from decimal import Decimal
from functools import partial

from accounts.models import User
from bookings.catalogue import recipes
from bookings.models import Service
from careops.demo import people
from careops.demo.clock import Past, working_minutes_ago
from careops.demo.stock import MATERIALS, SUPPLIES, Supply
from inventory.models import Item, Movement
from inventory.services import items, stock

FIRST_DAY = 4 * 3600 + 300  # working minutes ago: before anybody booked
COUNTED = 40
LEFT = Decimal("0.6")  # of what the visits to come need, where it runs out


class Supplies:
    """Plans them.

    :param users: by name, like the services; filled by the time the plan happens
    """

    def __init__(
        self, *, past: Past, now: datetime.datetime, users: dict[str, User], services: dict[str, Service]
    ):
        self.past, self.now, self.users, self.services = past, now, users, services
        self.items: dict[str, Item] = {}

    def plan(self) -> None:
        for supply in SUPPLIES:
            self._at(FIRST_DAY, partial(self._put_up, supply))
            if supply.runs_out:
                self._at(COUNTED, partial(self._count, supply))
        for service in MATERIALS:
            self._at(FIRST_DAY - 1, partial(self._say_what_it_uses, service))

    def _at(self, minutes: int, act) -> None:
        self.past.plan(working_minutes_ago(minutes, now=self.now), act)

    def _put_up(self, supply: Supply, at: datetime.datetime) -> None:
        self.items[supply.name] = items.create_item(
            name=supply.name,
            sku=supply.sku,
            unit=supply.unit,
            on_hand=Decimal(supply.opening),
            threshold=Decimal(supply.threshold),
            by=self.users[people.OWNER],
        )

    def _say_what_it_uses(self, service: str, at: datetime.datetime) -> None:
        lines = {self.items[name].pk: Decimal(quantity) for name, quantity in MATERIALS[service].items()}
        recipes.set_materials(service=self.services[service], lines=lines, by=self.users[people.OWNER])

    def _count(self, supply: Supply, at: datetime.datetime) -> None:
        item = Item.objects.get(pk=self.items[supply.name].pk)
        stock.adjust_stock(
            item=item,
            kind=Movement.Kind.COUNT,
            quantity=Decimal(int(item.reserved * LEFT)),
            reason="Shelf count",
            by=self.users[people.RECEPTION],
        )
