import datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def is_to_come(value: datetime.datetime) -> bool:
    return value > timezone.now()
