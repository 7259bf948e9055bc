"""Logs without personal data: one JSON object a line, with the request it belongs to, or plain lines to watch."""

import contextvars
import datetime
import json
import logging
import traceback

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

# What every record carries anyway; whatever else is there came by `extra=` and is worth printing.
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "request", "server_time", "request_id"}

_ESCAPED = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


class RequestIdFilter(logging.Filter):
    """Put the id of the current request on the record."""

    def filter(self, record):
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    """Print a record as one line of JSON. Line breaks and control characters end up escaped."""

    def format(self, record):
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {"at": at.isoformat(timespec="milliseconds"), "level": record.levelname, "logger": record.name}
        if record.request_id:
            line["request_id"] = record.request_id
        line["message"] = _message(record)
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = _trace(record.exc_info[1])
        return json.dumps(line, default=str)


class PlainFormatter(logging.Formatter):
    """Print a record for somebody who watches: time, level, words, what else is known, and below it the trace."""

    def format(self, record):
        at = datetime.datetime.fromtimestamp(record.created).astimezone()
        known = [
            f"{name}={value}"
            for name, value in vars(record).items()
            if name not in _STANDARD and name != "trace"
        ]
        words = " ".join([_message(record), *known])
        line = f"{at:%H:%M:%S} {record.levelname:7} {words.translate(_ESCAPED)}"
        trace = _trace(record.exc_info[1]) if record.exc_info else getattr(record, "trace", "")
        return f"{line}\n{trace}".rstrip()


def _trace(error: BaseException | None) -> str:
    """Where an error came from and through what, without its text: databases and mail servers put people in there."""
    steps = []
    while error is not None:
        steps.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nled to\n".join(reversed(steps))


def _message(record: logging.LogRecord) -> str:
    """The text of a record; where Django would print a path, which may hold a private link, the route instead."""
    request = getattr(record, "request", None)
    if hasattr(request, "path"):
        match = request.resolver_match
        return f"{record.levelname.lower()} in {request.method} {match.route if match else '(no route)'}"
    return record.getMessage()
