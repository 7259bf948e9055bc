"""The worker's clock goes on, whatever happens to the clock on the wall."""

import asyncio
import collections
import datetime

import pytest
from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.worker import Worker

from messaging.running import clock

NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC).timestamp()
HOUR, YEAR = 3600, 365 * 24 * 3600
TASKS = app.periodic_registry.periodic_tasks.values()
TICK, LOOK = "messaging.tasks.tick", "messaging.tasks.look_around"


def names(tasks) -> set[str]:
    return {task.task.name for task in tasks}


def test_what_comes_next_comes_together():
    wait, tasks = clock.upcoming(TASKS, now=NOON + 3)
    assert (wait, TICK in names(tasks), LOOK in names(tasks)) == (2, True, False)

    wait, tasks = clock.upcoming(TASKS, now=NOON + 57.5)
    assert (wait, TICK in names(tasks), LOOK in names(tasks)) == (2.5, True, True)


@pytest.mark.parametrize("jump", [0, -HOUR, YEAR, -YEAR], ids=["none", "hour back", "year on", "year back"])
def test_a_clock_that_jumps_stops_nothing_and_repeats_nothing(jump, monkeypatch):
    """Six minutes, in the third of which somebody sets the clock on the wall."""
    wall, passed, done = NOON + 1, 0, collections.Counter()

    async def sleep(seconds):
        nonlocal wall, passed
        wall += seconds + (jump if passed < 150 <= passed + seconds else 0)
        passed += seconds
        if passed > 360:
            raise TimeoutError

    async def strike(task):
        done[task.task.name] += 1

    monkeypatch.setattr(clock.time, "time", lambda: wall)
    monkeypatch.setattr(clock.asyncio, "sleep", sleep)
    monkeypatch.setattr(clock, "strike", strike)

    with pytest.raises(TimeoutError):
        asyncio.run(clock.SteadyWorker(app=app)._periodic_deferrer())

    assert 70 <= done[TICK] <= 73
    assert 5 <= done[LOOK] <= 7
    assert hasattr(Worker, "_periodic_deferrer"), "else procrastinate's own clock goes as well"


@pytest.mark.django_db(transaction=True)
def test_what_waits_to_be_done_is_not_asked_for_again():
    [tick] = [task for task in TASKS if task.task.name == TICK]

    async_to_sync(clock.strike)(tick)
    async_to_sync(clock.strike)(tick)

    assert ProcrastinateJob.objects.get().task_name == TICK
