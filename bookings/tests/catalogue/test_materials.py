"""What visits use up: from the booking to the undoing, through the services of bookings."""

from decimal import Decimal

import pytest

from accounts.models import AuditEntry, subject_key
from bookings import refusals
from bookings.catalogue import materials, recipes
from bookings.models import Booking, Service
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change
from bookings.tests.factories import ServiceFactory
from bookings.visits import outcomes, undoing
from inventory.models import Movement, Reservation
from inventory.tests.checks import promised, stock, verify
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def gloves():
    return ItemFactory(name="Gloves")


@pytest.fixture
def oil():
    return ItemFactory(name="Oil", unit="ml")


@pytest.fixture
def massage(gloves, oil):
    return serving({gloves: "2", oil: "0.5"}, name="Massage")


@pytest.fixture
def booking(massage):
    return book(service=massage)


@pytest.fixture(autouse=True)
def _the_ledger_adds_up(db):
    yield
    verify()


def serving(recipe, **values) -> Service:
    service = ServiceFactory(**values)
    set_materials(service, recipe)
    return service


def set_materials(service, recipe):
    lines = {item.pk: Decimal(quantity) for item, quantity in recipe.items()}
    return recipes.set_materials(service=service, lines=lines, by=None)


def request(service, **values):
    Service.objects.filter(pk=service.pk).update(needs_approval=True)
    service.refresh_from_db()
    return book(service=service, source=Booking.Source.ONLINE, **values)


def reserved_for(booking):
    return promised(subject_key(booking))


# --- confirmed ---


def test_a_booking_reserves_the_recipe(booking, gloves, oil):
    assert reserved_for(booking) == {gloves.pk: 2, oil.pk: Decimal("0.5")}
    assert stock(gloves, oil) == [(10, 2), (10, Decimal("0.5"))]
    assert {line.due_at for line in Reservation.objects.all()} == {START}


def test_a_request_holds_the_recipe_and_keeps_it_when_confirmed(massage, gloves, staff):
    asked = request(massage)
    assert stock(gloves) == [(10, 2)]

    outcomes.confirm_booking(booking=asked, by=staff, now=NOW)

    assert stock(gloves) == [(10, 2)]


def test_a_request_that_is_declined_lets_go(massage, gloves, staff):
    asked = request(massage)

    outcomes.cancel_booking(booking=asked, cause=Booking.Cause.DECLINED, by=staff, now=NOW)

    assert stock(gloves) == [(10, 0)]


def test_a_booking_that_is_refused_reserves_nothing(booking, massage, gloves):
    with pytest.raises(refusals.SlotTaken):
        book(service=massage, staff=booking.staff)

    assert stock(gloves) == [(10, 2)]


# --- moved ---


def test_a_move_takes_the_reservation_along(booking, gloves, staff):
    change(booking, by=staff, starts_at=START + HOUR)

    assert stock(gloves) == [(10, 2)]
    assert {line.due_at for line in Reservation.objects.all()} == {START + HOUR}


def test_another_service_needs_other_things(booking, gloves, oil, staff):
    change(booking, by=staff, service=serving({oil: "3"}))

    assert reserved_for(booking) == {oil.pk: 3}
    assert stock(gloves, oil) == [(10, 0), (10, 3)]


def test_a_service_without_materials_needs_nothing(booking, gloves, oil, staff):
    change(booking, by=staff, service=ServiceFactory())

    assert stock(gloves, oil) == [(10, 0), (10, 0)]


# --- completed, and that undone ---


def complete(booking, by, **values):
    return outcomes.complete_booking(booking=booking, by=by, now=START + HOUR, **values)


def test_a_completed_visit_uses_what_was_reserved(booking, gloves, oil, staff):
    complete(booking, staff)

    assert stock(gloves, oil) == [(8, 0), (Decimal("9.5"), 0)]
    used = Movement.objects.used_for(subject_key(booking))
    assert {(line.reason, line.by) for line in used} == {("Massage", staff)}


def test_a_completed_visit_uses_what_was_really_used(booking, gloves, oil, staff):
    tape = ItemFactory(name="Tape")

    complete(booking, staff, actuals={gloves.pk: Decimal(0), tape.pk: Decimal("1.25")})

    assert stock(gloves, oil, tape) == [(10, 0), (Decimal("9.5"), 0), (Decimal("8.75"), 0)]


def test_a_visit_can_be_completed_with_too_little_on_the_shelf(massage, staff):
    needles = ItemFactory(name="Needles", on_hand=Decimal(1))
    set_materials(massage, {needles: "3"})

    complete(book(service=massage), staff)

    assert stock(needles) == [(-2, 0)]


def test_completion_undone_gives_back_and_reserves_again(booking, gloves, oil, staff):
    done = complete(booking, staff, actuals={gloves.pk: Decimal(5)})

    undoing.reopen_booking(booking=done, by=staff, now=START + HOUR)

    assert reserved_for(booking) == {gloves.pk: 2, oil.pk: Decimal("0.5")}
    assert stock(gloves, oil) == [(10, 2), (10, Decimal("0.5"))]

    complete(done, staff)

    assert stock(gloves, oil) == [(8, 0), (Decimal("9.5"), 0)]


