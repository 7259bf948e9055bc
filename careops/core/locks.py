"""Locks on what is not a row: what does not exist yet, or belongs to many. Knows no app; every app may use them."""

from django.db import connection


def hold(key: str, *, shared: bool = False) -> None:
    """Let one transaction at a time hold ``key``: wait for it, and keep it until this transaction ends.

    Whoever takes several takes them in the order of their keys.

    :param shared: hold it along with others who share it, while nobody holds it alone
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [key])
