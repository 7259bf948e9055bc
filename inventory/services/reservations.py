"""Stock that is promised to something to come, and what becomes of the promise.

Whoever promises is named by a key such as ``booking:42``. Inventory does not know what that is.
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from inventory.models import Item, Movement, Reservation
from inventory.services.ledger import locked_all, measured, move, tell_if_low


@transaction.atomic
def reserve(
    *, source_key: str, lines: Mapping[int, Decimal], due_at: datetime.datetime, now: datetime.datetime
) -> None:
    """Promise stock; where a promise was made before and let go, that one is made again, whatever ``lines`` say.

    More can be promised than is there: that is shown and alerts, and never blocks a visit.

    :param lines: quantity by primary key of the item
    """
    known = {line.item_id: line for line in Reservation.objects.of(source_key)}
    items = locked_all(known or lines)
    if known:
        for line in known.values():
            if line.closed_at is not None:
                line.closed_at = None
                line.due_at = due_at
                line.save(update_fields=["closed_at", "due_at"])
                _promise(items[line.item_id], line.quantity)
        return
    for key, item in items.items():
        quantity = measured(lines[key])
        Reservation.objects.create(
            item=item, quantity=quantity, source_key=source_key, due_at=due_at, created_at=now
        )
        _promise(item, quantity)


@transaction.atomic
def postpone(*, source_key: str, due_at: datetime.datetime) -> None:
    """Let what is promised be due at another time."""
    Reservation.objects.of(source_key).update(due_at=due_at)


@transaction.atomic
def release(*, source_key: str, now: datetime.datetime) -> None:
    """Let go of what is promised; the lines stay, so that the same can be promised again."""
    _close(source_key, now=now)


@transaction.atomic
def withdraw(*, source_key: str) -> None:
    """Forget what was promised, since something else will be."""
    lines = list(Reservation.objects.of(source_key))
    items = locked_all(line.item_id for line in lines)
    for line in lines:
        if line.closed_at is None:
            _promise(items[line.item_id], -line.quantity)
        line.delete()


@transaction.atomic
def use_reserved(
    *,
    source_key: str,
    actuals: Mapping[int, Decimal] | None,
    reason: str,
    by: User | None,
    now: datetime.datetime,
) -> list[Movement]:
    """Use what is promised, or what was really used. It may leave less than nothing: then somebody should count.

    :param actuals: quantity by primary key of the item, zero for nothing; None: what is promised
    :returns: the lines of the ledger
    """
    promised = {line.item_id: line.quantity for line in Reservation.objects.of(source_key)}
    used = promised if actuals is None else {key: measured(quantity) for key, quantity in actuals.items()}
    items = locked_all([*promised, *used])
    _close(source_key, now=now)
    movements = []
    for key, item in items.items():
        if not used.get(key):
            continue
        item.refresh_from_db(fields=["reserved"])
        words = {"reason": reason[:200], "source_key": source_key, "by": by}
        movements.append(move(item, kind=Movement.Kind.VISIT, quantity=-used[key], **words))
        tell_if_low(item)
    return movements


@transaction.atomic
def give_back(*, source_key: str, by: User | None, now: datetime.datetime) -> None:
    """Put back what was used, each line by one of its own, and promise it again."""
    used = Movement.objects.filter(
        source_key=source_key, kind=Movement.Kind.VISIT, reversed_by=None
    ).order_by("pk")
    lines = list(used)
    items = locked_all(line.item_id for line in lines)
    for line in lines:
        move(
            items[line.item_id],
            kind=Movement.Kind.REVERSAL,
            quantity=-line.quantity,
            reason=line.reason,
            source_key=source_key,
            reverses=line,
            by=by,
        )
    for line in Reservation.objects.of(source_key)[:1]:
        reserve(source_key=source_key, lines={}, due_at=line.due_at, now=now)
    for item in locked_all(items).values():
        tell_if_low(item)


def _close(source_key: str, *, now: datetime.datetime) -> None:
    lines = list(Reservation.objects.of(source_key).open())
    items = locked_all(line.item_id for line in lines)
    for line in lines:
        line.closed_at = now
        line.save(update_fields=["closed_at"])
        _promise(items[line.item_id], -line.quantity)


def _promise(item: Item, quantity: Decimal) -> None:
    item.reserved += quantity
    item.save(update_fields=["reserved"])
    tell_if_low(item)
