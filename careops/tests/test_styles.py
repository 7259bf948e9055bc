"""Each class that the stylesheets name is one that a template, a tag or a script writes."""

import re

from django.conf import settings

WRITERS = [
    *(settings.BASE_DIR / "templates").rglob("*.html"),
    *(settings.BASE_DIR / "static/js").rglob("*.js"),
    *(path for path in settings.BASE_DIR.rglob("*.py") if not {"tests", "bench", ".venv"} & {*path.parts}),
]
THEIRS = {
    "htmx-request",
    "form-control",
    "form-select",
}  # written by libraries; those of Django admin: admin.css
NAME = re.compile(r"\.(-?[a-z_][\w-]*)", re.IGNORECASE)


def test_no_style_is_for_a_class_that_nobody_writes():
    written = "\n".join(path.read_text() for path in WRITERS)
    words = set(re.findall(r"[\w-]+", written))
    stems = set(re.findall(r"([\w-]+?-*)\{", written))  # such as pill--{{ tone }} and h{hour}
    unused = {}
    for path in (settings.BASE_DIR / "static/css").rglob("*.css"):
        if path.name == "admin.css":
            continue
        css = re.sub(r'/\*.*?\*/|url\([^)]*\)|"[^"]*"', "", path.read_text(), flags=re.DOTALL)
        for name in set(NAME.findall(css)) - words - THEIRS:
            stem = name.rstrip("0123456789") if name[-1].isdigit() else name[: name.rfind("-") + 1]
            if stem not in stems:
                unused.setdefault(path.name, []).append(name)

    assert unused == {}
