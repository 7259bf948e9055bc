"""What contacts answered is read, and files are taken along: who does so is written down."""

import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import record_once
from bookings.models import IntakeFile, IntakeRequest


@transaction.atomic
def note_read(*, request: IntakeRequest, by: User, now: datetime.datetime) -> None:
    """Write down that somebody reads the answers, if there are any."""
    if request.answers or request.submitted_at:
        record_once(by=by, action="intake.read", subject=request, now=now)


@transaction.atomic
def note_download(*, file: IntakeFile, by: User, now: datetime.datetime) -> None:
    """Write down that somebody takes a file along."""
    about = {"subject": file.request, "what": str(file.pk)}
    record_once(by=by, action="intake.downloaded", **about, now=now, file=[None, file.name])
