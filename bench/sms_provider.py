"""A provider of text messages for benchmarks: one text for one Idempotency-Key, however often it is asked."""

import collections
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class KeyedProvider:
    """Listens on a free port of 127.0.0.1 and notes each text before it answers, as a careful provider does.

    :ivar calls: how often it was asked to send something
    :ivar texts: how often each text, by its words, reached somebody
    :ivar called_at: when it was last asked, by the monotonic clock
    """

    def __init__(self, *, seconds: float):
        """:param seconds: how long it thinks before it answers"""
        self.seconds, self.calls, self.called_at = seconds, 0, 0.0
        self.texts = collections.Counter()
        self._names: dict[str, str] = {}
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"twilio+http://AC1:secret@127.0.0.1:{self._server.server_port}/+15550100?idempotent=1"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._server.server_close()

    def take(self, key: str, words: str) -> str:
        """Send a text unless its key is known, and return its name."""
        with self._lock:
            self.calls += 1
            self.called_at = time.monotonic()
            if key not in self._names:
                self._names[key] = f"SM{next(self._numbers)}"
                self.texts[words] += 1
            return self._names[key]


class _Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request, client_address):
        pass  # a worker was killed in the middle of a word


def _handler(provider: KeyedProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            name = provider.take(self.headers["Idempotency-Key"], fields["Body"][0])
            time.sleep(provider.seconds)
            answer = json.dumps({"sid": name, "status": "queued"}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    return Handler
