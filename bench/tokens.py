"""What pages of CareOps hand out signed along with their forms and links, for requests that no page was opened for."""

import datetime
import sys
from pathlib import Path

from django.core.signing import Signer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from careops.core import bots, once

SECRET_KEY = "bench" * 12
MINUTE = 60  # seconds


def new_once() -> str:
    """The token with which a form makes something once."""
    return once.new_token()


def opened(at: datetime.datetime) -> str:
    """The note on a public form that it was opened at that moment."""
    return bots.opened(at)


def time_of_visit(at: datetime.datetime, *, service: int) -> str:
    """A free time in a link of the booking page. Written out: what makes it there needs all of CareOps."""
    signer = Signer(salt=f"careops.time.{service}")
    return signer.sign(f"{int(at.timestamp()) // MINUTE:x}")
