"""An end to every talk with a provider.

The timeouts of smtplib, requests and the system are for each read, so that a provider which sends a byte now and then
could hold a worker for ever. Here the connection itself is cut when the time for the whole talk is over.
"""

import contextlib
import os
import socket
import threading

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """Shuts a connection down after so many seconds, unless it is ended before."""

    is_over = is_ended = False

    def __init__(self, line: socket.socket, *, seconds: float):
        self._line = socket.socket(fileno=os.dup(line.fileno()))  # stays valid when TLS takes over the other
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self.is_over = True
        with contextlib.suppress(OSError):  # closed this very moment
            self._line.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self.is_ended = True
        self._timer.cancel()
        self._line.close()


class _Bounded:
    """Part of an HTTP connection. It may carry several requests, each with an end of its own."""

    deadline = None

    def _new_conn(self) -> socket.socket:  # urllib3's hook, before TLS begins
        line = super()._new_conn()
        self.deadline = Deadline(line, seconds=settings.PROVIDER_TOTAL_TIMEOUT)
        return line

    def request(self, *args, **kwargs) -> None:
        if self.sock and not self.deadline:
            self.deadline = Deadline(self.sock, seconds=settings.PROVIDER_TOTAL_TIMEOUT)
        super().request(*args, **kwargs)

    def rest(self) -> None:
        """The request is over, and no other has begun."""
        if self.deadline:
            self.deadline.end()
            self.deadline = None

    def close(self) -> None:
        self.rest()
        super().close()


class _Connection(_Bounded, HTTPConnection):
    pass


class _SecureConnection(_Bounded, HTTPSConnection):
    pass


class _Resting:
    """Part of a pool of such connections."""

    def _put_conn(self, conn) -> None:  # urllib3's hook, when an answer has been read to its end
        if conn:
            conn.rest()
        super()._put_conn(conn)


class _Pool(_Resting, HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(_Resting, HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, *args, **kwargs):
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


def bound(session: requests.Session) -> requests.Session:
    """Give each request of a session an end, and keep it where it was sent: a redirect is not followed."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    session.max_redirects = 0
    return session


def timeouts() -> tuple[float, float]:
    """For requests: seconds to connect, and for each read."""
    return settings.PROVIDER_CONNECT_TIMEOUT, settings.PROVIDER_TOTAL_TIMEOUT
