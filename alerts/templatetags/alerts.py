"""How pages show alerts."""

from django import template

from alerts import looks
from alerts.models import Alert
from careops.core.looks import Look

register = template.Library()
register.filter("alert_look", looks.of_alert)
register.filter("act_look", looks.of_act)
register.filter("kind_look", looks.of_kind)


@register.filter
def severity_look(alert: Alert) -> Look:
    return looks.SEVERITIES[alert.severity]


@register.filter
def status_look(alert: Alert) -> Look:
    return looks.STATES[alert.status]
