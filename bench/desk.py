"""What people do in `bench/delivery.py`, as processes of their own: `desk.py fill N` and `desk.py work NAME`."""

import datetime
import os
import sys
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
django.setup()

# Everything below needs the settings above.

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from contacts.services import create_contact  # noqa: E402

Contact = apps.get_model("contacts", "Contact")
Automation, Conversation, Message = (
    apps.get_model("messaging", name) for name in ("Automation", "Conversation", "Message")
)
BATCH = 1000


def fill(count: int) -> None:
    """Make the database ready, and queue ``count`` texts: each to somebody else, and with words of its own."""
    call_command("migrate", verbosity=0)
    always = {"opens": datetime.time.min, "closes": datetime.time.max}
    Automation.objects.update_or_create(pk=1, defaults=always)
    for first in range(0, count, BATCH):
        queue(range(first, min(first + BATCH, count)))


def queue(numbers: range) -> None:
    contacts = Contact.objects.bulk_create(
        Contact(name=f"Bench {n}", phone=f"+4479{n:08}", phone_e164=f"+4479{n:08}") for n in numbers
    )
    talks = Conversation.objects.bulk_create(Conversation(contact=contact) for contact in contacts)
    Message.objects.bulk_create(
        Message(
            conversation=talk,
            channel="sms",
            rule="confirmation",
            key=f"bench:{number}",
            body=f"Text {number}",
            send_at=timezone.now(),
            status=Message.Status.QUEUED,
        )
        for number, talk in zip(numbers, talks, strict=True)
    )


def work(desk: str) -> None:
    """Add one contact after the other, each with its welcome, and print the names of those that were saved."""
    number = 0
    while True:
        number += 1
        name = f"Desk{desk}n{number}"
        try:
            create_contact(name=name, phone=f"+44791{desk}{number:06}", by=None)
        except Error:  # the page would say 503
            connection.close()
            time.sleep(0.05)
        else:
            print(name, flush=True)


if __name__ == "__main__":
    {"fill": lambda count: fill(int(count)), "work": work}[sys.argv[1]](sys.argv[2])
