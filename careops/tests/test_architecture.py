"""The rules between the apps, read from the source."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

MAY_IMPORT = {
    "accounts": set(),
    "alerts": {"accounts"},
    "messaging": {"accounts", "alerts"},
    "inventory": {"accounts", "alerts"},
    "contacts": {"accounts", "alerts", "messaging"},
    "bookings": {"accounts", "alerts", "messaging", "contacts", "inventory"},
}
APPS = [*MAY_IMPORT, "careops"]
# They know no app, so every app may use them.
GROUND = {
    *[
        "careops.core.bots",
        "careops.core.flashes",
        "careops.core.once",
        "careops.core.pagination",
        "careops.templatetags.ui",
    ],
    "careops.core.versions",
}
FILES = [
    path.relative_to(settings.BASE_DIR)
    for app in APPS
    for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
    if not {"migrations", "tests"} & set(path.parts)
]
VIEWS = [path for path in FILES if path.name == "views.py" or path.parent.name == "views"]
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


def tree(path: Path) -> ast.Module:
    return ast.parse((settings.BASE_DIR / path).read_text())


def imported(node: ast.AST):
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from (f"{child.module}.{alias.name}" for alias in child.names)


def ours(path: Path) -> set[str]:
    """The names of our own that a file imports, without those of the ground floor."""
    names = {name for name in imported(tree(path)) if name.split(".")[0] in APPS}
    return {name for name in names if not any(name.startswith(ground) for ground in GROUND)}


def test_there_is_something_to_check():
    assert len(FILES) > 50
    assert len(VIEWS) >= len(APPS)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_apps_import_only_downwards(path):
    app = path.parts[0]

    upwards = {name for name in ours(path) if name.split(".")[0] not in {app, *MAY_IMPORT.get(app, APPS)}}

    assert not upwards


@pytest.mark.parametrize("name", sorted(GROUND))
def test_the_ground_floor_stands_on_nothing(name):
    assert not ours(Path(*name.split(".")).with_suffix(".py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_stand_at_the_top(path):
    functions = [
        node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert not [name for function in functions for name in imported(function)]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_nothing_listens_to_signals(path):
    assert not {
        name
        for name in imported(tree(path))
        if name.startswith(("django.dispatch", "django.db.models.signals"))
    }


@pytest.mark.parametrize("path", VIEWS, ids=str)
def test_views_leave_writing_to_services(path):
    called = {
        node.func.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not called & WRITES


@pytest.mark.parametrize("path", FILES, ids=str)
def test_models_do_not_override_save(path):
    methods = {
        method.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and (path.name == "models.py" or path.parent.name == "models")
        for method in node.body
        if isinstance(method, ast.FunctionDef)
    }

    assert not methods & {"save", "delete"}


@pytest.mark.parametrize(
    "path",
    sorted((settings.BASE_DIR / "templates").rglob("*.html")),
    ids=lambda path: str(path.relative_to(settings.BASE_DIR)),
)
def test_templates_keep_to_the_content_security_policy(path):
    words = path.read_text()

    assert ' style="' not in words
    assert "<style" not in words
    assert " onclick=" not in words
    assert " hx-on" not in words
    assert "|safe" not in words
    assert "<script>" not in words
