"""The tables of `make bench`, in Markdown."""

import statistics
from collections.abc import Iterable

from load import Result
from measure import FEW, Round, Rounds
from pages import Thing


def compare(things: list[Thing], found: Rounds, statements: dict[str, int], *, many: int) -> None:
    """CareOps beside the bare Django, a table for each size."""
    for contacts in next(iter(found.values())):
        print(f"\n{contacts:,} contacts; {many} clients, and {FEW} for the times; medians\n")
        print(
            "| what | beside bare | bare, 1/s | CareOps, 1/s | ratio | p50, ms | p95, ms | statements | failures |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for thing in things:
            rounds = found[thing.name][contacts]
            calm = [each.calm for each in rounds]
            print(
                f"| {thing.name} | {thing.beside} | {_median(each.bare.rate for each in rounds):.0f} "
                f"| {_median(each.careops.rate for each in rounds):.0f} "
                f"| {_median(each.ratio for each in rounds):.2f} "
                f"| {_p50(calm):.1f} | {_median(each.p95 for each in calm):.1f} "
                f"| {statements[thing.name]} | {_failures(rounds)} |"
            )


def growth(found: Rounds) -> None:
    """How the time of everything grows with the size, from the smallest to the largest."""
    sizes = sorted(next(iter(found.values())))
    if len(sizes) < 2:
        return
    small, large = sizes[0], sizes[-1]
    print(f"\nGrowth of p50 from {small:,} to {large:,} contacts; {FEW} clients, median of the rounds\n")
    print("| what | ms | ms | growth |")
    print("| --- | --- | --- | --- |")
    for name, by_size in found.items():
        few, many = ([each.calm for each in by_size[size]] for size in (small, large))
        factor = _median(b.p50 / a.p50 for a, b in zip(few, many, strict=True))
        print(f"| {name} | {_p50(few):.1f} | {_p50(many):.1f} | {factor:.2f} |")


def without_statistics(fresh: dict[str, dict[int, list[Result]]], found: Rounds) -> None:
    """What the hot writes cost before PostgreSQL has looked at its tables, beside what they cost afterwards."""
    print("\nBefore the first ANALYZE; 2 clients, p50 in ms, medians\n")
    print("| what | contacts | before | after | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for name, by_size in fresh.items():
        for contacts, results in by_size.items():
            before, after = _p50(results), _p50(each.calm for each in found[name][contacts])
            print(f"| {name} | {contacts:,} | {before:.1f} | {after:.1f} | {before / after:.2f} |")


def failures(found: Rounds) -> int:
    return sum(_failures(rounds) for by_size in found.values() for rounds in by_size.values())


def _failures(rounds: Iterable[Round]) -> int:
    return sum(each.failures for each in rounds)


def _p50(results: Iterable[Result]) -> float:
    return _median(result.p50 for result in results)


def _median(numbers: Iterable[float]) -> float:
    return statistics.median(numbers)
