"""`make bench`: CareOps beside bare Django, over the same rows, in one run on this machine.

What means something is a ratio between two columns that were measured in turn; a single time is of this machine and
this moment. Everything happens on 127.0.0.1 and on a PostgreSQL of the run's own, which is deleted afterwards.
"""

import argparse
import contextlib
import datetime
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from load import Result, Target, run

ROOT = Path(__file__).resolve().parent.parent
SERVERS = {"bare Django": "bench.baseline:application", "CareOps": "careops.wsgi:application"}
FAR = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Page:
    """One thing to measure.

    :param path: where, for each server
    :param body: the fields to POST; None: GET
    """

    name: str
    path: str
    status: int = 200
    body: Callable[[], dict] | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    options = parser.parse_args()
    sizes = {}
    for contacts in options.contacts:
        with database(contacts) as url:
            print(f"\nFilling {contacts:,} contacts ...", flush=True)
            keys = fill(url, contacts)
            every = contacts == min(options.contacts)
            with servers(url, keys["headers"]) as targets:
                sizes[contacts] = measure(targets, pages(keys, every=every), options)
        report(contacts, sizes[contacts])
    compare(sizes)


def pages(keys: dict, *, every: bool) -> list[Page]:
    """The pages to measure; list and detail alone unless ``every``."""
    last, first = keys["last"], keys["first"]
    reads = [
        Page("list, first page", "/contacts/"),
        Page("list, last page", f"/contacts/?after={first + 25}"),
        Page("detail", f"/contacts/{(first + last) // 2}/"),
    ]
    if not every:
        return reads
    numbers, slots = itertools.count(), itertools.count()

    def contact() -> dict:
        number = next(numbers)
        email = f"bench{number}@client.example"
        return {"name": f"Bench {number}", "email": email, "phone": "", "notes": "", "welcome": "on"}

    def booking() -> dict:
        number = next(slots)
        people = keys["people"]
        start = FAR + datetime.timedelta(minutes=30 * (number // len(people)))
        return {
            "contact": first + number % 1000,
            "service": keys["service"],
            "staff": people[number % len(people)],
            "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
            "notes": "",
            "tell": "on",
        }

    return [
        *reads,
        Page("dashboard", "/"),
        Page("create contact", "/contacts/new/", 302, contact),
        Page("create booking", "/bookings/new/", 302, booking),
    ]


def fill(url: str, contacts: int) -> dict:
    command = [sys.executable, str(ROOT / "bench" / "data.py"), str(contacts)]
    return json.loads(subprocess.run(command, env=_environment(url), check=True, capture_output=True).stdout)


def measure(targets: list[Target], todo: list[Page], options) -> dict[str, dict[str, list[Result]]]:
    """Each page for each server in turn, round after round, so that noise hits both alike."""
    results = {page.name: {target.name: [] for target in targets} for page in todo}
    for page, round_ in itertools.product(todo, range(options.rounds + 1)):
        for target in targets if round_ % 2 else reversed(targets):
            result = run(target, page.path, expect=page.status, body=page.body, seconds=options.seconds)
            if round_:  # the first one warms up
                results[page.name][target.name].append(result)
    return results


def report(contacts: int, results: dict) -> None:
    print(f"\n{contacts:,} contacts; medians\n")
    print(
        "| page | bare: requests/s, p50 ms | CareOps: requests/s, p50 ms, p95 ms | CareOps / bare | unexpected |"
    )
    print("| --- | --- | --- | --- | --- |")
    for page, by_name in results.items():
        bare, ours = by_name["bare Django"], by_name["CareOps"]
        ratio = statistics.median(o.rate / b.rate for o, b in zip(ours, bare, strict=True))
        print(
            f"| {page} | {_median(bare, 'rate'):.0f}, {_median(bare, 'p50'):.1f} "
            f"| {_median(ours, 'rate'):.0f}, {_median(ours, 'p50'):.1f}, {_median(ours, 'p95'):.1f} "
            f"| {ratio:.2f} | {sum(result.unexpected for result in bare + ours)} |"
        )
    sys.stdout.flush()


def compare(sizes: dict) -> None:
    """How the time of a page grows with the number of contacts."""
    if len(sizes) < 2:
        return
    small, large = min(sizes), max(sizes)
    print(f"\nCareOps, p50 at {large:,} contacts / at {small:,}\n")
    for page, by_name in sizes[large].items():
        growth = _median(by_name["CareOps"], "p50") / _median(sizes[small][page]["CareOps"], "p50")
        print(f"- {page}: {growth:.2f}")


def _median(results: list[Result], figure: str) -> float:
    return statistics.median(getattr(result, figure) for result in results)


@contextlib.contextmanager
def database(contacts: int) -> Iterator[str]:
    """A new database for the time of a ``with``."""
    name, url = f"bench_{contacts}", os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def servers(url: str, headers: dict[str, dict[str, str]]) -> Iterator[list[Target]]:
    """Both applications under the same gunicorn configuration; ``headers`` for each."""
    processes, targets = [], []
    try:
        for name, application in SERVERS.items():
            port = _free_port()
            command = [sys.executable, "-m", "gunicorn", "-c", "python:careops.gunicorn_conf"]
            command += ["--max-requests", "0", application]
            processes.append(subprocess.Popen(command, cwd=ROOT, env=_environment(url) | {"PORT": str(port)}))
            targets.append(Target(name, port, headers[name] | {"Referer": f"http://127.0.0.1:{port}/"}))
        for target in targets:
            _wait_for(target)
        yield targets
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _environment(url: str) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "DEBUG": "off",
        "SECRET_KEY": "bench" * 12,
        "LOG_LEVEL": "ERROR",
    }


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for(target: Target) -> None:
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", target.port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{target.name} does not answer.")


if __name__ == "__main__":
    main()
