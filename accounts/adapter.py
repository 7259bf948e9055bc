"""How allauth behaves here: nobody signs themselves up, the worker sends its mail, a sign-in leaves a record."""

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from accounts import signin
from accounts.models import User
from accounts.services import record
from careops.core.unseen import plain_email

IPV6_PREFIX = 64  # what one household has


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That email address and password do not belong together.",
        "too_many_login_attempts": "Too many wrong passwords. Wait five minutes, or choose a new password by mail.",
    }

    def is_open_for_signup(self, request):
        return False

    def get_login_redirect_url(self, request):
        # Whoever runs the business wants the whole of it; at the front desk the day is what matters.
        runs_it = request.user.has_perm("accounts.change_business")
        sees_the_day = request.user.has_perm("bookings.view_booking")
        return resolve_url("bookings:diary" if sees_the_day and not runs_it else "dashboard")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email = credentials.get("email", "")
        if not signin.may_try(request, email, address=network_of(request), now=timezone.now()):
            _note("user.locked", email)
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any):
        user = super().authenticate(request, **credentials)
        if user:
            signin.was_right(request, credentials.get("email", ""), address=network_of(request))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        _note("user.sign_in_failed", credentials.get("email", ""))

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        record(by=user, action="user.signed_in", subject=user)
        signin.remember_device(response, user.email, secure=settings.SESSION_COOKIE_SECURE)
        return response

    def set_password(self, user, password):
        super().set_password(user, password)
        signin.begin_anew(user.email)
        record(by=user, action="user.password_changed", subject=user)

    def send_password_reset_mail(self, user, email, context):
        # The worker makes a link of its own: no provider is called inside a request, and no token is stored.
        if signin.may_mail_reset(email, now=timezone.now()):
            jobs.configure_task("accounts.tasks.send_password_reset").defer(user_id=user.pk)


def network_of(request: HttpRequest) -> str:
    """Where a request comes from, as far as one household or office is told from another."""
    address = AccountAdapter(request).get_client_ip(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/{IPV6_PREFIX}", strict=False).network_address)


def _note(action: str, email: str) -> None:
    """Only of people there are: addresses that somebody made up fill no table."""
    if user := User.objects.filter(email=plain_email(email)).first():
        record(by=None, action=action, subject=user, actor=None)
