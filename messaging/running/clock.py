"""The clock of the worker: what it does again and again, whatever happens to the clock on the wall.

procrastinate's own remembers what it did last: put back by an hour, it waits for an hour; put forward by a year, it
does what it has missed, one after the other. This one only looks ahead: what was missed is skipped, as each job reads
from the rows what is due. With several workers a job may come twice, which does no harm.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable

from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.periodic import PeriodicTask
from procrastinate.worker import Worker

MARGIN = 0.1  # seconds: rather late than twice


class SteadyWorker(Worker):
    """procrastinate's worker, with this clock instead of its own."""

    async def _periodic_deferrer(self) -> None:
        while True:
            wait, tasks = upcoming(self.app.periodic_registry.periodic_tasks.values(), now=time.time())
            await asyncio.sleep(wait + MARGIN)
            for task in tasks:
                await strike(task)


def upcoming(tasks: Iterable[PeriodicTask], *, now: float) -> tuple[float, list[PeriodicTask]]:
    """Which come next, all at the same time, and in how many seconds."""
    times = [(task.croniter.get_next(float, start_time=now), task) for task in tasks]
    first = min(at for at, _ in times)
    return first - now, [task for at, task in times if at == first]


async def strike(task: PeriodicTask) -> None:
    """Have it done, unless it waits to be done anyway."""
    with contextlib.suppress(AlreadyEnqueued):
        await task.task.configure(**task.configure_kwargs).defer_async(timestamp=int(time.time()))
