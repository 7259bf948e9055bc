"""The tables of `make bench`, in Markdown. Times are in milliseconds, and every figure is a median of the rounds.

CPU is the processor time of web processes and database for one request: of all figures it is the one to trust on a
machine that has something else to do.
"""

import statistics
from collections.abc import Iterable
from typing import Any

from load import Result
from measure import FEW, Round, Rounds
from pages import Thing


def compare(things: list[Thing], found: Rounds, statements: dict[str, int], *, many: int) -> None:
    """CareOps beside the bare Django, a table for each size."""
    columns = ["what", "beside bare", "bare, 1/s", "CareOps, 1/s", "ratio", "p50", "p95"]
    columns += ["CPU", "CPU / bare", "statements", "failures"]
    for contacts in next(iter(found.values())):
        _begin(f"{contacts:,} contacts; {many} clients, and {FEW} for p50 and p95", columns)
        for thing in things:
            rounds = found[thing.name][contacts]
            _row(
                thing.name,
                thing.beside,
                f"{_median(each.bare.rate for each in rounds):.0f}",
                f"{_median(each.careops.rate for each in rounds):.0f}",
                f"{_median(each.ratio for each in rounds):.2f}",
                f"{_median(each.calm.p50 for each in rounds):.1f}",
                f"{_median(each.calm.p95 for each in rounds):.1f}",
                f"{_median(each.careops.work for each in rounds):.1f}",
                f"{_median(each.work_ratio for each in rounds):.1f}",
                statements[thing.name],
                _failures(rounds),
            )


def growth(found: Rounds) -> None:
    """How much everything grows with the size, from the smallest to the largest."""
    sizes = sorted(next(iter(found.values())))
    if len(sizes) < 2:
        return
    small, large = sizes[0], sizes[-1]
    columns = ["what", "p50", "p50", "growth of p50", "CPU", "CPU", "growth of CPU"]
    _begin(f"From {small:,} to {large:,} contacts; {FEW} clients", columns)
    for name, by_size in found.items():
        few, many = ([each.calm for each in by_size[size]] for size in (small, large))
        _row(
            name,
            f"{_median(each.p50 for each in few):.1f}",
            f"{_median(each.p50 for each in many):.1f}",
            f"{_median(b.p50 / a.p50 for a, b in zip(few, many, strict=True)):.2f}",
            f"{_median(each.work for each in few):.1f}",
            f"{_median(each.work for each in many):.1f}",
            f"{_median(b.work / (a.work or 1) for a, b in zip(few, many, strict=True)):.2f}",
        )


def without_statistics(fresh: dict[str, dict[int, list[Result]]], found: Rounds) -> None:
    """What the hot writes cost before PostgreSQL has looked at its tables, beside what they cost afterwards."""
    columns = ["what", "contacts", "p50 before", "p50 after", "CPU before", "CPU after"]
    _begin(f"Before the first ANALYZE, and after it; {FEW} clients", columns)
    for name, by_size in fresh.items():
        for contacts, before in by_size.items():
            after = [each.calm for each in found[name][contacts]]
            p50 = [f"{_median(each.p50 for each in results):.1f}" for results in (before, after)]
            work = [f"{_median(each.work for each in results):.1f}" for results in (before, after)]
            _row(name, f"{contacts:,}", *p50, *work)


def failures(found: Rounds) -> int:
    return sum(_failures(rounds) for by_size in found.values() for rounds in by_size.values())


def _begin(title: str, columns: list[str]) -> None:
    print(f"\n{title}\n")
    _row(*columns)
    _row(*["---"] * len(columns))


def _row(*cells: Any) -> None:
    print(f"| {' | '.join(map(str, cells))} |")


def _failures(rounds: Iterable[Round]) -> int:
    return sum(each.failures for each in rounds)


def _median(numbers: Iterable[float]) -> float:
    return statistics.median(numbers)
