"""How the stock of the demo business came to be what it is: four weeks of use and deliveries, item by item."""

import datetime
import random
from decimal import Decimal
from functools import partial

from accounts.models import User, subject_key
from alerts import services as alerts
from alerts.models import Alert
from careops.demo import people
from careops.demo.clock import Past, working_minutes_ago
from careops.demo.stock import ACKNOWLEDGED, DISMISSED, SHELVES, WASTE, Shelf
from inventory.models import Item, Movement
from inventory.services import items, stock

WEEK = 3600  # working minutes
WEEKS = 4


class Shelves:
    """Plans what happens to each item. Quantities are worked out beforehand, so that the last one is as it should be.

    :param users: by name; filled by the time the plan happens
    """

    def __init__(self, *, past: Past, now: datetime.datetime, dice: random.Random, users: dict[str, User]):
        self.past, self.now, self.dice, self.users = past, now, dice, users
        self.items: dict[str, Item] = {}

    def plan(self) -> None:
        for shelf in SHELVES:
            self._plan_item(shelf)

    def _plan_item(self, shelf: Shelf) -> None:
        minutes = WEEKS * WEEK + self.dice.randint(0, 300)
        self._at(minutes, partial(self._put_up, shelf))
        on_hand = shelf.opening
        while (minutes := minutes - self.dice.randint(WEEK * 2 // 3, WEEK)) > WEEK // 2 and shelf.weekly:
            used = min(self.dice.randint(1, shelf.weekly + 1), on_hand)
            on_hand -= used
            wasted = self.dice.random() < 0.08
            kind = Movement.Kind.WASTE if wasted else Movement.Kind.USE
            is_low = on_hand < shelf.threshold
            self._move(shelf, minutes, kind, used, self.dice.choice(WASTE) if wasted else "")
            if is_low:
                if shelf.name == DISMISSED:
                    self._at(minutes - 120, partial(self._dismiss, shelf))
                needed = shelf.opening - on_hand
                self._move(shelf, minutes - 700, Movement.Kind.RECEIVE, needed, "Delivery")
                on_hand = shelf.opening
        last = self.dice.randint(200, 900)
        if shelf.left is not None:
            self._move(shelf, last, Movement.Kind.USE, on_hand - shelf.left, "")
        elif self.dice.random() < 0.3:
            self._move(shelf, last, Movement.Kind.COUNT, on_hand, "Shelf count")
        if shelf.name == ACKNOWLEDGED:
            self._at(last - 90, partial(self._acknowledge, shelf))

    def _at(self, minutes: int, act) -> None:
        self.past.plan(working_minutes_ago(minutes, now=self.now), act)

    def _move(
        self,
        shelf: Shelf,
        minutes: int,
        kind: Movement.Kind,
        quantity: int,
        reason: str,
    ) -> None:
        self._at(minutes, partial(self._adjust, shelf, kind, Decimal(quantity), reason))

    def _put_up(self, shelf: Shelf, at: datetime.datetime) -> None:
        self.items[shelf.name] = items.create_item(
            name=shelf.name,
            sku=shelf.sku,
            unit=shelf.unit,
            on_hand=Decimal(shelf.opening),
            threshold=Decimal(shelf.threshold),
            by=self.users[people.OWNER],
        )

    def _adjust(self, shelf: Shelf, kind: Movement.Kind, quantity: Decimal, reason: str, at) -> None:
        item, by = self.items[shelf.name], self.users[people.RECEPTION]
        stock.adjust_stock(item=item, kind=kind, quantity=quantity, reason=reason, by=by)

    def _acknowledge(self, shelf: Shelf, at: datetime.datetime) -> None:
        alerts.acknowledge_alert(alert=self._alert(shelf), by=self.users[people.RECEPTION])

    def _dismiss(self, shelf: Shelf, at: datetime.datetime) -> None:
        alert, by = self._alert(shelf), self.users[people.OWNER]
        alerts.dismiss_alert(alert=alert, by=by, why="Ordered already")

    def _alert(self, shelf: Shelf) -> Alert:
        key = subject_key(self.items[shelf.name])
        return Alert.objects.ongoing(kind=Alert.Kind.LOW_STOCK, source_key=key).unsettled().get()
