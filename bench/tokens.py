"""What the pages of CareOps hand out signed with their forms and links, for requests that no page was opened for.

Written out instead of imported: the benchmarks speak to CareOps as a browser does, whatever its modules are called.
"""

import datetime
import uuid

from django.core.signing import Signer

SECRET_KEY = "bench" * 12
MINUTE = 60  # seconds


def once() -> str:
    """The token with which a form makes something once."""
    return _sign("careops.once", uuid.uuid4().hex)


def opened(at: datetime.datetime) -> str:
    """The note on a public form that it was opened at that moment."""
    return _sign("careops.bots", f"{int(at.timestamp()):x}")


def time_of_visit(at: datetime.datetime, *, service: int) -> str:
    """A free time in a link of the booking page."""
    return _sign(f"careops.time.{service}", f"{int(at.timestamp()) // MINUTE:x}")


def _sign(salt: str, value: str) -> str:
    return Signer(key=SECRET_KEY, salt=salt, fallback_keys=[]).sign(value)
