"""A small load generator: keep-alive connections from one process, bounded in time and to this machine."""

import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

NO_ANSWER = 599
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Target:
    """One application under load; ``pid`` is the parent of its processes."""

    port: int
    pid: int
    headers: dict[str, str]


@dataclass(frozen=True)
class Request:
    """What one client asks for.

    :param fields: of the form to POST; None: GET
    :param headers: besides those of the target, and instead of them
    """

    path: str
    fields: dict | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What one run saw; times in milliseconds.

    :ivar locations: where the answers sent the browser to
    :ivar wrong: the statuses that nobody expected
    :ivar cpu: seconds that servers and database have used, as `cpu` counts them
    """

    times: list[float] = field(default_factory=list)
    locations: list[str] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    seconds: float = 0
    cpu: float = 0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def work(self) -> float:
        """Milliseconds of processor time for a request."""
        return 1000 * self.cpu / len(self.times)

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1] if len(self.times) > 1 else self.p50


def run(target: Target, requests: Iterator[Request], *, expect: int, clients: int, seconds: float) -> Result:
    """Send ``requests`` over ``clients`` connections for ``seconds``, or until there are no more; at least one each.

    :param expect: the status that counts as an answer
    """
    result, taking = Result(), threading.Lock()
    started = time.perf_counter()

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        while request := next_request():
            began = time.perf_counter()
            try:
                status, location = _send(connection, request, target.headers)
            except (OSError, http.client.HTTPException):
                connection.close()  # the next request opens it anew
                status, location = NO_ANSWER, ""
            result.times.append(1000 * (time.perf_counter() - began))
            result.locations.append(location)
            if status != expect:
                result.wrong.append(status)
            if time.perf_counter() - started > seconds:
                break
        connection.close()

    def next_request() -> Request | None:
        with taking:
            return next(requests, None)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    result.seconds = time.perf_counter() - started
    return result


def _send(
    connection: http.client.HTTPConnection, request: Request, headers: dict[str, str]
) -> tuple[int, str]:
    """The status of the answer, and where it sends the browser to."""
    if request.fields is None:
        connection.request("GET", request.path, headers=headers | request.headers)
    else:
        body = urlencode(request.fields)
        connection.request("POST", request.path, body, headers | FORM | request.headers)
    response = connection.getresponse()
    response.read()
    return response.status, response.headers["Location"] or ""
