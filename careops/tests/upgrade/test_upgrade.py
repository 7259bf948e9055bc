"""Published migrations stay as they are, and whoever runs an older CareOps comes to the newest with all their data."""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

# What the migrations were when they were published. A change of one is a new migration, never an edit.
FROZEN: dict[str, str] = {}


def digest(app: str) -> str:
    return hashlib.sha256((settings.BASE_DIR / app / "migrations/0001_initial.py").read_bytes()).hexdigest()


def test_published_migrations_are_not_edited():
    assert {app: digest(app) for app in FROZEN} == FROZEN


@pytest.fixture
def empty_database():
    server = os.environ["DATABASE_URL"]
    name = f"upgrade_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.long
def test_a_filled_database_of_the_frozen_state_comes_to_the_newest_with_all_rows(empty_database):
    script = Path(__file__).with_name("fill_and_migrate.py")
    environment = os.environ | {
        "DATABASE_URL": empty_database,
        "DJANGO_SETTINGS_MODULE": "careops.settings_test",
    }

    run = subprocess.run(
        [sys.executable, script],
        cwd=settings.BASE_DIR,
        env=environment | {"PYTHONPATH": str(settings.BASE_DIR)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert len(told["before"]) > 10
    assert told["before"].items() <= told["after"].items()
    assert set(told["pages"].values()) == {200}, told["pages"]
