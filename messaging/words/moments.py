"""Moments in words, as conversations say them."""

import datetime

from django.utils import timezone

WEEK = datetime.timedelta(days=6)


def moment_words(moment: datetime.datetime) -> str:
    """14:05 today, Tue 14:05 within a week, else with the date."""
    local, now = timezone.localtime(moment), timezone.localtime()
    if local.date() == now.date():
        return f"at {local:%H:%M}"
    if now < local < now + WEEK:
        return f"{local:%a %H:%M}"
    return f"{local:%a %-d %b, %H:%M}" if local.year == now.year else f"{local:%a %-d %b %Y, %H:%M}"


def until_words(paused_until: datetime.datetime | None) -> str:
    """Until when automation is silent; None: nobody knows."""
    if paused_until is None:
        return "somebody resumes it"
    return moment_words(paused_until).removeprefix("at ")
