"""Counts the statements of requests, which come as JSON by name; each has come once before, to warm up.

Run by `run.py` as a process of its own, on the database of a clinic: prints the counts as JSON.
"""

import json
import os
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
django.setup()

# Everything below needs the settings above.

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402


def count(path: str, fields: dict | None, headers: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as captured:
        if fields is None:
            Client().get(path, headers=headers)
        else:
            Client().post(path, fields, headers=headers)
    return len(captured)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(
        json.dumps({name: [count(*request) for request in requests][-1] for name, requests in asked.items()})
    )
