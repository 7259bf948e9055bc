import pytest


@pytest.fixture(autouse=True)
def _two_messages_are_not_an_n_plus_one(settings):
    """A confirmation and its reminder lock the same conversation, one after the other: always twice, never n times."""
    again = {"model": "messaging.Conversation", "field": "get()"}
    settings.ZEAL_ALLOWLIST = [*settings.ZEAL_ALLOWLIST, again]
