"""Mail with a link for a password that does not leave, which the job that sends it can tell nobody."""

import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User, UserQuerySet
from accounts.tasks import send_invitation
from alerts.models import Alert
from alerts.troubles import Trouble

PATIENCE = 2  # tries that may fail before somebody is told; the others go on


def not_invited(people: UserQuerySet, *, now: datetime.datetime) -> UserQuerySet:
    """Those whose invitation was refused, or has failed more than once, and who cannot sign in without it."""
    failed = ProcrastinateJob.objects.filter(
        Q(status="failed") | Q(status="todo", attempts__gte=PATIENCE), task_name=send_invitation.name
    )
    waiting = people.active().filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return waiting.filter(pk__in=list(failed.values_list("args__user_id", flat=True)))


def _words(person: User, _zone: datetime.tzinfo) -> tuple[str, str]:
    return (
        f"The invitation to {person} could not be mailed",
        f"The mail server does not take it for {person.email}. Check the address, then invite them again.",
    )


TROUBLE = Trouble(
    kind=Alert.Kind.NOT_INVITED,
    severity=Alert.Severity.WARNING,
    model=User,
    find=not_invited,
    words=_words,
    over="They have a password, or no longer work here.",
)
