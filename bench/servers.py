"""Databases and servers for the time of a ``with``, all of them on this machine."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from tokens import SECRET_KEY

ROOT = Path(__file__).resolve().parent.parent
LOG = Path(tempfile.gettempdir()) / "careops-bench.log"  # of all servers, anew for each run
SERVER = os.environ["DATABASE_URL"]
PATIENCE = 20  # seconds for a server to listen


@contextlib.contextmanager
def database(name: str, *, template: str = "template1") -> Iterator[str]:
    """A new database, copied from ``template``; its URL."""
    on_the_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    on_the_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield url_of(name)
    finally:
        on_the_server(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def on_the_server(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)


def environment(url: str) -> dict[str, str]:
    """What a process of CareOps is started with, on the database at ``url``."""
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "careops.settings",
        "DEBUG": "off",
        "SECRET_KEY": SECRET_KEY,
        "LOG_LEVEL": "CRITICAL",
        "TRUSTED_PROXY_COUNT": "1",  # requests can have an address each, as if they came from many people
    }


class Served(NamedTuple):
    """Where a server listens, and its process."""

    port: int
    pid: int


@contextlib.contextmanager
def server(application: str, url: str) -> Iterator[Served]:
    """gunicorn as in production."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:careops.gunicorn_conf", "--max-requests", "0"]
    command += ["--log-level", "error", application]
    with LOG.open("a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(url) | {"PORT": str(port)}, stdout=log, stderr=log
        )
    try:
        _wait_for(port, application)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for(port: int, application: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{application} does not answer; {LOG} says why.")
