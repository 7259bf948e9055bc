"""How allauth behaves here: nobody signs themselves up, and its mail leaves through the worker."""

from allauth.account.adapter import DefaultAccountAdapter
from django.shortcuts import resolve_url
from procrastinate.contrib.django import app as jobs


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That email address and password do not belong together.",
        "too_many_login_attempts": "Too many wrong passwords. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def get_login_redirect_url(self, request):
        # Whoever runs the business wants the whole of it; at the front desk the day is what matters.
        runs_it = request.user.has_perm("accounts.change_business")
        sees_the_day = request.user.has_perm("bookings.view_booking")
        return resolve_url("bookings:diary" if sees_the_day and not runs_it else "dashboard")

    def send_password_reset_mail(self, user, email, context):
        # The worker makes a link of its own: no provider is called inside a request, and no token is stored.
        jobs.configure_task("accounts.tasks.send_password_reset").defer(user_id=user.pk)
