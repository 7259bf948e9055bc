"""How much processor time processes have used, which a busy machine disturbs far less than how long they took.

Read from /proc, so on Linux alone; elsewhere it is always nothing.
"""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")  # in a second


def used(processes: Iterable[int]) -> float:
    """The seconds that all of them together have used since they began; one that has ended has used none."""
    return sum(map(_ticks, processes)) / TICKS


def family(process: int) -> list[int]:
    """A process and its children."""
    return [process, *map(int, _read(PROC / f"{process}/task/{process}/children").split())]


def _ticks(process: int) -> int:
    fields = _read(PROC / f"{process}/stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:13]))  # in user mode and in the kernel


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
