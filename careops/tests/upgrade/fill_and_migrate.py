"""Run by test_upgrade on an empty database: to the frozen state, filled as an installation was then, to the newest."""

import datetime
import decimal
import json
import sys

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.test import Client  # noqa: E402

APPS = ["accounts", "alerts", "messaging", "contacts", "inventory", "bookings"]
ROWS = 3
START = datetime.datetime(2027, 3, 1, 9, tzinfo=datetime.UTC)
PAGES = [
    "/",
    "/bookings/",
    "/bookings/1/",
    "/bookings/calendar/?day=2027-03-01",
    "/contacts/",
    "/contacts/1/",
]
PAGES += ["/messages/", "/messages/outbox/", "/messages/1/", "/inventory/", "/inventory/1/", "/alerts/"]


def main() -> None:
    executor = MigrationExecutor(connection)
    others = [node for node in executor.loader.graph.leaf_nodes() if node[0] not in APPS]
    frozen = [(app, "0001_initial") for app in APPS]
    executor.migrate([*others, *frozen])
    fill(executor.loader.project_state([*others, *frozen]).apps)
    before = counts()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    json.dump({"before": before, "after": counts(), "pages": opened()}, sys.stdout)


def fill(apps) -> None:
    """Some of everything that an installation keeps."""
    get = apps.get_model
    get("accounts", "Business").objects.create(pk=1, name="Riverside Physio")
    person = get("accounts", "User").objects.create(
        email="sara@careops.example", name="Sara", is_staff=True, is_superuser=True, is_active=True
    )
    service = get("bookings", "Service").objects.create(name="Massage", minutes=60, price=decimal.Decimal(45))
    form = get("bookings", "IntakeForm").objects.create(name="Health")
    words = get("bookings", "IntakeVersion").objects.create(
        form=form, number=1, published_at=START, questions=[]
    )
    for number in range(1, ROWS + 1):
        contact = get("contacts", "Contact").objects.create(
            pk=number, name=f"Ada {number}", email=f"ada{number}@client.example"
        )
        talk = get("messaging", "Conversation").objects.create(pk=number, contact=contact)
        visit = get("bookings", "Booking").objects.create(
            pk=number,
            contact=contact,
            service=service,
            staff=person,
            starts_at=START + datetime.timedelta(hours=2 * number),
            ends_at=START + datetime.timedelta(hours=2 * number + 1),
        )
        get("bookings", "IntakeRequest").objects.create(
            booking=visit, contact=contact, version=words, due_at=START, answers={}
        )
        about = {"conversation": talk, "body": "Hello", "about_key": f"booking:{number}"}
        sent = {"status": "sent", "sent_at": START, "send_at": START, "rule": "confirmation"}
        get("messaging", "Message").objects.create(**about, **sent, key=f"booking:{number}:confirmation:1")
        get("messaging", "Message").objects.create(
            **about, direction="in", status="received", send_at=START, address=contact.email
        )
        item = get("inventory", "Item").objects.create(pk=number, name=f"Oil {number}", on_hand=5)
        get("inventory", "Movement").objects.create(item=item, kind="opening", quantity=5, balance_after=5)
        get("alerts", "Alert").objects.create(
            kind="low_stock", source_key=f"item:{number}", title="Low", url=f"/inventory/{number}/"
        )
        get("accounts", "AuditEntry").objects.create(
            by=person, actor="staff", action="contact.created", subject_key=f"contact:{number}", subject="Ada"
        )


def counts() -> dict[str, int]:
    """Rows by table, of those tables that have any."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if table.startswith(tuple(f"{app}_" for app in APPS)):
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - the names are our own
                found[table] = cursor.fetchone()[0]
    return {table: count for table, count in found.items() if count}


def opened() -> dict[str, int]:
    """The status of each page, opened by the person with the data of then."""
    browser = Client(raise_request_exception=False)
    browser.force_login(
        django.contrib.auth.get_user_model().objects.get(), backend="accounts.backends.RoleBackend"
    )
    return {page: browser.get(page).status_code for page in PAGES}


main()
