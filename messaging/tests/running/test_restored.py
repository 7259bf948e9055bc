"""A database that was restored from a backup sends nothing until an admin decides."""

import datetime
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.job_context import JobContext

from accounts.models import AuditEntry
from accounts.tasks import send_invitation
from alerts.models import Alert
from messaging.delivery import sending
from messaging.models import Automation, Message
from messaging.running import restored as running_restored
from messaging.tasks import deliver_due, look_around, tick
from messaging.tests.factories import ConversationFactory, MessageFactory

HOUR = datetime.timedelta(hours=1)
CONTEXT = JobContext(app=app, job=None, start_timestamp=0, abort_reason=lambda: None)


@pytest.fixture
def restored(db):
    """As after a restore: home is where the backup was made."""
    assert running_restored.is_home()
    Automation.objects.update(home="1:2:3:")


def statuses() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.django_db
def test_a_new_database_is_at_home_wherever_it_is_first_asked():
    assert running_restored.is_home()

    cluster, database, table, epoch = Automation.objects.get().home.split(":")
    assert all(part.isdecimal() for part in (cluster, database, table))
    assert epoch == ""
    assert running_restored.is_home()


@pytest.mark.django_db
def test_another_epoch_is_another_home(settings):
    assert running_restored.is_home()
    settings.MESSAGING_EPOCH = "after the flood"

    assert not running_restored.is_home()


@pytest.mark.parametrize("job", [lambda: tick.func(CONTEXT, timestamp=0), lambda: deliver_due.func(CONTEXT)])
def test_a_restored_database_sends_nothing(job, restored):
    MessageFactory.create_batch(2)

    job()

    assert statuses() == ["queued", "queued"]
    assert Alert.objects.open().get().kind == Alert.Kind.RESTORED


@pytest.mark.django_db
def test_whether_it_may_send_is_asked_once_a_tick_by_two_statements(django_assert_num_queries):
    with CaptureQueriesContext(connection) as statements:
        tick.func(CONTEXT, timestamp=0)
    assert sum("pg_control_system" in one["sql"] for one in statements) == 2

    with django_assert_num_queries(
        2
    ):  # what is stored and where this is; its cluster, which not every host tells
        assert running_restored.may_send()


def test_a_restored_database_tells_of_it_once(restored):
    for _ in range(3):
        assert not running_restored.may_send()

    assert Alert.objects.get().count == 1


def test_mails_to_colleagues_that_a_backup_brings_along_are_forgotten(restored):
    send_invitation.defer(user_id=1)
    send_invitation.configure(queueing_lock="deliver_due").defer(user_id=1)

    running_restored.may_send()
    send_invitation.defer(user_id=2)
    running_restored.may_send()

    left = ProcrastinateJob.objects.order_by("pk").values_list("queueing_lock", "args")
    assert list(left) == [("deliver_due", {"user_id": 1}), (None, {"user_id": 2})]


def test_nothing_runs_out_in_a_restored_database(restored):
    conversation = ConversationFactory()
    type(conversation).objects.update(paused_at=timezone.now() - 2 * HOUR, paused_until=timezone.now() - HOUR)

    look_around(timestamp=0)

    conversation.refresh_from_db()
    assert conversation.paused_at is not None


def test_settling_cancels_what_is_due_and_keeps_what_is_planned(restored, admin):
    now = timezone.now()
    MessageFactory(send_at=now - HOUR)
    MessageFactory(send_at=now + HOUR, status="planned")
    MessageFactory(status="sending")
    MessageFactory(status="skipped", reason_code="paused", useless_after=now + HOUR, rule="reminder")
    long_ago = MessageFactory(
        status="skipped", reason_code="paused", useless_after=now - HOUR, rule="reminder"
    )

    cancelled = running_restored.settle(by=admin, now=timezone.now())

    assert cancelled == 2
    assert statuses() == ["cancelled", "planned", "unknown", "cancelled", "skipped"]
    assert Message.objects.first().reason == "Waited in a backup when that was restored."
    assert Message.objects.get(status="unknown").lease_until is None
    assert AuditEntry.objects.get(action="automation.restored").by == admin
    assert long_ago.status == "skipped"
    assert running_restored.is_home()


def test_what_is_written_after_a_restore_leaves_once_it_is_settled(restored, admin):
    old = MessageFactory()
    running_restored.may_send()
    new = MessageFactory()

    running_restored.settle(by=admin, now=timezone.now())
    sending.deliver_due(limit=10)

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == ("cancelled", "sent")
    assert not Alert.objects.unsettled().filter(kind=Alert.Kind.RESTORED).exists()


