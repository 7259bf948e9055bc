"""How email and SMS are doing, tests of them, and the decision after a restore. For admins."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView
from django.views.generic.edit import FormMixin, ProcessFormView

from careops.core.numbers import plural
from messaging import gateways
from messaging.models import Message
from messaging.providers import health
from messaging.providers.forms import FORMS
from messaging.rules import services as rules
from messaging.running import restored
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

TEST = {
    "subject": "CareOps can reach you",
    "body": "This is a test. If you read it, messages by this way arrive.\n",
    "sms": "CareOps: this is a test. If you read it, texts arrive.",
}


class ProviderListView(PermissionRequiredMixin, TemplateView):
    """``?test=<pk>`` shows what became of a test; it asks again by itself until there is an answer."""

    permission_required = "messaging.view_provider"
    template_name = "messaging/providers/provider_list.html"

    def get_context_data(self, **kwargs):
        forms = {channel: form(**self.form_options(channel)) for channel, form in FORMS.items()}
        channels = health.of_channels(now=timezone.now())
        return super().get_context_data(
            channels=[(channel, forms[channel.channel]) for channel in channels],
            test=self.test,
            **kwargs,
        )

    def form_options(self, channel: Channel) -> dict:
        initial = {"address": self.request.user.email} if channel == Channel.EMAIL else {}
        return {"auto_id": f"id_{channel}_%s", "initial": initial}

    @property
    def test(self) -> Message | None:
        pk = self.request.GET.get("test", "")
        if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
            return None
        return Message.objects.filter(rule=RuleCode.TEST, pk=pk).first()


class ProviderTestView(ProviderListView, FormMixin, ProcessFormView):
    """Sends a test message; the page of the providers then shows what the provider says."""

    http_method_names = ["post"]

    def dispatch(self, request, *args, channel, **kwargs):
        if channel not in FORMS:
            raise Http404("There is no such channel.")
        self.channel = Channel(channel)
        return super().dispatch(request, *args, **kwargs)

    def form_options(self, channel):
        sent = {"data": self.request.POST} if channel == self.channel else {}
        return {**super().form_options(channel), **sent}

    def get_form(self, form_class=None):
        return FORMS[self.channel](**self.form_options(self.channel))

    def form_valid(self, form):
        if not gateways.is_available(self.channel):
            messages.error(self.request, Reason.NO_PROVIDER.sentence(channel=self.channel.label))
            return redirect("messaging:providers")
        try:
            message = rules.send_test(
                channel=self.channel, **form.cleaned_data, **TEST, by=self.request.user, now=timezone.now()
            )
        except rules.AddressRefused as refusal:
            messages.error(self.request, str(refusal))
            return redirect("messaging:providers")
        return redirect(f"{reverse('messaging:providers')}?test={message.pk}#test")


class AfterRestoreView(PermissionRequiredMixin, TemplateView):
    """Asks what becomes of the messages that waited in a backup, and does it."""

    permission_required = "messaging.change_automation"
    template_name = "messaging/providers/after_restore.html"

    def get(self, request, *args, **kwargs):
        if not request.frame.is_restored:
            messages.info(
                request, "This database was not restored from a backup: there is nothing to decide."
            )
            return redirect("messaging:providers")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            consequences=list(self.consequences()), back_url=reverse("messaging:providers"), **kwargs
        )

    def consequences(self):
        waiting = restored.waiting(now=timezone.now())
        for rows, icon, what in [
            (waiting.due, "ban", "due by now: cancelled, so that nobody gets anything twice."),
            (
                waiting.in_hand,
                "circle-question-mark",
                "being sent when the backup was made: noted as unknown.",
            ),
            (waiting.planned, "calendar-clock", "due later: still planned, to leave from here."),
        ]:
            if count := rows.count():
                yield icon, f"{plural(count, 'message')} {what}"
        yield "send", "What has been written since the restore leaves at once."

    def post(self, request):
        try:
            cancelled = restored.settle(by=request.user, now=timezone.now())
        except restored.AlreadyHome as refusal:
            messages.info(request, str(refusal))
        else:
            dropped = plural(cancelled, "old message was", "old messages were")
            messages.success(request, f"CareOps sends again. {dropped} cancelled.")
        return redirect("messaging:providers")
