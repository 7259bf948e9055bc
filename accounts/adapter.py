"""How allauth behaves here: nobody signs themselves up, and its mail leaves through the worker."""

from allauth.account.adapter import DefaultAccountAdapter
from procrastinate.contrib.django import app as jobs


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That email address and password do not belong together.",
        "too_many_login_attempts": "Too many wrong passwords. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def send_password_reset_mail(self, user, email, context):
        # The worker makes a link of its own: no provider is called inside a request, and no token is stored.
        jobs.configure_task("accounts.tasks.send_password_reset").defer(user_id=user.pk)
