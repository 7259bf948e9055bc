"""A real HTTP server for the tests that speaks as Twilio and as Postmark do, and can be told to misbehave."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

POSTMARK = "/email"


class HttpProvider:
    """Listens on a free port of 127.0.0.1. What it answers can be changed while it runs; None: what is polite.

    :ivar answer: (status, body, headers) for every request
    :ivar seconds: how long it thinks before it answers
    :ivar dribble: seconds between two bytes of the answer
    :ivar calls: each message it was asked to send, as a dict of fields, with the key of the request
    """

    def __init__(self):
        self.answer = None
        self.seconds = self.dribble = 0.0
        self.talks = 0
        self.calls: list[dict] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def sms_url(self) -> str:
        return f"twilio+http://AC1:secret@127.0.0.1:{self.port}/+15550100"

    def carry_sms(self, settings, url: str | None = None) -> None:
        """Have this process send its texts here; ``settings`` is pytest-django's fixture."""
        settings.SMS_URL = url or self.sms_url

    def carry_email(self, settings, url: str | None = None) -> None:
        """Have this process send its emails here."""
        settings.EMAIL_URL = "anymail://postmark?server_token=secret"
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        api = url or f"http://127.0.0.1:{self.port}/"
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "secret", "POSTMARK_API_URL": api}

    def take(self, path: str, headers, body: bytes) -> tuple[int, dict, dict]:
        """What it says to a message when it is well."""
        self.talks += 1
        if path.endswith(POSTMARK):
            call = json.loads(body)
            reply = {"ErrorCode": 0, "Message": "OK", "MessageID": f"PM{self.talks}", "To": call["To"]}
            status = 200
        else:
            call = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            reply, status = {"sid": f"SM{self.talks}", "status": "queued", "error_code": None}, 201
        self.calls.append(call | {"key": headers["Idempotency-Key"], "sign_in": headers["Authorization"]})
        return self.answer or (status, reply, {})


def _handler(provider: HttpProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, reply, headers = provider.take(self.path, self.headers, body)
            time.sleep(provider.seconds)
            data = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self._slow(b"".join(self._headers_buffer) + b"\r\n" + data)
            except OSError:
                pass  # we were cut off, as we should be

        def _slow(self, answer: bytes) -> None:
            if not provider.dribble:
                self.wfile.write(answer)
                return
            for byte in answer:
                self.wfile.write(bytes([byte]))
                time.sleep(provider.dribble)

        def log_message(self, *args):
            pass

    return Handler
