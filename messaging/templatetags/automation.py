"""Whether automation is stopped, for every page where somebody would wonder."""

from django import template

from messaging.models import Automation

register = template.Library()


@register.inclusion_tag("messaging/_stopped.html", takes_context=True)
def automation_stopped(context) -> dict:
    """A note with the way to start it again; nothing while it runs. One query."""
    return {"automation": Automation.objects.current(), "perms": context["perms"]}
