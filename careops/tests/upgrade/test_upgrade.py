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
FROZEN = {
    "accounts": "3861a5d8f30b1042d44471f142910943f60992dd6589c6f86f539ffd5e87f104",
    "alerts": "90cef11a26340216d3189922285d1ffb364eed9da13fb1f1f72a71f5b2fffa6a",
    "bookings": "07a006bd1dd8550090841d16218d91c30273af4914a65bc60e69f4836b763e0e",
    "contacts": "9ad91c2f2563a3b41dd4b5a49ca294ceee2e5a81c4b12035ec0b7fce6c0db531",
    "inventory": "e206ea9f35fbf75d063250287a61ff8d046d38e158909e3cb2c54f2c97362518",
    "messaging": "314818183123164aec255f772b4b4ef65cd763c2115ae7a89f7c6a035124c585",
}


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
