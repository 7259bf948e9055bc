"""Old code runs on the schema of new code: a column more breaks no statement that was planned before it."""

import psycopg
import pytest
from django.db import connection

from accounts.backends import RoleBackend
from accounts.models import Business, User
from careops.core.columns import named
from careops.frame.reading import Frame
from messaging.deciding.rulebook import Rulebook
from messaging.models import Automation, Rule

PLANNED = 5  # times, after which a statement is one that was prepared


def test_named_lists_every_column_in_the_order_of_the_fields():
    assert named(User, "person").startswith('person."id", person."password"')
    assert named(User).startswith('"accounts_user"."id", "accounts_user"."password"')


@pytest.mark.django_db(transaction=True)
def test_what_every_request_reads_survives_a_column_more(admin):
    def read():
        return RoleBackend().get_user(admin.pk), Frame.load().business, Rulebook.current().business

    for _ in range(PLANNED):
        before = read()
    tables = [model._meta.db_table for model in (User, Business, Automation, Rule)]
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as migration:
        for table in tables:
            migration.execute(f"ALTER TABLE {table} ADD COLUMN of_the_next_release text")
        try:
            assert read() == before
        finally:
            for table in tables:
                migration.execute(f"ALTER TABLE {table} DROP COLUMN of_the_next_release")
