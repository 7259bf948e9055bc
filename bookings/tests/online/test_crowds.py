"""`bench/crowds.py` in small: crowds at the same slots of a real server, with a positive control."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

COMMAND = ["bench/crowds.py", "--size=12", "--repeats=1"]  # half as many again as its threads


@pytest.mark.long
def test_crowds_have_one_winner_for_each_slot():
    url = settings.DATABASE_URL or os.environ["DATABASE_URL"]

    run = subprocess.run(
        [sys.executable, *COMMAND],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert run.stdout.count("| 0 | 0 | 0 |") == 9  # overlaps, deadlocks, answers from 500 on
