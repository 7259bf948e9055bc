"""Whether somebody may be written to, for the pages about them."""

from django import template

from messaging import looks
from messaging.models import Address
from messaging.models.address import addresses_of

register = template.Library()


@register.inclusion_tag("messaging/consent/_consent.html", takes_context=True)
def consent_of(context, contact, back="contact") -> dict:
    """Each address with its state, the evidence, and for those who may, the way to note another wish. One query.

    :param back: ``contact`` or ``thread``: the page that shows this
    """
    known = {address.channel: address for address in Address.objects.of(contact).with_evidence()}
    ways = [
        {
            "channel": channel,
            "value": value,
            "address": known.get(channel),
            "look": looks.of_address(known.get(channel)),
        }
        for channel, value in addresses_of(contact).items()
        if value
    ]
    return {
        "ways": ways,
        "contact": contact,
        "back": back,
        "perms": context["perms"],
        "request": context["request"],
    }
