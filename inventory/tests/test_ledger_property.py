"""Whatever is done in whatever order, the ledger and the reservations add up."""

import contextlib
import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from inventory.models import Movement, Reservation
from inventory.services import reservations, stock
from inventory.tests.checks import verify
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)
BY_HAND = [Movement.Kind.RECEIVE, Movement.Kind.USE, Movement.Kind.WASTE, Movement.Kind.COUNT]

quantities = st.decimals(min_value=0, max_value=12, places=3)
sources = st.sampled_from(["booking:1", "booking:2"])
items = st.sampled_from([0, 1])
recipes = st.dictionaries(items, quantities.filter(bool), max_size=2)
steps = st.one_of(
    st.tuples(st.just("adjust"), items, st.sampled_from(BY_HAND), quantities),
    st.tuples(st.just("reverse"), st.integers(0, 20)),
    st.tuples(st.just("reserve"), sources, recipes),
    st.tuples(st.just("replace"), sources, recipes),
    st.tuples(st.just("use"), sources, st.dictionaries(items, quantities, max_size=2)),
    st.tuples(st.just("release"), sources),
    st.tuples(st.just("give_back"), sources),
)


class Shop:
    """Two items, and what can be done with them."""

    def __init__(self):
        self.items = [ItemFactory(), ItemFactory()]

    def adjust(self, item, kind, quantity):
        stock.adjust_stock(item=self.items[item], kind=kind, quantity=quantity, by=None)

    def reverse(self, number):
        lines = list(Movement.objects.order_by("pk"))
        stock.reverse_movement(movement=lines[number % len(lines)], by=None)

    def reserve(self, source, recipe):
        reservations.reserve(source_key=source, lines=self._keyed(recipe), due_at=NOW, now=NOW)

    def replace(self, source, recipe):
        reservations.replace(source_key=source, lines=self._keyed(recipe), due_at=NOW)

    def use(self, source, actuals):
        reservations.use_reserved(
            source_key=source, actuals=self._keyed(actuals), reason="Visit", by=None, now=NOW
        )

    def release(self, source):
        reservations.release(source_key=source, now=NOW)

    def give_back(self, source):
        reservations.give_back(source_key=source, by=None)

    def _keyed(self, recipe: dict[int, Decimal]) -> dict[int, Decimal]:
        return {self.items[number].pk: quantity for number, quantity in recipe.items()}


class LedgerTest(TestCase):
    @settings(max_examples=20, deadline=None)
    @given(st.lists(steps, min_size=3, max_size=12))
    def test_it_adds_up(self, story):
        shop = Shop()

        for name, *arguments in story:
            with contextlib.suppress(stock.NotEnoughStock, stock.NotReversible):
                getattr(shop, name)(*arguments)

        verify()
        assert not Reservation.objects.filter(quantity__lte=0).exists()
