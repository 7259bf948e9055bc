"""Production refuses to start on dangerous values, and says which."""

import subprocess
import sys

import pytest
from django.conf import settings

SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k9$Vx2!mQ7rT5wZ8yB3nD6fG1hJ4lP0sA9cE2uK7oI5tR8vX3b",
    "DATABASE_URL": "postgresql://careops@127.0.0.1:1/careops",
    "ALLOWED_HOSTS": "careops.example",
    "ALLOWED_ORIGINS": "https://careops.example",
}


def load(*, show: str = "'started'", **changes: str | None) -> subprocess.CompletedProcess:
    """
    :param show: an expression that is printed
    :param changes: of SAFE; None: not set
    """
    environment = {name: value for name, value in (SAFE | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", f"from careops import settings; print({show})"],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
    )


def test_production_starts_on_safe_values():
    result = load()

    assert result.stdout == "started\n", result.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 60),
        ("DATABASE_URL", ""),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_ORIGINS", ""),
        ("ALLOWED_ORIGINS", "http://careops.example"),
        ("DEBUG", "on"),
        ("ENVIRONMENT", "staging"),
    ],
)
def test_production_refuses_a_dangerous_value_by_name(variable, value):
    result = load(**{variable: value})

    assert result.returncode != 0
    assert result.stdout == ""
    assert f"- {variable} must" in result.stderr
    assert "Traceback" not in result.stderr


def test_everything_that_is_wrong_is_said_at_once():
    result = load(SECRET_KEY="", DATABASE_URL="", ALLOWED_HOSTS="*", WEBHOOK_SECRET="short", SMS_URL="what")

    assert result.returncode != 0
    for variable in ("SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "WEBHOOK_SECRET", "SMS_URL"):
        assert f"- {variable} must" in result.stderr


def test_gunicorn_can_load_the_application():
    """In a process of its own: where Django is set up already, an import too early does not show."""
    loaded = subprocess.run(
        [sys.executable, "-c", "from careops.wsgi import application; print(callable(application))"],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", **SAFE},
        capture_output=True,
        text=True,
    )

    assert loaded.stdout == "True\n", loaded.stderr


@pytest.mark.parametrize(
    ("port", "origin"), [("9000", "http://127.0.0.1:9000"), ("", "http://127.0.0.1:8000")]
)
def test_links_follow_the_port_in_development(port, origin):
    result = load(show="settings.ALLOWED_ORIGINS", ENVIRONMENT="development", ALLOWED_ORIGINS=None, PORT=port)

    assert result.stdout == f"['{origin}']\n", result.stderr


@pytest.mark.parametrize(("environment", "form"), [("production", "json"), ("development", "plain")])
def test_logs_are_plain_lines_only_for_who_watches(environment, form):
    show = "settings.LOGGING['handlers']['stderr']['formatter']"

    assert load(show=show, ENVIRONMENT=environment).stdout == f"{form}\n"
