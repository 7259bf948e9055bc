"""What the tests of the rules pages begin with."""

import datetime

from django.urls import reverse
from django.utils import timezone

from messaging.rules import services as rules
from messaging.tests.factories import MessageFactory

RULES = reverse("messaging:rules")


def page_of(code, name="rule"):
    return reverse(f"messaging:{name}", args=[code])


def text_of(response):
    """What the page says, without line breaks and the quotation marks that HTML escapes."""
    return " ".join(response.content.decode().replace("&#x27;", "'").split())


def planned(rule="reminder", count=1):
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    return MessageFactory.create_batch(count, rule=rule, key=None, status="planned", send_at=tomorrow)


def change(code="reminder", **values):
    return rules.change_rule(code=code, by=None, now=timezone.now(), **values)
