import time

import pytest

from messaging import gateways
from messaging.gateways.sms import account
from messaging.tests.provider import HttpProvider
from messaging.words.rules import Channel


@pytest.fixture
def provider(settings):
    with HttpProvider() as provider:
        provider.carry_sms(settings)
        settings.PROVIDER_CONNECT_TIMEOUT = settings.PROVIDER_TOTAL_TIMEOUT = 0.4
        yield provider


def send() -> str:
    with gateways.Lines() as lines:
        return lines.sms.send(to="+447700900001", body="See you at nine.", key="0b7e")


def refusal() -> gateways.DeliveryFailed:
    with pytest.raises(gateways.DeliveryFailed) as caught:
        send()
    return caught.value


def test_a_text_carries_what_the_provider_needs(provider):
    assert send() == "SM1"

    [call] = provider.calls
    assert call.pop("sign_in") == "Basic QUMxOnNlY3JldA=="  # AC1:secret
    assert call == {"To": "+447700900001", "From": "+15550100", "Body": "See you at nine.", "key": "0b7e"}


def test_a_provider_that_can_reach_us_is_asked_to_report(provider, settings):
    settings.ALLOWED_ORIGINS = ["https://careops.example"]

    send()

    assert provider.calls[0]["StatusCallback"] == "https://careops.example/webhooks/sms/"


def test_a_messaging_service_can_be_the_sender(provider, settings):
    settings.SMS_URL = settings.SMS_URL.replace("+15550100", "MG42")

    send()

    assert provider.calls[0]["MessagingServiceSid"] == "MG42"
    assert "From" not in provider.calls[0]


def test_without_a_provider_nothing_leaves(provider, settings):
    settings.SMS_URL = ""

    assert send() == ""

    assert provider.talks == 0


def test_the_address_of_the_account_is_read_from_the_setting(settings):
    settings.SMS_URL = "twilio://AC1:to%2Fken@api.twilio.com/+15550100?idempotent=1"

    found = account()

    assert found.url == "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    assert (found.name, found.token, found.sender) == ("AC1", "to/ken", "+15550100")
    assert found.honours_keys


@pytest.mark.parametrize(
    ("option", "drops"), [("", False), ("?idempotent=1", True), ("?idempotent=0", False)]
)
def test_only_a_provider_that_says_so_drops_repeats(settings, option, drops):
    settings.SMS_URL = "twilio://AC1:secret@api.twilio.com/+15550100" + option

    assert gateways.drops_repeats(Channel.SMS) is drops
    assert gateways.drops_repeats(Channel.EMAIL)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((500, {"message": "Ouch"}, {}), "server", "The provider said: 500 Ouch"),
        ((503, b"<html>Busy</html>", {}), "server", "The provider said: 503 Service Unavailable"),
        (
            (401, {"code": 20003, "message": "Authenticate"}, {}),
            "sign_in",
            "The provider said: 20003 Authenticate",
        ),
        ((429, {"code": 20429, "message": "Too many"}, {}), "rate", "The provider said: 20429 Too many"),
        ((400, {"code": 21211, "message": "No number"}, {}), "rejected", "The provider said: 400 No number"),
        (
            (400, {"code": 21610, "message": "Unsubscribed"}, {}),
            "opted_out",
            "The provider said: 21610 Unsubscribed",
        ),
        ((400, {"code": 21606, "message": "Not yours"}, {}), "sign_in", "The provider said: 21606 Not yours"),
        ((307, {}, {"Location": "http://elsewhere.invalid/"}), "garbage", "The provider sends us elsewhere"),
        ((200, b"\xff\x00 what?", {}), "garbage", "The provider's answer makes no sense."),
        ((200, b"[1, 2]", {}), "garbage", "The provider's answer makes no sense."),
        ((200, {"error": "No credit"}, {}), "server", "The provider said: No credit"),
        (
            (201, {"sid": "SM1", "status": "failed", "error_message": "No route"}, {}),
            "server",
            "The provider said: No route",
        ),
    ],
)
def test_a_provider_says_what_is_wrong(provider, answer, kind, words):
    provider.answer = answer

    error = refusal()

    assert error.kind == kind
    assert str(error).startswith(words)
    assert provider.talks == 1


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("90", 90),
        ("99999999", 24 * 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_what_a_provider_asks_us_to_wait(provider, asked, seconds):
    provider.answer = 429, {}, {"Retry-After": asked} if asked else {}

    wait = refusal().retry_after

    assert (None if wait is None else wait.total_seconds()) == seconds


@pytest.mark.parametrize(("delay", "dribble"), [(2, 0), (0, 0.1)])
def test_nobody_knows_what_became_of_a_text_without_an_answer(provider, delay, dribble):
    provider.seconds, provider.dribble = delay, dribble
    began = time.monotonic()

    error = refusal()

    assert (error.kind, error.may_have_left) == ("unknown", True)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("twilio+http://AC1:secret@sms.invalid/+15550100", "dns"),
        ("twilio+http://AC1:secret@127.0.0.1:9/+15550100", "connection"),
        ("twilio://AC1:secret@127.0.0.1:{port}/+15550100", "tls"),
    ],
)
def test_a_provider_that_cannot_be_reached(provider, settings, url, kind):
    settings.SMS_URL = url.format(port=provider.port)

    error = refusal()

    assert (error.kind, error.may_have_left) == (kind, False)
    assert "secret" not in str(error)
    assert provider.talks == 0
