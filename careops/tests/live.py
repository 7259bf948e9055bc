"""CareOps in earnest: web and worker as processes of their own, on the database of the test, and a real browser."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import quote

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def database_url() -> str:
    """The URL of the test database, for a child process."""
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"].get("host", "")
    account = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    return f"postgresql://{account}@:{database['PORT'] or 5432}/{database['NAME']}?host={quote(host)}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen]:
    """A process of CareOps for the time of a ``with``; ended gently."""
    child = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": database_url(), "LOG_LEVEL": "WARNING", **environment},
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextlib.contextmanager
def website(**environment: str) -> Iterator[str]:
    """The web process under gunicorn, with one worker, whose threads are enough; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:careops.gunicorn_conf"]
    command += ["--graceful-timeout", "1", "careops.wsgi"]  # browsers keep their connections open
    address = f"http://127.0.0.1:{port}"
    environment = {"PORT": str(port), "ALLOWED_ORIGINS": address, "WEB_CONCURRENCY": "1", **environment}
    with process(*command, **environment):
        wait_until(lambda: _answers(port), "the web process answers")
        yield address


def session_of(user, address: str) -> dict[str, str]:
    """The cookie with which a browser is signed in at ``address``."""
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": address}


def faults(page) -> list[str]:
    """What axe says about the page in the colours it has, and whether it has to be pushed sideways."""
    found = [
        f"{problem['id']} {[node['html'][:160] for node in problem['nodes'][:3]]}"
        for problem in Axe().run(page, options={"preload": False}).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found


@contextlib.contextmanager
def worker(**environment: str) -> Iterator[subprocess.Popen]:
    with process(sys.executable, "manage.py", "worker", **environment) as child:
        yield child


def wait_until(condition, what: str, *, seconds: float = 20):
    """Return the first true value of ``condition``; fail naming ``what`` if there is none in time."""
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"After {seconds} s it is still not true that {what}.")


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
