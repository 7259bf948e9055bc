"""Mail to the people who work here. The link is made when the mail leaves, so no job holds a secret."""

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import limits
from accounts.models import Business, User
from accounts.services import password_link
from careops.core.mail import html_of

RETRY = RetryStrategy(max_attempts=6, exponential_wait=10)  # 10 s, 100 s, ... : over a day in all


@app.task(name="accounts.tasks.send_password_reset", retry=RETRY)
def send_password_reset(user_id: int) -> None:
    _send_password_link(user_id, template="account/email/password_reset_key")


@app.task(name="accounts.tasks.send_invitation", retry=RETRY)
def send_invitation(user_id: int) -> None:
    _send_password_link(user_id, template="account/email/invitation")


def _send_password_link(user_id: int, *, template: str) -> None:
    user = User.objects.active().filter(pk=user_id).first()
    if user is None:
        return  # gone or switched off since: nothing to send
    context = {
        "user": user,
        "business": Business.objects.current(),
        "password_reset_url": password_link(user),
    }
    text = render_to_string(f"{template}_message.txt", context)
    send_mail(
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split()),
        message=text,
        html_message=html_of(text),
        from_email=context["business"].sender,
        recipient_list=[user.email],
    )


@app.periodic(cron="23 * * * *")
@app.task(name="accounts.tasks.forget_counters", queueing_lock="forget_counters")
def forget_counters(timestamp: int) -> None:
    limits.forget_ended(now=timezone.now())
