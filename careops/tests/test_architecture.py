"""The rules between the apps, read from the source."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver

# The apps, from the ground up; each may import those below it that are named beside it.
MAY_IMPORT = {
    "accounts": set(),
    "alerts": {"accounts"},
    "messaging": {"accounts", "alerts"},
    "inventory": {"accounts", "alerts"},
    "contacts": {"accounts", "alerts", "messaging"},
    "bookings": {"accounts", "alerts", "messaging", "contacts", "inventory"},
}
APPS = [*MAY_IMPORT, "careops"]
# The rooms of each app, from the ground up; a room imports only from those before it.
FLOORS = {
    "accounts": "roles models looks limits services signin adapter public forms backends tasks views templatetags"
    " urls admin management",
    "alerts": "models looks services troubles forms views templatetags urls admin",
    "messaging": "words fields gateways models looks locks running deciding pause outbox rules consent inbox delivery"
    " inbound providers tasks templatetags urls admin management",
    "inventory": "units models looks services forms views templatetags urls admin",
    "contacts": "phones names models looks forgetting services unverified inbound tasks forms public_forms views"
    " public_views templatetags urls public_urls admin",
    "bookings": "times refusals models states looks locks hours messages slots catalogue intake visits desk"
    " online diary tasks templatetags urls admin",
    "careops": "core formats logs devpg dashboard frame middleware health views styleguide templatetags demo management"
    " csrf settings settings_test gunicorn_conf wsgi admin urls",
}
FILES = [
    path.relative_to(settings.BASE_DIR)
    for app in APPS
    for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
    if not {"migrations", "tests"} & set(path.parts)
]
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse((settings.BASE_DIR / path).read_text())))


def imported(found: list[ast.AST]):
    for node in found:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def ours(path: Path) -> set[str]:
    """The names of our own that a file imports, without those of the cellar."""
    names = {name for name in imported(nodes(path)) if name.split(".")[0] in APPS}
    return {name for name in names if not name.startswith("careops.core.")}


def room(path: Path) -> str:
    """The first part of a path below its app."""
    return path.parts[1].removesuffix(".py")


def is_view(path: Path) -> bool:
    return any(isinstance(node, ast.ClassDef) and node.name.endswith("View") for node in nodes(path))


def is_urls(path: Path) -> bool:
    return "urls" in {room(path), path.stem} or path.stem.endswith("_urls")


def module(name: str) -> Path | None:
    """The file of the module that an imported name is, or stands in; None where it is a package."""
    parts = name.split(".")
    found = (Path(*parts[:length]).with_suffix(".py") for length in (len(parts), len(parts) - 1))
    return next((path for path in found if path in FILES), None)


VIEWS = [path for path in FILES if is_view(path)]


def test_there_is_something_to_check():
    assert len(FILES) > 200
    assert len(VIEWS) > 30
    assert len(TEMPLATES) > 200


def test_apps_import_only_downwards():
    assert not [
        f"{path}: {name}"
        for path in FILES
        for name in ours(path)
        if name.split(".")[0] not in {path.parts[0], *MAY_IMPORT.get(path.parts[0], APPS)}
    ]


@pytest.mark.parametrize("app", APPS)
def test_rooms_import_only_downwards(app):
    floors = FLOORS[app].split()
    files = [path for path in FILES if path.parts[0] == app and path.name != "__init__.py"]

    assert {room(path) for path in files} <= set(floors), "a room has no floor yet"
    assert not [
        f"{path}: {name}"
        for path in files
        for name in ours(path)
        if name.split(".")[0] == app and name.count(".") > 1
        if floors.index(name.split(".")[1]) > floors.index(room(path))
    ]


def test_the_cellar_stands_on_nothing():
    cellar = [path for path in FILES if path.parts[:2] == ("careops", "core")]

    assert len(cellar) > 5
    assert not [f"{path}: {name}" for path in cellar for name in ours(path)]


def test_only_views_and_urls_import_views():
    others = [path for path in FILES if path not in VIEWS and not is_urls(path)]

    assert not [f"{path}: {name}" for path in others for name in ours(path) if module(name) in VIEWS]


def test_no_app_names_a_task_of_another():
    named = [
        (path, node.value)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"({'|'.join(APPS)})\.tasks\.\w+", node.value)
    ]

    assert len(named) > 5
    assert not [f"{path}: {name}" for path, name in named if not name.startswith(f"{path.parts[0]}.")]


def test_private_parts_of_libraries_stand_in_one_file_each():
    private = [
        (str(path), name)
        for path in FILES
        for name in imported(nodes(path))
        if name.split(".")[0] not in APPS
        if any(part == "internal" or part.startswith("_") for part in name.split(".")[:-1])
        or re.match("_[a-z]", name.split(".")[-1])
    ]

    assert private == [("careops/core/icons.py", "lucide._render_icon")]


def test_nobody_reaches_a_model_through_another():
    assert not [
        f"{path}: {node.attr}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in {"related_model", "get_model"}
    ]


def pages(patterns, namespace: str = ""):
    """The name of each page of ours, and the app of its view."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from pages(pattern.url_patterns, inner)
        elif pattern.name and (app := pattern.callback.__module__.split(".")[0]) in APPS:
            yield namespace + pattern.name, app


def test_code_leads_only_to_pages_of_its_app_and_of_those_below():
    app_of = dict(pages(get_resolver().url_patterns))
    named = [
        (path, node.args[0].value)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
        if node.func.id in {"reverse", "reverse_lazy", "redirect"} and isinstance(node.args[0], ast.Constant)
    ]

    assert len([name for _path, name in named if name in app_of]) > 40
    assert not [
        f"{path}: {name}"
        for path, name in named
        if not name.startswith("admin:")
        if app_of.get(name, path.parts[0]) not in {path.parts[0], *MAY_IMPORT.get(path.parts[0], APPS)}
    ]


def test_sql_reads_no_tables_of_another_app():
    """Those of people apart, whose names stand beside what they did; the frame of all pages lies above all apps."""
    told = re.compile(rf"(?:from|join|update|into)\s+({'|'.join(APPS)})_\w+", re.IGNORECASE)
    named = [
        (path, app)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for app in told.findall(node.value)
    ]

    assert named
    assert not [
        f"{path}: {app}"
        for path, app in named
        if app not in {path.parts[0], "accounts"} and path.parts[0] != "careops"
    ]


def test_imports_stand_at_the_top():
    assert not [
        f"{path}: {name}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for name in imported(list(ast.walk(node)))
    ]


def test_nothing_listens_to_signals():
    signals = ("django.dispatch", "django.db.models.signals")

    assert not [
        f"{path}: {name}" for path in FILES for name in imported(nodes(path)) if name.startswith(signals)
    ]


def test_views_leave_writing_to_services():
    assert not [
        f"{path}: {node.func.attr}"
        for path in VIEWS
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]


def test_models_do_not_override_save():
    models = [path for path in FILES if room(path) == "models"]

    assert len(models) > 10
    assert not [
        f"{path}: {node.name}.{method.name}"
        for path in models
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in {"save", "delete"}
    ]


@pytest.mark.parametrize(
    "words",
    [' style="', "<style", " onclick=", " hx-on", "|safe", "<script>"],
    ids=lambda words: words.strip(),
)
def test_templates_keep_to_the_content_security_policy(words):
    pages = [path for path in TEMPLATES if path.name != "mail.html"]  # no browser of ours shows that one
    assert not [path.name for path in pages if words in path.read_text()]


def test_templates_are_short():
    assert not [path.name for path in TEMPLATES if len(path.read_text().splitlines()) > 80]
