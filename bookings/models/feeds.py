"""The secret addresses under which people who work here read their visits in a calendar of their own."""

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


def new_secret() -> str:
    return secrets.token_urlsafe(24)


class CalendarFeedQuerySet(models.QuerySet):
    def alive(self):
        """Of people who work here, made since they were last switched off."""
        switched_off_later = Q(created_at__lte=F("staff__switched_off_at"))
        return self.filter(staff__is_active=True).exclude(switched_off_later)


class CalendarFeed(models.Model):
    """Whoever knows the secret can read the visits of one person; a new secret makes the old address useless."""

    staff = models.OneToOneField("accounts.User", models.CASCADE, related_name="calendar_feed")
    secret = models.CharField(max_length=40, unique=True, default=new_secret, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CalendarFeedQuerySet.as_manager()

    def __str__(self):
        return f"Calendar of {self.staff}"
