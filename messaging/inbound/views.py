"""Where providers tell us things. Verify, store, answer: the worker makes something of it.

Nothing is said about why a request is refused, and nothing of what it holds is logged.
"""

import datetime
import logging
import re
from collections.abc import Callable

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from messaging.gateways import sms as gateway
from messaging.inbound import events, posted, providers, signatures, sms
from messaging.words.rules import Channel

logger = logging.getLogger(__name__)

DIGITS = re.compile(r"[0-9]{1,18}")
LARGEST_FORM = 1_000_000  # bytes
LARGEST_MAIL = 10_000_000  # with its files, which are dropped


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class WebhookView(View):
    """What all webhooks share: a limit on their size, and curt answers.

    :ivar wake: has somebody make something of what was stored; None: nobody need hurry
    """

    largest = LARGEST_FORM
    wake: Callable[[], None] | None = None

    def dispatch(self, request, *args, **kwargs):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not DIGITS.fullmatch(length):  # Python reads no number of thousands of digits
            return HttpResponse(status=400)
        if int(length) > self.largest:
            return HttpResponse(status=413)
        try:
            return super().dispatch(request, *args, **kwargs)
        except RequestDataTooBig:
            return HttpResponse(status=413)

    def store(self, channel: Channel, *told: tuple, now: datetime.datetime) -> None:
        events.store(channel, *told, now=now)
        if self.wake:
            self.wake()

    def keep(self, raw: bytes, *, now: datetime.datetime, **about: str) -> None:
        events.keep(Channel.EMAIL, raw, **about, now=now)
        if self.wake:
            self.wake()

    def refused(self, status: int = 403) -> HttpResponse:
        logger.warning("webhook refused", extra={"view": type(self).__name__, "status": status})
        return HttpResponse(status=status)


class SmsWebhookView(WebhookView):
    def post(self, request):
        token = gateway.account().token if settings.SMS_URL else ""
        if not token:
            raise Http404
        url = (
            settings.ALLOWED_ORIGINS[0] + request.get_full_path()
        )  # as the provider sees it, whatever proxies do
        wanted = signatures.twilio(token=token, url=url, fields=request.POST)
        if not signatures.same(request.headers.get("X-Twilio-Signature", ""), wanted):
            return self.refused()
        if told := sms.event_in(request.POST):
            self.store(Channel.SMS, told, now=timezone.now())
        return HttpResponse("<Response/>", content_type="text/xml")


class RawMailWebhookView(WebhookView):
    """An email as it travelled, from a mail server of one's own."""

    largest = LARGEST_MAIL

    def post(self, request):
        if not settings.WEBHOOK_SECRET:
            raise Http404
        now, raw = timezone.now(), request.read(self.largest)
        timestamp = request.headers.get("X-CareOps-Timestamp", "")
        wanted = signatures.ours(secret=settings.WEBHOOK_SECRET, timestamp=timestamp, body=raw)
        is_ours = signatures.same(request.headers.get("X-CareOps-Signature", ""), wanted)
        if not (is_ours and signatures.is_fresh(timestamp, now=now)):
            return self.refused()
        self.keep(raw, provider=posted.RAW, now=now)
        return HttpResponse("ok\n", content_type="text/plain")


class EmailWebhookView(WebhookView):
    """The webhooks of a provider: mail that comes in, or what became of ours."""

    largest = LARGEST_MAIL

    def head(self, request, provider, kind):
        """Some ask first whether anybody is there."""
        return HttpResponse(status=200 if providers.receiver(provider, kind) else 404)

    def post(self, request, provider, kind):
        receiver = providers.receiver(provider, kind)
        if receiver is None:
            raise Http404
        try:
            read_whole(request)
            receiver.run_validators(request)
            if kind == providers.INBOUND:
                providers.refuse_malformed(request)
                about = {
                    "provider": provider,
                    "kind": kind,
                    "content_type": request.META.get("CONTENT_TYPE", ""),
                }
                self.keep(request.body, **about, now=timezone.now())
                return HttpResponse("ok\n", content_type="text/plain")
            told = providers.events_in(provider, receiver.parse_events(request))
        except AnymailWebhookValidationFailure:
            return self.refused()
        except RequestDataTooBig:
            raise
        except Exception as error:  # whatever a provider may send that nobody expected
            logger.warning(
                "webhook not understood", extra={"provider": provider, "error": type(error).__name__}
            )
            return HttpResponse(status=400)
        self.store(Channel.EMAIL, *told, now=timezone.now())
        return HttpResponse("ok\n", content_type="text/plain")


def read_whole(request: HttpRequest) -> None:
    """Let the body be as large as LARGEST_MAIL here, not as small as a form: files come along in it."""
    request._body = request.read(LARGEST_MAIL)
