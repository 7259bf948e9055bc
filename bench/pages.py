"""Every page that a front desk opens, and what of the bare Django each is measured beside."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import rows
from clinic import Clinic
from load import Request, Result

LOCAL_MINUTE = "%Y-%m-%dT%H:%M"
Requests = Callable[[Clinic], Iterator[Request]]


@dataclass(frozen=True)
class Thing:
    """One thing to measure.

    :param beside: the name of one of the things of the bare Django
    :param requests: prepares what they need when it is called; an endless supply, or as many as make sense
    :param after: looks at what a run has done, and answers how many of its requests came to nothing
    :param is_hot: whether it is a write of every minute, measured without statistics as well
    """

    name: str
    requests: Requests
    beside: str = "list"
    expect: int = 200
    after: Callable[[Clinic, Result], int] | None = None
    is_hot: bool = False


def page(path: str) -> Requests:
    return lambda clinic: itertools.repeat(Request(path))


def from_anywhere(clinic: Clinic) -> dict[str, str]:
    """The headers of somebody who is not signed in, from an address of their own."""
    number, token = next(clinic.numbers), clinic.careops.headers["X-CSRFToken"]
    address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
    return {"X-Forwarded-For": address, "Cookie": f"csrftoken={token}"}


def _searches(clinic: Clinic) -> Iterator[Request]:
    """As people type: the first name and how the last one begins, a last name, an email address."""
    for number, (_, name, email) in enumerate(clinic.customers):
        first, last = name.split()
        typed = [f"{first} {last[:3]}", last, email.partition("@")[0]][number % 3]
        yield Request(f"/contacts/?{urlencode({'q': typed})}")


def _contacts(clinic: Clinic) -> Iterator[Request]:
    return (Request(f"/contacts/{key}/") for key, _, _ in clinic.customers)


def _conversations(clinic: Clinic) -> Iterator[Request]:
    return (Request(f"/messages/{key}/") for key, _, _ in clinic.customers)


def _visits(clinic: Clinic) -> Iterator[Request]:
    return (Request(f"/bookings/{key}/") for key in clinic.visits)


def _full_day(clinic: Clinic) -> Iterator[Request]:
    day = clinic.today + timedelta(days=rows.FULL_DAY)
    return itertools.repeat(Request(f"/bookings/calendar/?date={day}"))


def _filled_in_form(clinic: Clinic) -> Iterator[Request]:
    """The form as the diary opens it: a time of somebody, and here a contact and a service as well."""
    for (key, _, _), (start, person) in zip(clinic.customers, clinic.times_to_look_at(), strict=False):
        what = f"service={clinic.keys['measured']}&staff={person}&starts_at={start:{LOCAL_MINUTE}}"
        yield Request(f"/bookings/new/?contact={key}&{what}")


def _times(clinic: Clinic) -> Iterator[Request]:
    path = f"/book/{clinic.keys['measured']}/times/?staff=any"
    while True:
        yield Request(path, headers=from_anywhere(clinic))


READS = [
    Thing("contacts", page("/contacts/")),
    Thing("search", _searches),
    Thing("contact", _contacts, beside="detail"),
    Thing("dashboard", page("/"), beside="dashboard"),
    Thing("diary, day", page("/bookings/calendar/")),
    Thing("diary, week", page("/bookings/calendar/?view=week")),
    Thing(f"diary, {rows.TODAYS} people × {rows.HALF_HOURS} visits", _full_day),
    Thing("inbox", page("/messages/")),
    Thing("conversation", _conversations),
    Thing("bookings", page("/bookings/")),
    Thing("booking page", _visits),
    Thing("booking form", page("/bookings/new/")),
    Thing("booking form, filled in", _filled_in_form),
    Thing("outbox", page("/messages/outbox/")),
    Thing("stock", page("/inventory/")),
    Thing("public times", _times),
]
