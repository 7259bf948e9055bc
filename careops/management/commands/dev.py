import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from careops import devpg
from careops.core.endings import Endings
from careops.demo import people
from contacts.models import Contact

HOST = "127.0.0.1"
DEMO_SIGN_INS = ["admin@careops.example", "staff@careops.example"]
GRACE = 8  # seconds that web server and worker have to end


class Command(BaseCommand):
    help = "Run CareOps for development: database, demo data, web server and worker, until Ctrl-C"
    requires_system_checks = []  # the web server makes them
    endings = Endings()

    def handle(self, *args, **options):
        if settings.PRODUCTION:
            raise CommandError("This is for development: in production run gunicorn and `manage.py worker`.")
        port = _free_port()
        self.endings = Endings(KeyboardInterrupt).listen()  # all of them end everything as Ctrl-C does
        with contextlib.suppress(KeyboardInterrupt):
            self.prepare_database()
            self.run_until_one_stops(port)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # at once, into a pipe or a file as well

    def prepare_database(self) -> None:
        self.say("Preparing the database ...")
        quiet = {"verbosity": 0, "stdout": io.StringIO()}
        call_command("migrate", **quiet)
        call_command("createcachetable", **quiet)
        call_command("sync_roles", **quiet)
        if User.objects.exists() or Contact.objects.exists():
            return
        if settings.EMAIL_URL:
            self.say("No demo data, for EMAIL_URL is set and its people must not get mail.")
            return
        self.say("It is empty, so it gets a demo business, once.")
        call_command("demo", stdout=self.stdout, welcome=False)

    def run_until_one_stops(self, port: int) -> None:
        has_demo = User.objects.filter(email__in=DEMO_SIGN_INS).exists()
        connection.close_pool()  # nothing of it may be shared with the children
        children = {}
        try:
            with self.endings.later():
                children["web server"] = _manage("runserver", f"{HOST}:{port}")
                children["worker"] = _manage("worker", "--reload")
            self.wait_for(children, until=lambda: _answers(port))
            self.announce(port, has_demo)
            self.wait_for(children, until=lambda: False)
        finally:
            _stop(children.values())
            self.say("Stopped.")

    def wait_for(self, children: dict, until) -> None:
        """:raises CommandError: as soon as one of the children has ended"""
        while not until():
            for name, child in children.items():
                if child.poll() is not None:
                    raise CommandError(f"The {name} ended by itself (exit code {child.returncode}).")
            time.sleep(0.2)

    def announce(self, port: int, has_demo: bool) -> None:
        if has_demo:
            self.say(f"Sign in as {' or '.join(DEMO_SIGN_INS)}, password {people.PASSWORD}")
        self.say(self.style.SUCCESS(f"CareOps runs at http://{HOST}:{port}/ - Ctrl-C stops it."))


def _free_port() -> int:
    """:raises CommandError: if PORT is no port, or is not free"""
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise CommandError(f"PORT must be a number from 1 to 65535, not {port!r}.")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, int(port)))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Take another one: PORT=8001 make run"
            ) from error
    return int(port)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


def _manage(*arguments: str) -> subprocess.Popen:
    """Start a command of manage.py, in a session of its own so that Ctrl-C reaches only this process.

    What it logs is shown; what else it prints, such as an address before anything answers there, is not.
    """
    environment = {
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
        "PYTHONUNBUFFERED": "1",
        **os.environ,
        "DATABASE_URL": settings.DATABASE_URL or devpg.start(),
    }
    command = [sys.executable, settings.BASE_DIR / "manage.py", *arguments]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    return subprocess.Popen(  # noqa: S603 - our own manage.py
        command, cwd=settings.BASE_DIR, env=environment, start_new_session=True, **pipes
    )


def _stop(children) -> None:
    """End the children and what they have started: gently, and after a while by force."""
    for child in children:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        _signal(child, signal.SIGKILL)
        child.wait()


def _signal(child: subprocess.Popen, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signum)
