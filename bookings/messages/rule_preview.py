"""The words of a rule as a real person would get them, and a test of them to oneself."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import View
from django_htmx.http import retarget, trigger_client_event

from bookings.messages.rule_sample import Preview, PreviewForm, preview_of
from messaging import gateways
from messaging.models import Message, Rule
from messaging.rules import services as rules
from messaging.words.reasons import Reason
from messaging.words.rules import STANDARDS, RuleCode


class PreviewMixin(PermissionRequiredMixin):
    """A page of its own, or, for the editor, the panel beside it."""

    permission_required = "messaging.change_rule"

    @cached_property
    def form(self) -> PreviewForm:
        form = PreviewForm(self.request.POST)
        form.full_clean()
        return form

    @cached_property
    def preview(self) -> Preview:
        if (code := self.kwargs["code"]) not in STANDARDS:
            raise Http404("There is no such rule.")
        rule = Rule.objects.current(code)
        who = {"business": self.request.frame.business, "staff": self.request.user}
        return preview_of(rule, self.form, **who, now=timezone.now())

    def page(self, *, trouble: str = "", status: int = 200):
        to = self.request.POST.get("to", self.request.user.email)[:254]
        context = {"preview": self.preview, "rule": self.preview.rule, "to": to, "trouble": trouble}
        if self.request.htmx:  # which shows an answer only where it went well
            return retarget(render(self.request, "bookings/messages/_rule_preview.html", context), "#preview")
        return render(self.request, "bookings/messages/rule_preview.html", context, status=status)


class RulePreviewView(PreviewMixin, View):
    def get(self, request, code):
        return self.page()

    def post(self, request, code):
        return self.page()


class RuleTestView(PreviewMixin, View):
    """The editor stays open, and its panel asks for the answer; without scripts the page of the providers shows it."""

    def get(self, request, code):
        pk = request.GET.get("message", "")
        tests = Message.objects.filter(rule=RuleCode.TEST)
        test = get_object_or_404(tests, pk=pk if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None)
        return render(request, "messaging/rules/_rule_test.html", {"test": test})

    def post(self, request, code):
        if self.preview.problems:
            return self.page(trouble="Mend the words first.", status=409)
        if errors := self.form.errors.get("to"):
            return self.page(trouble=errors[0])
        channel, address = self.form.cleaned_data["to"]
        if not gateways.is_available(channel):
            return self.page(trouble=Reason.NO_PROVIDER.sentence(channel=channel.label), status=409)
        to_whom = {"channel": channel, "address": address, "by": request.user, "now": timezone.now()}
        try:
            message = rules.send_test(**self.preview.said, **to_whom)
        except rules.AddressRefused as refusal:
            return self.page(trouble=str(refusal), status=409)
        if request.htmx:
            answer = render(request, "messaging/rules/_rule_test.html", {"test": message})
            # Then what was wrong before goes from the panel; any sooner, that would cut this answer off.
            return trigger_client_event(answer, "tested", after="settle")
        return redirect(f"{reverse('messaging:providers')}?test={message.pk}#test")
