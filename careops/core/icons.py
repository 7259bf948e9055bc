"""Pictures that stand beside words."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon


@lru_cache(maxsize=512)
def icon(name: str, size: int | None = None) -> SafeString:
    """An outline icon of lucide.dev as inline SVG; decoration only, so the words stand beside it.

    `size` is in pixels; None follows the size of the text.
    """
    sized = {"data_size": size} if size else {}
    return mark_safe(_render_icon(str(name), size or 20, aria_hidden="true", **{"class": "icon"}, **sized))  # noqa: S308