@pytest.mark.django_db
def test_settling_at_home_is_refused(admin):
    message = MessageFactory()

    with pytest.raises(running_restored.AlreadyHome):
        running_restored.settle(by=admin, now=timezone.now())

    message.refresh_from_db()
    assert message.status == "queued"
    assert not AuditEntry.objects.filter(action="automation.restored").exists()


# --- What people see and do ---


def test_every_page_says_that_the_database_was_restored(restored, as_staff, as_admin):
    running_restored.may_send()  # the worker has noticed

    for_staff, for_admin = (
        client.get(reverse("contacts:list")).content.decode() for client in (as_staff, as_admin)
    )

    assert "This database was restored from a backup. Nothing is sent until an admin decides." in for_staff
    assert reverse("messaging:after_restore") not in for_staff
    assert reverse("messaging:after_restore") in for_admin


def test_an_admin_sees_what_becomes_of_the_messages_and_decides(restored, as_admin):
    MessageFactory.create_batch(2)
    MessageFactory(status="planned", send_at=timezone.now() + HOUR)
    running_restored.may_send()

    page = as_admin.get(reverse("messaging:after_restore")).content.decode()
    answer = as_admin.post(reverse("messaging:after_restore"), follow=True).content.decode()

    assert "2 messages due by now: cancelled" in page
    assert "1 message due later" in page
    assert "CareOps sends again. 2 old messages were cancelled." in answer
    assert "was restored from a backup. Nothing is sent" not in answer
    assert statuses() == ["cancelled", "cancelled", "planned"]


def test_a_second_decision_changes_nothing(restored, as_admin):
    as_admin.post(reverse("messaging:after_restore"))
    MessageFactory()

    answer = as_admin.post(reverse("messaging:after_restore"), follow=True)

    assert "there is nothing to decide" in answer.content.decode()
    assert statuses() == ["queued"]


def test_the_command_does_the_same(restored, capsys):
    MessageFactory()
    MessageFactory(status="planned", send_at=timezone.now() + HOUR)

    call_command("after_restore", dry_run=True)
    assert statuses() == ["queued", "planned"]
    call_command("after_restore")
    call_command("after_restore")

    assert statuses() == ["cancelled", "planned"]
    would, did, sends, again = capsys.readouterr().out.splitlines()
    assert would == "1 due would be cancelled, 0 in hand would be noted as unknown, 1 stay planned."
    assert did == "1 due cancelled, 0 in hand noted as unknown, 1 stay planned."
    assert sends == "This database sends from now on."
    assert "nothing to decide" in again


# --- Real backups ---

FILL = """
import django
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
django.setup()
call_command("migrate", verbosity=0)
from messaging.running import restored
from messaging.tests.factories import MessageFactory
assert restored.may_send()
MessageFactory.create_batch(3)
"""
SEND = """
import django
django.setup()
from messaging.models import Message
from messaging.tests.delivery.test_tasks import context, tick
tick.func(context(), timestamp=0)
print(*Message.objects.values_list("status", flat=True))
"""


def run(code: str, url: str) -> list[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "careops.settings",
        "EMAIL_URL": "",
    }
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True
    )
    return answer.stdout.decode().split()


@pytest.mark.long
def test_a_real_backup_is_noticed_wherever_it_is_restored(cluster):
    run(FILL, cluster.url)
    login = ["-h", str(cluster.socket_folder), "-U", "careops"]
    backup = str(cluster.home / "backup")

    cluster.run("pg_dump", *login, "-Fc", "-f", backup, "postgres").check_returncode()
    cluster.run("createdb", *login, "copy").check_returncode()
    cluster.run("pg_restore", *login, "--exit-on-error", "-d", "copy", backup).check_returncode()
    cluster.run("createdb", *login, "-T", "postgres", "template_copy").check_returncode()

    for name in ("copy", "template_copy"):  # another database
        assert run(SEND, cluster.url.replace("/postgres?", f"/{name}?")) == ["queued"] * 3
    assert run(SEND, cluster.url) == ["sent"] * 3  # the one that the backup was made of goes on
    cluster.run("pg_restore", *login, "--clean", "-d", "postgres", backup).check_returncode()
    assert run(SEND, cluster.url) == ["queued"] * 3  # the same database, filled anew
