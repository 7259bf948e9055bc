"""Guessing passwords is slowed down without keeping the right person out.

An account counts wrong passwords from strangers apart from those that come from a device on which its owner has
signed in before, so that whoever guesses locks out only strangers. A new password by mail lets its owner in as well.
"""

import datetime

from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts import limits
from careops.core.unseen import plain_email

PER_ACCOUNT, WITHIN = 5, datetime.timedelta(minutes=5)
PER_ADDRESS = 20  # wrong passwords from one network address, for whichever accounts
RESETS, RESETS_WITHIN = 5, datetime.timedelta(days=1)  # mails with a link for a new password, to one person
COOKIE = "device"
REMEMBERED = datetime.timedelta(days=365)
SALT = "accounts.device"


def may_try(request: HttpRequest, email: str, *, address: str, now: datetime.datetime) -> bool:
    """Count a try to sign in as ``email``, and return whether it may be one.

    :param address: of the network that it comes from
    """
    of_address = limits.allow("signin-address", address, most=PER_ADDRESS, within=WITHIN, now=now)
    who = _who(request, email)
    return limits.allow("signin", who, most=PER_ACCOUNT, within=WITHIN, now=now) and of_address


def was_right(request: HttpRequest, email: str, *, address: str) -> None:
    """Only wrong passwords count. A right one wipes out none of them: whoever guesses may have an account too."""
    limits.take_back("signin-address", address)
    limits.take_back("signin", _who(request, email))


def begin_anew(email: str) -> None:
    """Whoever has just chosen a password by a link in their mail may use it."""
    limits.forget("signin", plain_email(email))


def may_mail_reset(email: str, *, now: datetime.datetime) -> bool:
    return limits.allow("reset", plain_email(email), most=RESETS, within=RESETS_WITHIN, now=now)


def remember_device(response: HttpResponse, email: str, *, secure: bool) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(plain_email(email), salt=SALT),
        max_age=REMEMBERED,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def is_known_device(request: HttpRequest, email: str) -> bool:
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=REMEMBERED)
    except signing.BadSignature:
        return False
    return known == plain_email(email)


def _who(request: HttpRequest, email: str) -> str:
    is_known = is_known_device(request, email)
    return f"{plain_email(email)} {request.COOKIES[COOKIE]}" if is_known else plain_email(email)
