"""The process that sends what is due and does the other background jobs."""

import asyncio
import contextlib
import logging
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import autoreload
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from messaging.running import restored
from messaging.running.clock import SteadyWorker

logger = logging.getLogger(__name__)

JOB_CONNECTIONS = 3  # for jobs to come and go by, and all of them stay open
SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 2  # seconds between two attempts to reach the database


class Command(BaseCommand):
    help = "Send what is due and do the other background jobs, until it is told to stop."

    def add_arguments(self, parser):
        parser.add_argument("--concurrency", type=int, default=4, metavar="N", help="jobs at a time (4)")
        parser.add_argument("--reload", action="store_true", help="start again when code changes")

    def handle(self, *, concurrency: int, reload: bool, **options):
        connections = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
        if not 1 <= concurrency <= connections:
            raise CommandError(
                f"--concurrency must be between 1 and {connections}: each job needs a connection (DATABASE_POOL)."
            )
        # As many as it needs stay open, whoever else takes all the others that the database has.
        connection.settings_dict["OPTIONS"]["pool"]["min_size"] = concurrency
        if reload:
            autoreload.run_with_reloader(lambda: asyncio.run(work(concurrency)))
        else:
            asyncio.run(work(concurrency))


async def work(concurrency: int) -> None:
    """Work until SIGTERM or SIGINT; whenever the database goes away, begin anew as soon as it answers.

    The messages in hand are finished first. A second signal ends the process at once.
    """
    loop = asyncio.get_running_loop()
    # A thread for each job, and some for looking up the names of hosts.
    loop.set_default_executor(ThreadPoolExecutor(concurrency + 4))
    stopping = asyncio.Event()
    if threading.current_thread() is threading.main_thread():  # else the reloader's thread takes the signals
        for ending in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(ending, _stop, loop, stopping)
    pause = SHORTEST_PAUSE
    while not stopping.is_set():
        began = loop.time()
        trouble = await _work_until(stopping, concurrency)
        if not stopping.is_set():
            pause = SHORTEST_PAUSE if loop.time() - began > 60 else min(2 * pause, LONGEST_PAUSE)
            logger.warning("worker has no database", extra={"trouble": trouble, "seconds": pause})
            connection.close_pool()  # an old pool would wait for longer and longer before it connects again
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)
    logger.info("worker stopped")


def _stop(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(ending)
    stopping.set()


async def _work_until(stopping: asyncio.Event, concurrency: int) -> str:
    """Run jobs until ``stopping`` is set or something breaks; return what broke, in words."""
    worker = asyncio.create_task(_run_jobs(concurrency))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait([worker, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    worker.cancel()  # it lets the running jobs finish
    try:
        await worker
    except asyncio.CancelledError:
        return "stopped"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "a connection ended"  # procrastinate has logged which


async def _run_jobs(concurrency: int) -> None:
    parameters = connector_params()
    await (
        await psycopg.AsyncConnection.connect(**parameters)
    ).close()  # fails at once, where a pool would wait
    await sync_to_async(_look_where_we_are)()  # before any job that a backup may have brought along
    logger.info("worker started", extra={"concurrency": concurrency})
    connector = PsycopgConnector(kwargs=parameters, min_size=JOB_CONNECTIONS, timeout=3)
    options = {
        **jobs.worker_defaults,
        "concurrency": concurrency,
        "install_signal_handlers": False,
        "shutdown_graceful_timeout": 0,  # tells long jobs at once to stop after the message in hand
        "delete_jobs": "successful",
    }
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            jobs.perform_import_paths()
            await SteadyWorker(app=jobs, **options).run()


def _look_where_we_are() -> None:
    try:
        restored.may_send()
    finally:
        connection.close()  # this thread's own, which would not outlive a restart of the database