# --- not taken place ---


def test_a_no_show_uses_nothing(booking, gloves, staff):
    outcomes.mark_no_show(booking=booking, by=staff, now=START + HOUR)

    assert stock(gloves) == [(10, 0)]


def test_who_comes_late_after_all_needs_it_again(booking, gloves, staff):
    missed = outcomes.mark_no_show(booking=booking, by=staff, now=START + 20 * MINUTE)
    late = outcomes.arrive_booking(booking=missed, by=staff, now=START + 30 * MINUTE)
    assert stock(gloves) == [(10, 2)]

    complete(late, staff)

    assert stock(gloves) == [(8, 0)]


def test_a_no_show_that_was_none_has_used_it(booking, gloves, staff):
    missed = outcomes.mark_no_show(booking=booking, by=staff, now=START + 20 * MINUTE)

    complete(missed, staff)

    assert stock(gloves) == [(8, 0)]


def test_a_cancelled_visit_lets_go_and_a_restored_one_needs_the_same_again(booking, gloves, massage, staff):
    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    assert stock(gloves) == [(10, 0)]
    set_materials(massage, {gloves: "9"})

    undoing.reopen_booking(booking=off, by=staff, now=NOW)

    assert stock(gloves) == [(10, 2)]


def test_what_was_promised_to_visits_of_a_deleted_contact_is_let_go(booking, gloves, massage):
    other = book(service=massage)
    booking.contact.delete()

    assert materials.forget_deleted(now=NOW) == 1
    assert materials.forget_deleted(now=NOW) == 0
    assert stock(gloves) == [(10, 2)]
    assert reserved_for(other)


# --- recipe edited ---


def test_a_new_recipe_is_for_requests_and_what_is_booked_from_now_on(booking, massage, gloves, oil, admin):
    asked = request(massage, starts_at=START + 3 * HOUR)

    assert recipes.set_materials(service=massage, lines={oil.pk: Decimal(2)}, by=admin)

    assert reserved_for(booking) == {gloves.pk: 2, oil.pk: Decimal("0.5")}
    assert reserved_for(asked) == {oil.pk: 2}
    assert reserved_for(book(service=massage, starts_at=START + 6 * HOUR)) == {oil.pk: 2}
    entry = AuditEntry.objects.about(massage).first()
    assert entry.changes == {"materials": ["2 boxes of Gloves, 0.5 ml of Oil", "2 ml of Oil"]}


def test_the_same_recipe_again_is_nothing_new(massage, gloves, oil):
    before = AuditEntry.objects.count()

    assert not set_materials(massage, {oil: "0.5", gloves: "2"})

    assert AuditEntry.objects.count() == before


def test_renew_materials_reaches_the_confirmed_visits_to_come(booking, massage, gloves, oil, staff, admin):
    past = book(service=massage, starts_at=START - 48 * HOUR)
    off = outcomes.cancel_booking(
        booking=book(service=massage, starts_at=START + 9 * HOUR), by=staff, now=NOW
    )
    set_materials(massage, {oil: "2"})
    now = START - 24 * HOUR
    assert materials.outdated(massage, now=now) == [booking]

    assert recipes.renew_materials(service=massage, by=admin, now=now) == 1

    assert reserved_for(booking) == {oil.pk: 2}
    assert reserved_for(past) == {gloves.pk: 2, oil.pk: Decimal("0.5")}
    assert reserved_for(off) == {}
    assert recipes.renew_materials(service=massage, by=admin, now=now) == 0


# --- one visit is planned otherwise ---


def test_plan_materials_changes_one_visit(booking, gloves, oil, massage, staff):
    other = book(service=massage)

    recipes.plan_materials(booking=booking, quantities={gloves.pk: Decimal(3), oil.pk: Decimal(0)}, by=staff)

    assert reserved_for(booking) == {gloves.pk: 3}
    assert reserved_for(other) == {gloves.pk: 2, oil.pk: Decimal("0.5")}
    entry = AuditEntry.objects.about(booking).first()
    assert (entry.action, entry.changes["materials"][1]) == ("booking.materials", "3 boxes of Gloves")


def test_plan_materials_is_refused_once_the_visit_is_over(booking, gloves, staff):
    complete(booking, staff)

    with pytest.raises(refusals.TransitionRefused):
        recipes.plan_materials(booking=booking, quantities={gloves.pk: Decimal(3)}, by=staff)

    assert reserved_for(booking) == {}


# --- what there will not be enough for ---


def test_shortages_count_the_visits_before(massage, gloves, oil):
    early, late = book(service=massage), book(service=massage, starts_at=START + HOUR)
    middle = book(service=serving({gloves: "7"}), starts_at=START + MINUTE * 30)

    assert materials.shortages(early) == []
    assert materials.shortages(middle) == []
    assert [str(shortage) for shortage in materials.shortages(late)] == ["Short by 1 box of Gloves"]


def test_shortages_name_no_more_than_the_visit_needs(massage, gloves):
    book(service=serving({gloves: "30"}))
    late = book(service=massage, starts_at=START + HOUR)

    assert [(line.item, line.missing) for line in materials.shortages(late)] == [(gloves, 2)]
