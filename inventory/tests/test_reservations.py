"""What is promised, used and given back."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from alerts.models import Alert
from inventory.models import Movement, Reservation
from inventory.services import items, reservations
from inventory.tests.checks import promised, stock, verify
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
VISIT = "booking:42"


@pytest.fixture
def gloves():
    return ItemFactory(name="Gloves")


@pytest.fixture
def oil():
    return ItemFactory(name="Oil", unit="ml")


def reserve(lines, *, source_key=VISIT, due_at=NOW + DAY):
    lines = {item.pk: Decimal(quantity) for item, quantity in lines.items()}
    reservations.reserve(source_key=source_key, lines=lines, due_at=due_at, now=NOW)


def release(source_key=VISIT):
    reservations.release(source_key=source_key, now=NOW)


def use(actuals=None, *, source_key=VISIT):
    actuals = actuals and {item.pk: Decimal(quantity) for item, quantity in actuals.items()}
    return reservations.use_reserved(
        source_key=source_key, actuals=actuals, reason="Massage", by=None, now=NOW
    )


def give_back(source_key=VISIT):
    reservations.give_back(source_key=source_key, by=None)


@pytest.fixture(autouse=True)
def _the_ledger_adds_up(db):
    yield
    verify()


def test_reserve_leaves_what_is_on_hand_and_takes_from_what_is_free(gloves, oil):
    reserve({gloves: "2", oil: "0.5"})

    assert stock(gloves, oil) == [(10, 2), (10, Decimal("0.5"))]
    gloves.refresh_from_db()
    assert gloves.free == 8
    assert promised(VISIT) == {gloves.pk: 2, oil.pk: Decimal("0.5")}


def test_reserve_twice_promises_once(gloves):
    reserve({gloves: "2"})
    reserve({gloves: "3"}, due_at=NOW + 2 * DAY)

    assert stock(gloves) == [(10, 2)]
    assert Reservation.objects.get().due_at == NOW + 2 * DAY


def test_more_can_be_reserved_than_there_is(gloves):
    reserve({gloves: "12"})

    assert stock(gloves) == [(10, 12)]


@pytest.mark.parametrize("quantity", ["-1", "NaN", "1e30"])
def test_reserve_refuses_what_is_no_quantity(quantity, gloves):
    with pytest.raises(ValidationError):
        reserve({gloves: quantity})

    assert stock(gloves) == [(10, 0)]


def test_release_lets_go_once_and_the_same_can_be_promised_again(gloves):
    reserve({gloves: "2"})

    release()
    release()

    assert stock(gloves) == [(10, 0)]

    reserve({gloves: "5"})

    assert stock(gloves) == [(10, 2)]


def test_replace_forgets_what_was_promised(gloves, oil):
    reserve({gloves: "2"})

    reservations.replace(source_key=VISIT, lines={oil.pk: Decimal(1)}, due_at=NOW + DAY)

    assert stock(gloves, oil) == [(10, 0), (10, 1)]
    assert promised(VISIT) == {oil.pk: 1}


def test_postpone_moves_only_that_visit(gloves):
    reserve({gloves: "1"})
    reserve({gloves: "1"}, source_key="booking:43")

    reservations.postpone(source_key=VISIT, due_at=NOW + 5 * DAY)

    assert [line.due_at for line in Reservation.objects.order_by("pk")] == [NOW + 5 * DAY, NOW + DAY]
    assert stock(gloves) == [(10, 2)]


def test_use_reserved_takes_what_was_promised(gloves, oil):
    reserve({gloves: "2", oil: "0.5"})

    lines = use()

    assert stock(gloves, oil) == [(8, 0), (Decimal("9.5"), 0)]
    assert [(line.kind, line.quantity, line.reason, line.source_key) for line in lines] == [
        (Movement.Kind.VISIT, -2, "Massage", VISIT),
        (Movement.Kind.VISIT, Decimal("-0.5"), "Massage", VISIT),
    ]


def test_use_reserved_takes_what_was_really_used(gloves, oil):
    tape = ItemFactory(name="Tape")
    wipes = ItemFactory(name="Wipes")
    reserve({gloves: "2", oil: "0.5", wipes: "1"})

    use({gloves: "3", oil: "0", tape: "0.25"})

    assert stock(gloves, oil, tape, wipes) == [(7, 0), (10, 0), (Decimal("9.75"), 0), (9, 0)]
    assert not oil.movements.filter(kind=Movement.Kind.VISIT).exists()


def test_use_reserved_twice_takes_once(gloves):
    reserve({gloves: "2"})

    first, second = use(), use({gloves: "5"})

    assert first == second
    assert stock(gloves) == [(8, 0)]


def test_use_reserved_takes_what_was_promised_to_somebody_who_came_after_all(gloves):
    reserve({gloves: "2"})
    release()

    use()

    assert stock(gloves) == [(8, 0)]


def test_a_visit_may_use_more_than_there_is_and_then_somebody_should_count(gloves):
    reserve({gloves: "12"})

    use()

    assert stock(gloves) == [(-2, 0)]
    alert = Alert.objects.open().get()
    assert (alert.title, alert.severity) == ("Out of stock: Gloves", Alert.Severity.CRITICAL)
    assert alert.detail == (
        "Free: \N{MINUS SIGN}2 boxes. Threshold: 4 boxes. More was used than was there: count it."
    )


def test_an_item_without_a_threshold_is_to_be_counted_too():
    item = ItemFactory(on_hand=Decimal(1), threshold=Decimal(0))
    reserve({item: "2"})

    use()

    assert "count it" in Alert.objects.open().get().detail


def test_give_back_puts_right_line_by_line_and_promises_again(gloves, oil):
    reserve({gloves: "2", oil: "0.5"})
    use({gloves: "3"})

    give_back()
    give_back()

    assert stock(gloves, oil) == [(10, 2), (10, Decimal("0.5"))]
    reversals = Movement.objects.filter(kind=Movement.Kind.REVERSAL)
    assert [(line.reverses.quantity, line.quantity) for line in reversals.order_by("pk")] == [
        (-3, 3),
        (Decimal("-0.5"), Decimal("0.5")),
    ]

    use()

    assert stock(gloves, oil) == [(8, 0), (Decimal("9.5"), 0)]


def test_what_a_visit_used_beyond_its_recipe_comes_back_but_is_not_promised(gloves, oil):
    reserve({gloves: "2"})
    use({oil: "1"})

    give_back()

    assert stock(gloves, oil) == [(10, 2), (10, 0)]


def test_nothing_happens_where_nothing_was_promised(gloves):
    before = AuditEntry.objects.count()

    release()
    assert use() == []
    give_back()
    reservations.postpone(source_key=VISIT, due_at=NOW)

    assert stock(gloves) == [(10, 0)]
    assert AuditEntry.objects.count() == before


# --- the alert compares with what is free ---


def test_a_promise_below_the_threshold_raises_and_letting_go_resolves(gloves):
    reserve({gloves: "7"})

    alert = Alert.objects.get()
    assert (alert.title, alert.severity, alert.status) == (
        "Low stock: Gloves",
        Alert.Severity.WARNING,
        Alert.Status.OPEN,
    )
    assert (
        alert.detail == "Free: 3 boxes (10 boxes on hand, 7 boxes reserved for visits). Threshold: 4 boxes."
    )

    release()

    alert.refresh_from_db()
    assert (alert.status, alert.settled_why) == (Alert.Status.RESOLVED, "Stock recovered.")


def test_a_promise_down_to_the_threshold_raises_nothing(gloves):
    reserve({gloves: "6"})

    assert not Alert.objects.exists()


def test_using_what_was_promised_neither_resolves_nor_raises_anew(gloves):
    reserve({gloves: "7"})

    use()

    assert Alert.objects.get().status == Alert.Status.OPEN
    give_back()
    assert Alert.objects.get().status == Alert.Status.OPEN


def test_an_item_out_of_use_never_alerts(gloves, staff):
    items.change_item(item=gloves, is_active=False, by=staff)

    reserve({gloves: "12"})
    use()

    assert not Alert.objects.exists()


# --- what there will not be enough for ---


def test_unmet_begins_with_the_first_visit_that_there_is_not_enough_for(gloves, oil):
    for number, quantity in enumerate(["4", "5", "2", "1"]):
        reserve({gloves: quantity, oil: "1"}, source_key=f"booking:{number}", due_at=NOW + number * DAY)
    release("booking:3")

    assert [line.source_key for line in Reservation.objects.unmet()] == ["booking:2"]
    assert Reservation.objects.run_outs() == {gloves.pk: NOW + 2 * DAY}


def test_what_has_run_out_already_runs_out_with_the_first_visit(gloves):
    reserve({gloves: "10"}, source_key="booking:1")
    reserve({gloves: "1"}, source_key="booking:2", due_at=NOW + 3 * DAY)
    use(source_key="booking:1")

    assert Reservation.objects.run_outs() == {gloves.pk: NOW + 3 * DAY}
