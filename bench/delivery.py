"""`make bench-delivery`: whether messages survive what can happen to the processes around them.

First the real workers send a queue while one of them is killed with SIGKILL again and again; then PostgreSQL is
restarted while people go on working. What counts are the zeros; times are of this machine and this moment. Everything
happens on 127.0.0.1, against a provider that honours keys, on a PostgreSQL of the run's own that is deleted afterwards.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from sms_provider import KeyedProvider

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from careops import devpg  # noqa: E402 - found by the line above

DESK = [sys.executable, str(ROOT / "bench" / "desk.py")]
CONCURRENCY = 4  # of each worker
DESKS = 2
ENOUGH = 10  # seconds within which the worker sends again after a restart
OPEN = "SELECT count(*) FROM messaging_message WHERE status IN ('planned', 'queued', 'sending')"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds that the provider thinks")
    parser.add_argument(
        "--hasten", action="store_true", help="do not wait a minute for the leases of the dead"
    )
    parser.add_argument("--tiny", action="store_true", help="few messages, to see that it works")
    options = parser.parse_args()
    if options.tiny:
        options.messages, options.kills, options.restarts, options.hasten = 60, 1, 1, True
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit("Interrupted."))  # through every `finally`
    with KeyedProvider(seconds=options.latency) as provider, database() as cluster:
        os.environ.update(
            DATABASE_URL=cluster.url,
            SMS_URL=provider.url,
            EMAIL_URL="",
            DJANGO_SETTINGS_MODULE="careops.settings",
        )
        print(f"Queueing {options.messages:,} messages ...", flush=True)
        subprocess.run([*DESK, "fill", str(options.messages)], check=True)
        with Workers(options.workers) as workers:
            found = survive_kills(provider, workers, cluster, options)
            if options.restarts:
                found |= survive_restarts(provider, cluster, options.restarts)
    print(json.dumps(found))
    zeros = ("lost", "stuck", "duplicates")
    broken = [name for name, value in found.items() if name.endswith(zeros) and value]
    broken += [name for name, value in found.items() if name.endswith("until_sending") and value > ENOUGH]
    print("Broken: " + ", ".join(broken) if broken else "Nothing was lost, stuck or doubled.")
    return bool(broken)


@contextlib.contextmanager
def database() -> Iterator[devpg.Cluster]:
    """A PostgreSQL that writes to disk as in earnest, and may be restarted."""
    cluster = devpg.Cluster(Path(tempfile.mkdtemp()), "bench", throwaway=False)
    cluster.enter()
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.home, ignore_errors=True)


def ask(cluster: devpg.Cluster, query: str) -> list[tuple]:
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


class Workers:
    """Worker processes as in production; whoever is killed is followed by another."""

    def __init__(self, count: int):
        self.processes = [self._start() for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for process in self.processes:
            process.kill()
            process.wait()

    def kill_one(self) -> None:
        victim = random.randrange(len(self.processes))  # noqa: S311 - any will do
        self.processes[victim].kill()
        self.processes[victim].wait()
        self.processes[victim] = self._start()

    def _start(self) -> subprocess.Popen:
        command = [sys.executable, "manage.py", "worker", "--concurrency", str(CONCURRENCY)]
        # What they say about a database that goes away is not for here.
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def survive_kills(provider: KeyedProvider, workers: Workers, cluster: devpg.Cluster, options) -> dict:
    print(f"{options.kills} x kill -9, {options.workers} workers ...", flush=True)
    began = time.monotonic()
    for kill in range(1, options.kills + 1):
        share = options.messages * (kill - random.random() / 2) / (options.kills + 1)  # noqa: S311
        wait_until(lambda share=share: len(provider.texts) >= share, seconds=600)
        workers.kill_one()
        if options.hasten:
            time.sleep(0.5)  # the database ends what the dead one had begun
            ask(cluster, "UPDATE messaging_message SET lease_until = now() WHERE status = 'sending'")
    wait_until(lambda: ask(cluster, OPEN) == [(0,)], seconds=600)
    [(not_sent,)] = ask(cluster, "SELECT count(*) FROM messaging_message WHERE status <> 'sent'")
    return report(
        lost=options.messages - len(provider.texts),
        stuck=not_sent,
        provider_calls=provider.calls,
        most_calls_expected=options.messages + options.kills * CONCURRENCY,
        recipient_duplicates=sum(provider.texts.values()) - len(provider.texts),
        seconds=round(time.monotonic() - began, 1),
    )


def survive_restarts(provider: KeyedProvider, cluster: devpg.Cluster, restarts: int) -> dict:
    print(f"{restarts} restarts of PostgreSQL while {DESKS} desks add contacts ...", flush=True)
    known, calls, waits = set(provider.texts), provider.calls, []
    with desks() as acknowledged:
        wait_until(lambda: provider.calls > calls, seconds=60)
        for number in range(restarts):
            time.sleep(2)
            mode = "immediate" if number % 2 else "fast"
            cluster.run("pg_ctl", "stop", "-D", cluster.data, "-m", mode)
            cluster.start_server()
            ready = time.monotonic()
            wait_until(lambda ready=ready: provider.called_at > ready, seconds=60)
            waits.append(round(time.monotonic() - ready, 1))
    ended = time.monotonic()
    wait_until(lambda: ask(cluster, OPEN) == [(0,)], seconds=300)
    settled = round(time.monotonic() - ended, 1)
    saved = {name for (name,) in ask(cluster, "SELECT name FROM contacts_contact")}
    texts = {words: count for words, count in provider.texts.items() if words not in known}
    welcomed = {name for name in acknowledged if any(f" {name}." in words for words in texts)}
    [(not_sent,)] = ask(cluster, "SELECT count(*) FROM messaging_message WHERE status <> 'sent'")
    return report(
        writes_acknowledged=len(acknowledged),
        writes_lost=len(acknowledged - saved),
        texts_lost=len(acknowledged - welcomed),
        texts_stuck=not_sent,
        text_duplicates=sum(texts.values()) - len(texts),
        seconds_until_sending=max(waits),
        seconds_until_all_was_sent=settled,
    )


@contextlib.contextmanager
def desks() -> Iterator[set[str]]:
    """People who add contacts; yields the names of whom they were told to have added, filled in at the end."""
    with tempfile.TemporaryDirectory() as folder:
        lists = [Path(folder) / str(number) for number in range(DESKS)]
        people, told = [], set()
        for number, names in enumerate(lists):
            with names.open("w") as out:
                people.append(
                    subprocess.Popen([*DESK, "work", str(number)], stdout=out, stderr=subprocess.DEVNULL)
                )
        try:
            yield told
        finally:
            for person in people:
                person.kill()
                person.wait()
            for names in lists:
                told.update(line for line in names.read_text().split("\n")[:-1])


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait, but not for ever: whoever is stuck is counted afterwards."""
    stop = time.monotonic() + seconds
    while not condition() and time.monotonic() < stop:
        time.sleep(0.05)


def report(**found) -> dict:
    for name, value in found.items():
        print(f"  {name.replace('_', ' '):24} {value:>10,}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
