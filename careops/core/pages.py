"""Which page an address belongs to: people come by links, forms and the sign-in page, and all of them want a page."""

from django.urls import Resolver404, resolve


def is_page(path: str) -> bool:
    """Whether ``path`` can be opened, other than what only a form is sent to."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    view_class = getattr(view, "view_class", None)
    return view_class is None or (hasattr(view_class, "get") and "get" in view_class.http_method_names)


def page_of(path: str) -> str:
    """``path`` itself, or the nearest page above it: that of a booking for the address that confirms it."""
    while path not in {"", "/"} and not is_page(path):
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return path or "/"
