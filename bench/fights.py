"""How crowds fight over the same slots: in each way one may win, or as many as there are people."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from town import HOUR, Booking, Post, Town


class Crowd(NamedTuple):
    """What a crowd does.

    :param winners: how many of it may have their wish, at most and at least
    """

    name: str
    posts: list[Post]
    winners: range
    count_winners: Callable[[], int]


def held_between(first: datetime.datetime, last: datetime.datetime) -> Callable[[], int]:
    return lambda: Booking.objects.holding_time().starting_between(first, last).count()


def same_slot(town: Town) -> Crowd:
    at = town.morning()
    posts = [town.book(guest, at) for guest in range(town.size)]
    return Crowd("same slot", posts, range(1, 2), held_between(at, at + HOUR))


def staggered(minutes: int) -> Callable[[Town], Crowd]:
    def crowd(town: Town) -> Crowd:
        at, step = town.morning(), datetime.timedelta(minutes=minutes)
        posts = [town.book(guest, at + (guest % 12) * step) for guest in range(town.size)]
        span = 11 * step + HOUR  # as many hours as fit, and not fewer than a clumsy order leaves
        return Crowd(
            f"staggered by {minutes} minutes",
            posts,
            range((span // HOUR + 1) // 2, span // HOUR + 1),
            held_between(at, at + span),
        )

    return crowd


def confirm(town: Town) -> Crowd:
    """A request is confirmed many times while others want its time."""
    at = town.morning()
    expires = {"request_expires_at": at - HOUR}
    request = town.booking(at, service=town.on_request, source="online", status="requested", **expires)
    posts = [town.press(request, "confirm") for _ in range(town.size // 4)]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    return Crowd("confirm", posts, range(1, 2), held_between(at, at + HOUR))


def restore(town: Town) -> Crowd:
    """What was called off is restored while others want its time."""
    at = town.morning()
    booking = town.booking(at, status="cancelled", cancel_cause="business")
    posts = [town.press(booking, "reopen") for _ in range(town.size // 4)]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    return Crowd("restore", posts, range(1, 2), held_between(at, at + HOUR))


def reschedule(town: Town) -> Crowd:
    """Many visits of one person want the same other time."""
    at = town.morning()
    later = [at + (2 + number) * HOUR for number in range(town.size // 4)]
    moving = [town.booking(start, contact=number) for number, start in enumerate(later)]
    posts = [town.move(booking, at) for booking in moving]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    for _ in range(len(later) // 24 + 1):
        town.morning()
    return Crowd("reschedule", posts, range(1, 2), held_between(at, at + HOUR))


def anybody(town: Town) -> Crowd:
    """Customers who do not mind with whom want the same time: as many get it as there are people."""
    at = town.morning()
    posts = [town.book_online(guest, at) for guest in range(town.size)]
    return Crowd("anybody", posts, range(5, 6), held_between(at, at + HOUR))


def public_and_staff(town: Town) -> Crowd:
    """Customers and the front desk want the same slot."""
    at = town.morning()
    posts = [
        town.book(guest, at) if guest % 2 else town.book_online(guest, at, staff=0)
        for guest in range(town.size)
    ]
    return Crowd("public and staff", posts, range(1, 2), held_between(at, at + HOUR))


def change_of_person(town: Town) -> Crowd:
    """Visits of the same time with different people all want the same one."""
    at = town.morning()
    moving = [town.booking(at, contact=number, staff=number) for number in range(1, 5)]
    posts = [town.move(booking, at) for booking in moving for _ in range(town.size // 8)]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    first = town.staff[0]
    return Crowd(
        "change of person",
        posts,
        range(1, 2),
        lambda: Booking.objects.holding_time().filter(staff=first, starts_at=at).count(),
    )


CROWDS = [
    same_slot,
    staggered(10),
    staggered(20),
    confirm,
    restore,
    reschedule,
    change_of_person,
    anybody,
    public_and_staff,
]
