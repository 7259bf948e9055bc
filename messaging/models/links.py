"""What the words of a message lead to, kept by the database whoever writes them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, When

from messaging.words.rules import Channel


class Links(Func):
    """The links in a text as the first two parts of their paths, up to a dot, such as ``forms/8Gsk2hT1``.

    That is where the key of what a link of ours leads to ends. The first migration makes the function.
    """

    function = "careops_links"
    output_field = ArrayField(models.TextField())


def links_field() -> models.GeneratedField:
    """Those of the words of its channel."""
    words = Case(When(channel=Channel.SMS, sms__gt="", then=F("sms")), default=F("body"))
    return models.GeneratedField(
        expression=Links(words), output_field=ArrayField(models.TextField()), db_persist=True
    )
