"""How a state looks wherever it is shown. Each app has one table of them, its ``looks``."""

from functools import lru_cache
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from careops.core.icons import icon


class Look(NamedTuple):
    """:param tone: done, attention, critical, info or accent; empty: none of them"""

    icon: str
    words: str
    tone: str = ""


@lru_cache(maxsize=512)
def pill(look: Look) -> SafeString:
    """<span class="pill pill--done"> with the icon and the words."""
    css = f"pill pill--{look.tone}" if look.tone else "pill"
    return format_html('<span class="{}">{}{}</span>', css, icon(look.icon, 14), look.words)
