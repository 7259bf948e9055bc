"""A real SMTP server for the tests, which can be told to misbehave."""

import asyncio
import email.policy
import logging
import threading
import time
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command
NEVER = "never"  # as a greeting: accept the connection and stay silent
CLOSE = "close"  # as a greeting: hang up at once


class SmtpServer:
    """Listens on a free port of 127.0.0.1. What it answers can be changed while it runs; None: what is polite.

    ``greeting`` is a line, NEVER, or CLOSE; with ``dribble`` it comes a byte at a time, so many seconds apart.
    """

    def __init__(self):
        self.received: list[EmailMessage] = []
        self.talks = 0  # connections so far
        self.greeting = self.at_recipient = self.at_data = None
        self.dribble = 0.0
        self.seconds = 0.0  # to think over each message
        self.thinking = 0  # messages thought over right now
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.server = self._run(self.loop.create_server(self._talk, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exception):
        self._run(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.received]

    def configure(self, settings) -> None:
        """Have this process send through it; ``settings`` is pytest-django's fixture."""
        settings.EMAIL_URL = self.url
        settings.EMAIL_BACKEND = "messaging.gateways.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.port

    def wait_for(self, count: int, *, seconds: float = 15) -> float:
        """Wait until ``count`` messages have arrived in all, and return the seconds that took."""
        began = time.monotonic()
        while len(self.received) < count:
            assert time.monotonic() < began + seconds, f"{len(self.received)} of {count} messages arrived"
            time.sleep(0.005)
        return time.monotonic() - began

    def _run(self, task):
        return asyncio.run_coroutine_threadsafe(task, self.loop).result(10)

    async def _end(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _talk(self):
        self.talks += 1
        if self.greeting is None:
            return SMTP(self, hostname="test.example", loop=self.loop)
        return _Rude(self.greeting, self.dribble)

    # What aiosmtpd asks.

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.at_recipient:
            return self.at_recipient.format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.thinking += 1
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.thinking -= 1
        if self.at_data:
            return self.at_data
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


class _Rude(asyncio.Protocol):
    def __init__(self, greeting: str, dribble: float):
        self.greeting, self.dribble = greeting, dribble

    def connection_made(self, transport):
        if self.greeting == CLOSE:
            transport.close()
        elif self.greeting != NEVER:
            self.task = asyncio.ensure_future(self._greet(transport))

    async def _greet(self, transport):
        for byte in f"{self.greeting}\r\n".encode():
            transport.write(bytes([byte]))
            await asyncio.sleep(self.dribble)
        transport.close()
