"""Measures in rounds, so that what disturbs a round disturbs all that is compared in it."""

import math
import sys
from dataclasses import dataclass

import load
from clinic import Clinic
from load import Result
from pages import Thing
from servers import LOG
from writes import BARE

FEW = 2  # clients, for the time that each of them waits
WARM_UP = 0.3  # seconds


@dataclass(frozen=True)
class Round:
    """What was seen of one thing in one round.

    :param bare: what it is measured beside, with many clients
    :param careops: the thing itself, likewise
    :param calm: the same with FEW clients
    :param failures: what CareOps answered unexpectedly, and what came to nothing
    """

    bare: Result
    careops: Result
    calm: Result
    failures: int

    @property
    def ratio(self) -> float:
        return self.careops.rate / self.bare.rate

    @property
    def work_ratio(self) -> float:
        """How much more processor time CareOps takes for it."""
        return self.careops.work / self.bare.work if self.bare.work else math.nan


Rounds = dict[str, dict[int, list[Round]]]  # by the name of the thing and the contacts of the clinic


def measure(things: list[Thing], clinics: list[Clinic], *, rounds: int, seconds: float, many: int) -> Rounds:
    """Each thing in each clinic in turn, round after round; a short one before warms up.

    :param many: clients, for the rate
    """
    found: Rounds = {thing.name: {clinic.contacts: [] for clinic in clinics} for thing in things}
    for thing in things:
        for clinic in clinics if seconds > WARM_UP else []:
            _round(thing, clinic, seconds=WARM_UP, many=many)
        for number in range(rounds):
            for clinic in clinics if number % 2 else reversed(clinics):
                found[thing.name][clinic.contacts].append(_round(thing, clinic, seconds=seconds, many=many))
        print(".", end="", file=sys.stderr, flush=True)
    return found


def _round(thing: Thing, clinic: Clinic, *, seconds: float, many: int) -> Round:
    bare, _ = run(BARE[thing.beside], clinic, clients=many, seconds=seconds, is_bare=True)
    careops, in_vain = run(thing, clinic, clients=many, seconds=seconds)
    calm, more_in_vain = run(thing, clinic, clients=FEW, seconds=seconds)
    failures = len(careops.wrong) + len(calm.wrong) + in_vain + more_in_vain
    return Round(bare, careops, calm, failures)


def run(
    thing: Thing, clinic: Clinic, *, clients: int, seconds: float, is_bare: bool = False
) -> tuple[Result, int]:
    """One run, and how many of its requests came to nothing although the answer was the expected one."""
    target = clinic.bare if is_bare else clinic.careops
    clinic.keep_worker_alive()
    requests, used = thing.requests(clinic), clinic.cpu_used(target)
    result = load.run(target, requests, expect=thing.expect, clients=clients, seconds=seconds)
    result.cpu = clinic.cpu_used(target) - used
    if not result.times:
        sys.exit(f"There is nothing left to {thing.name}: ask for fewer rounds, or fewer seconds.")
    if (is_bare and result.wrong) or len(result.wrong) == len(result.times):
        sys.exit(
            f"{thing.name}: {'the bare Django' if is_bare else 'CareOps'} answers {result.wrong[0]}; see {LOG}."
        )
    return result, thing.after(clinic, result) if thing.after else 0
