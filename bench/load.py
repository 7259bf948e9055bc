"""A small load generator: keep-alive connections from one process, bounded in time and to this machine."""

import http.client
import statistics
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass
class Target:
    """One application under load."""

    name: str
    port: int
    headers: dict[str, str]


@dataclass
class Result:
    """What one run saw; times in milliseconds."""

    times: list[float] = field(default_factory=list)
    unexpected: int = 0
    seconds: float = 0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def run(target: Target, path: str, *, expect: int, body=None, clients: int = 8, seconds: float = 3) -> Result:
    """Ask for ``path`` from ``clients`` connections at once for ``seconds``.

    :param body: called for each request, returns the fields to POST; None: GET
    :param expect: the status that counts as an answer; others are counted as unexpected
    """
    result, stop = Result(), time.perf_counter() + seconds

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
        while (started := time.perf_counter()) < stop:
            if body is None:
                connection.request("GET", path, headers=target.headers)
            else:
                form = {"Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", path, urlencode(body()), target.headers | form)
            response = connection.getresponse()
            response.read()
            result.times.append(1000 * (time.perf_counter() - started))
            if response.status != expect:
                result.unexpected += 1
        connection.close()

    started = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - started
    return result
