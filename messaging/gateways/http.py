"""What the answers and errors of an HTTP provider mean, whatever it carries."""

import datetime
import email.utils
import re

import requests
from django.utils import timezone
from urllib3.exceptions import NameResolutionError, NewConnectionError

from messaging.gateways.failures import DeliveryFailed, ErrorKind

SAYINGS = ["ErrorCode", "message", "Message", "error_message", "error", "detail", "title"]
LONGEST_WAIT = datetime.timedelta(hours=24)  # that a provider may ask for


def of_exception(error: BaseException) -> DeliveryFailed:
    """What an error of requests, without an answer, means."""
    reason = _reason(error)
    if isinstance(error, requests.exceptions.SSLError):
        return DeliveryFailed(f"No secure connection to the provider: {_tail(error)}", kind=ErrorKind.TLS)
    if isinstance(error, requests.ConnectTimeout):
        return DeliveryFailed("The provider did not answer in time.", kind=ErrorKind.TIMEOUT)
    if isinstance(reason, NameResolutionError):
        return DeliveryFailed("The name of the provider is not known: check its address.", kind=ErrorKind.DNS)
    if isinstance(reason, NewConnectionError) or isinstance(error, requests.exceptions.ProxyError):
        cause = getattr(reason, "__cause__", None)
        words = f"The provider cannot be reached: {getattr(cause, 'strerror', None) or _tail(reason)}"
        return DeliveryFailed(words, kind=ErrorKind.CONNECTION)
    if isinstance(error, requests.TooManyRedirects):
        return DeliveryFailed("The provider sends us elsewhere: check its address.", kind=ErrorKind.GARBAGE)
    if isinstance(
        error, requests.Timeout | requests.ConnectionError | requests.exceptions.ChunkedEncodingError
    ):
        return DeliveryFailed("It was handed over, and no answer came in time.", kind=ErrorKind.UNKNOWN)
    # What is left was wrong before anything was sent, as an address that is none.
    return DeliveryFailed(
        f"The provider's address cannot be used ({type(error).__name__}).", kind=ErrorKind.CONNECTION
    )


def _reason(error: BaseException) -> object:
    cause = error.args[0] if error.args else None
    return getattr(cause, "reason", cause)


def _tail(error: object) -> str:
    """The end of a nested message, where the cause stands, without the address that was asked for."""
    return re.sub(r"\s+", " ", str(error).rpartition(": ")[2]).strip(" )'\"")[:120] or type(error).__name__


def words_of(response: requests.Response) -> str:
    """What an answer says in words, as providers use to put it; on one line, and not too much of it."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        said = [answer[key] for key in SAYINGS if isinstance(answer.get(key), str | int) and answer[key]]
        if not said and isinstance(errors := answer.get("errors"), list):
            said = [error.get("message", "") if isinstance(error, dict) else error for error in errors]
        text = " ".join(str(word) for word in said)
    else:
        text = "" if "<" in response.text[:200] else response.text[:500]  # a page helps nobody
    return " ".join(text.split())[:200] or response.reason or ""


def of_status(response: requests.Response, words: str) -> DeliveryFailed | None:
    """What the status of an answer means; None where that says nothing bad.

    :param words: what the provider said
    """
    status, said = response.status_code, f"The provider said: {response.status_code} {words}".strip()
    if status < 300:
        return None
    if status < 400:
        return DeliveryFailed(said, kind=ErrorKind.GARBAGE)
    if status in {401, 403, 407}:
        return DeliveryFailed(said, kind=ErrorKind.SIGN_IN)
    if status == 429:
        return DeliveryFailed(said, kind=ErrorKind.RATE, retry_after=retry_after(response))
    if status >= 500 or status in {
        404,
        405,
        408,
        425,
    }:  # not found: our address of it is wrong, not the message
        return DeliveryFailed(said, kind=ErrorKind.SERVER, retry_after=retry_after(response))
    return DeliveryFailed(said, kind=ErrorKind.REJECTED)


def retry_after(response: requests.Response) -> datetime.timedelta | None:
    """What Retry-After asks for, as seconds or as a date; None where it is missing or makes no sense."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdecimal() and len(asked) < 10:
        return min(datetime.timedelta(seconds=int(asked)), LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(asked)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=datetime.UTC)
    return max(datetime.timedelta(0), min(until - timezone.now(), LONGEST_WAIT))
