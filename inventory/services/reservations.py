"""Stock that is promised to something to come, and what becomes of the promise.

Whoever promises is named by a key such as ``booking:42`` and holds a lock on what is behind it; inventory does not know
what that is. The items of one call are locked first, in the order of their keys, so that nobody deadlocks.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from inventory.models import Item, Movement, Reservation
from inventory.services.ledger import locked_all, measured, move, put_right, tell_if_low

BATCH = 500  # lines that one statement changes


def reserve(
    *, source_key: str, lines: Mapping[int, Decimal], due_at: datetime.datetime, now: datetime.datetime
) -> None:
    """Promise stock; where a promise was made before and let go, that one is made again, whatever ``lines`` say.

    More can be promised than is there: that is shown and alerts, and never blocks a visit.

    :param lines: quantity by primary key of the item
    """
    lines = _measured(lines)
    with _held(source_key, lines) as (known, items):
        if known:
            postpone(source_key=source_key, due_at=due_at)
            _reopen(known, items)
        else:
            _promise(lines, items, source_key=source_key, due_at=due_at, created_at=now)


def replace(*, source_key: str, lines: Mapping[int, Decimal], due_at: datetime.datetime) -> None:
    """Promise ``lines`` and forget what was promised before."""
    lines = _measured(lines)
    with _held(source_key, lines) as (known, items):
        for line in known:
            if line.closed_at is None:
                items[line.item_id].reserved -= line.quantity
        Reservation.objects.of(source_key).delete()
        _promise(lines, items, source_key=source_key, due_at=due_at)


def postpone(*, source_key: str, due_at: datetime.datetime) -> None:
    """Let what is promised be due at another time."""
    Reservation.objects.of(source_key).update(due_at=due_at)


def postpone_each(due_at: Mapping[str, datetime.datetime]) -> None:
    """`postpone` for several at once: when each is due, by its key."""
    promised = list(Reservation.objects.filter(source_key__in=due_at))
    for line in promised:
        line.due_at = due_at[line.source_key]
    Reservation.objects.bulk_update(promised, ["due_at"], batch_size=BATCH)


def release(*, source_key: str, now: datetime.datetime) -> None:
    """Let go of what is promised; the lines stay, so that the same can be promised again."""
    with _held(source_key) as (known, items):
        _close(known, items, now=now)


def use_reserved(
    *,
    source_key: str,
    actuals: Mapping[int, Decimal] | None = None,
    reason: str,
    by: User | None,
    now: datetime.datetime,
) -> list[Movement]:
    """Use what is promised, or what was really used. It may leave less than nothing: then somebody should count.

    Asked again before `give_back`, nothing more is used.

    :param actuals: quantity by primary key of the item, zero for nothing; an item that is not in it: as promised
    :returns: the lines of the ledger
    """
    actuals = _measured(actuals or {})
    with _held(source_key, actuals) as (known, items):
        if used := list(Movement.objects.used_for(source_key)):
            return used
        quantities = {line.item_id: line.quantity for line in known} | actuals
        _close(known, items, now=now)
        words = {"reason": reason[:200], "source_key": source_key, "by": by}
        return [
            move(item, kind=Movement.Kind.VISIT, quantity=-quantities[key], **words)
            for key, item in items.items()
            if quantities[key]
        ]


def give_back(*, source_key: str, by: User | None) -> None:
    """Put back what was used, each line by one of its own, and promise it again. Nothing happens the second time."""
    used = Movement.objects.used_for(source_key)
    with _held(source_key, used.values_list("item_id", flat=True)) as (known, items):
        for line in used:
            put_right(line, item=items[line.item_id], reason=line.reason, by=by)
        _reopen(known, items)


def hold(source_keys: Iterable[str], *, also: Iterable[int] = ()) -> None:
    """Lock everything that is promised to several, before the promises are changed one by one.

    :param also: primary keys of further items
    """
    lines = Reservation.objects.filter(source_key__in=source_keys)
    locked_all({*lines.values_list("item_id", flat=True), *also})


@contextmanager
def _held(source_key: str, also: Iterable[int] = ()) -> Iterator[tuple[list[Reservation], dict[int, Item]]]:
    """What is promised to a source, and the items of that and of ``also``, under their locks.

    On the way out, what was changed of their reserved quantities is saved, and alerts are raised or resolved.
    """
    with transaction.atomic(savepoint=False):
        known = list(Reservation.objects.of(source_key).order_by("item_id"))
        items = locked_all({*(line.item_id for line in known), *also})
        before = {key: (item.on_hand, item.reserved, item.is_low) for key, item in items.items()}
        yield known, items
        for key, item in items.items():
            on_hand, reserved, was_low = before[key]
            if item.reserved != reserved:
                item.save(update_fields=["reserved"])
            if (item.on_hand, item.reserved) != (on_hand, reserved) and (was_low or item.is_low):
                tell_if_low(item)


def _measured(lines: Mapping[int, Decimal]) -> dict[int, Decimal]:
    return {key: measured(quantity) for key, quantity in lines.items()}


def _promise(lines: Mapping[int, Decimal], items: dict[int, Item], **values) -> None:
    Reservation.objects.bulk_create(
        Reservation(item=items[key], quantity=quantity, **values) for key, quantity in lines.items()
    )
    for key, quantity in lines.items():
        items[key].reserved += quantity


def _reopen(lines: list[Reservation], items: dict[int, Item]) -> None:
    for line in lines:
        if line.closed_at is not None:
            line.closed_at = None
            line.save(update_fields=["closed_at"])
            items[line.item_id].reserved += line.quantity


def _close(lines: list[Reservation], items: dict[int, Item], *, now: datetime.datetime) -> None:
    for line in lines:
        if line.closed_at is None:
            line.closed_at = now
            line.save(update_fields=["closed_at"])
            items[line.item_id].reserved -= line.quantity
