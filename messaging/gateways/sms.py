"""SMS through the HTTP API of Twilio, or of another provider that speaks it."""

from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

import requests
from django.conf import settings
from django.urls import reverse

from messaging.gateways import deadline, http
from messaging.gateways.failures import DeliveryFailed, ErrorKind

# What Twilio's error codes mean where that differs from what the status of the answer says.
# 21211, 21214, 21217, 21614: no number that can be texted; 21612, 21408: no way to it; 30003-30006: it is gone.
MEANINGS = {
    20003: ErrorKind.SIGN_IN,
    20429: ErrorKind.RATE,
    21610: ErrorKind.OPTED_OUT,
    21611: ErrorKind.RATE,
    21603: ErrorKind.SIGN_IN,  # our own number is missing,
    21606: ErrorKind.SIGN_IN,  # or not ours,
    21659: ErrorKind.SIGN_IN,
    21660: ErrorKind.SIGN_IN,
}


@dataclass(frozen=True)
class Account:
    """What SMS_URL says.

    :param sender: a number, a name, or a messaging service (MG…)
    :param honours_keys: whether the provider sends one message for one Idempotency-Key, however often it is asked
    """

    url: str
    name: str
    token: str
    sender: str
    honours_keys: bool = False


def account() -> Account:
    """The account in SMS_URL, such as ``twilio://ACCOUNT:TOKEN@api.twilio.com/+15550100``."""
    url = urlsplit(settings.SMS_URL)
    scheme = "http" if url.scheme == "twilio+http" else "https"
    host = url.netloc.rpartition("@")[2]
    name = unquote(url.username or "")
    options = parse_qs(url.query)
    return Account(
        url=f"{scheme}://{host}/2010-04-01/Accounts/{quote(name, safe='')}/Messages.json",
        name=name,
        token=unquote(url.password or ""),
        sender=unquote(url.path.strip("/")),
        honours_keys=options.get("idempotent", ["0"])[-1] in {"1", "on", "true"},
    )


class SmsLine:
    """The way to the provider of texts. It is opened for the first text and kept for the others, until it is closed.

    After an error the next text gets a new connection. For one thread at a time.
    """

    def __init__(self):
        self._session: requests.Session | None = None

    def send(self, *, to: str, body: str, key: str) -> str:
        """Hand one text to the provider; with no SMS_URL it stays in CareOps, where the outbox shows it.

        :param key: the same for every try, so that a provider can drop a repeat
        :returns: what the provider calls it
        :raises DeliveryFailed: with the provider's words, whatever went wrong
        """
        if not settings.SMS_URL:
            return ""
        provider = account()
        sender = "MessagingServiceSid" if provider.sender.startswith("MG") else "From"
        fields = {"To": to, sender: provider.sender, "Body": body}
        if settings.ALLOWED_ORIGINS[0].startswith("https://"):
            fields["StatusCallback"] = settings.ALLOWED_ORIGINS[0] + reverse("webhook_sms")
        if self._session is None:
            self._session = deadline.bound(requests.Session())
            self._session.auth = (provider.name, provider.token)
        try:
            response = self._session.post(
                provider.url,
                data=fields,
                headers={"Idempotency-Key": key},
                timeout=deadline.timeouts(),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            self.close()
            raise http.of_exception(error) from error
        return _taken_as(response)

    def close(self) -> None:
        session, self._session = self._session, None
        if session:
            session.close()


def _taken_as(response: requests.Response) -> str:
    """:raises DeliveryFailed: unless the answer says that the message was taken"""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    answer = answer if isinstance(answer, dict) else {}
    code = answer.get("code") or answer.get("error_code")
    kind = MEANINGS.get(code) if isinstance(code, int) else None
    words = http.words_of(response)
    if kind:
        wait = http.retry_after(response)
        raise DeliveryFailed(f"The provider said: {code} {words}", kind=kind, retry_after=wait)
    if failure := http.of_status(response, words):
        raise failure
    if not answer:
        raise DeliveryFailed("The provider's answer makes no sense.", kind=ErrorKind.GARBAGE)
    taken = isinstance(answer.get("sid"), str) and answer.get("status") not in {"failed", "undelivered"}
    if not taken:
        raise DeliveryFailed(f"The provider said: {words}", kind=ErrorKind.SERVER)
    return answer["sid"][:200]
