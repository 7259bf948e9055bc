"""The panel "Why did, or didn't, they get it?" for the page of a visit."""

from django import template

from messaging.outbox import why

register = template.Library()


@register.inclusion_tag("messaging/outbox/_why_panel.html")
def why_visit(visit) -> dict:
    """Every rule about visits with its verdict on this one; at most two queries."""
    return {"verdicts": why.about_visit(visit)}
