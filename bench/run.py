"""`make bench`: CareOps beside bare Django, over the same rows, in one run on this machine.

What means something is a ratio between two things that were measured in turn; a single time is of this machine and
this moment. Everything happens on 127.0.0.1 and on databases of the run's own, which are deleted afterwards.
"""

import argparse
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import bulk
import report
import rows
from clinic import Clinic
from django.conf import settings
from load import Result, Target
from measure import FEW, WARM_UP, measure, run
from pages import READS, Thing
from servers import LOG, ROOT, database, environment, server
from tokens import SECRET_KEY
from writes import WRITES

SERVERS = {"bare": "bench.baseline:application", "careops": "careops.wsgi:application"}
FRESH_ROUNDS = 2  # at most
FASTEST = 350  # changes of bookings in a second


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Interrupted."))  # through every `finally`
    settings.configure(SECRET_KEY=SECRET_KEY)  # for the tokens; everything else of CareOps runs elsewhere
    options = read_options()
    LOG.unlink(missing_ok=True)
    things = [thing for thing in [*READS, *WRITES] if is_chosen(thing, options.pages)]
    if not things:
        sys.exit("There is nothing of that name.")
    with clinics(options.contacts, enough=int(FASTEST * options.seconds)) as found:
        hot = [thing for thing in things if thing.is_hot]
        fresh = measure_fresh(hot, found, options)
        for clinic in found:
            say(f"ANALYZE of {clinic.contacts:,} contacts")
            bulk.analyse(clinic.url)
        say("measuring")
        statements = count_statements(things, found[0])
        rounds = measure(things, found, rounds=options.rounds, seconds=options.seconds, many=options.clients)
        say("")
    report.compare(things, rounds, statements, many=options.clients)
    report.growth(rounds)
    if hot:
        report.without_statistics(fresh, rounds)
    failures = report.failures(rounds)
    print(f"\n{failures} requests failed; see {LOG}." if failures else "\nEvery request did what it should.")
    return bool(failures)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, nargs="+", default=[10_000, 1_000_000], help="of each size")
    parser.add_argument("--pages", nargs="+", default=[], help="parts of the names of what to measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each measurement")
    parser.add_argument("--clients", type=int, default=8, help="at the same time, for the rates")
    parser.add_argument("--tiny", action="store_true", help="everything once, to see that it works")
    options = parser.parse_args()
    if options.tiny:
        options.contacts, options.clients = [rows.LEAST, rows.LEAST + 1000], FEW
        options.rounds, options.seconds = 1, 0.05
        os.environ["WEB_CONCURRENCY"] = "1"
    if min(options.contacts) < rows.LEAST:
        parser.error(f"A clinic has {rows.LEAST:,} contacts at least.")
    return options


def is_chosen(thing: Thing, names: list[str]) -> bool:
    return not names or any(name.lower() in thing.name for name in names)


@contextlib.contextmanager
def clinics(sizes: list[int], *, enough: int) -> Iterator[list[Clinic]]:
    """Clinics of these sizes with their servers, all at the same time, so that they can be measured in turn."""
    with contextlib.ExitStack() as stack:
        template = "bench_template"
        keys = prepare(stack.enter_context(database(template)))
        found = []
        for contacts in sorted(sizes):
            url = stack.enter_context(database(f"bench_{contacts}", template=template))
            say(f"filling {contacts:,} contacts")
            bulk.fill(url, contacts=contacts, keys=keys)
            targets = {
                name: Target(*stack.enter_context(server(application, url)), keys["headers"][name])
                for name, application in SERVERS.items()
            }
            found.append(Clinic(contacts=contacts, url=url, keys=keys, enough=enough, **targets))
        yield found


def prepare(url: str) -> dict:
    command = [sys.executable, str(ROOT / "bench" / "data.py")]
    return json.loads(subprocess.run(command, env=environment(url), check=True, capture_output=True).stdout)


def measure_fresh(things: list[Thing], found: list[Clinic], options: argparse.Namespace) -> dict:
    """The hot writes without statistics, as they are after a restore until PostgreSQL gets round to them."""
    results: dict[str, dict[int, list[Result]]] = {}
    for thing in things:
        by_size = results[thing.name] = {clinic.contacts: [] for clinic in found}
        for clinic in found if not options.tiny else []:
            run(thing, clinic, clients=FEW, seconds=WARM_UP)
        for _, clinic in itertools.product(range(min(options.rounds, FRESH_ROUNDS)), found):
            by_size[clinic.contacts].append(run(thing, clinic, clients=FEW, seconds=options.seconds)[0])
    return results


def count_statements(things: list[Thing], clinic: Clinic) -> dict[str, int]:
    asked = {}
    clinic.keep_worker_alive()
    for thing in things:
        requests = thing.requests(clinic)
        both = [next(requests) for _ in range(2)]
        asked[thing.name] = [(each.path, each.fields, clinic.careops.headers | each.headers) for each in both]
    command = [sys.executable, str(ROOT / "bench" / "statements.py")]
    counted = subprocess.run(
        command,
        env=environment(clinic.url),
        input=json.dumps(asked),
        text=True,
        check=True,
        stdout=subprocess.PIPE,
    )
    for thing in things:
        if thing.after:
            thing.after(clinic, Result())
    return json.loads(counted.stdout)


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
