import datetime

import pytest

from messaging.delivery import claiming
from messaging.running import circuit

LONG = datetime.timedelta(hours=1)


@pytest.fixture
def one_look(monkeypatch):
    """A look is good for the whole round, however slow the machine is; and so is what was noted of a provider."""
    monkeypatch.setattr(claiming, "FRESH", LONG)
    monkeypatch.setattr(circuit, "NOTED_EVERY", LONG)
