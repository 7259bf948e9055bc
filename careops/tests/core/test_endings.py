"""Being told to end at a moment when Python drops what is raised."""

import subprocess
import sys

import pytest
from django.conf import settings

CLEARED_AWAY = """
import os, signal, sys, time
from careops.core.endings import Endings

class Cleared:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

Endings({exception}).listen()
try:
    Cleared()
    time.sleep(20)
except {exception}:
    print("ended")
"""


@pytest.mark.parametrize("exception", ["SystemExit", "KeyboardInterrupt"])
def test_who_is_told_to_end_while_something_is_cleared_away_ends_all_the_same(exception):
    code = CLEARED_AWAY.format(exception=exception)

    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )

    assert (run.stdout, run.stderr) == ("ended\n", "")
