"""The outbox: what has been promised, what left, and why something did not."""

import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView, ListView, View
from django.views.generic.detail import SingleObjectMixin

from accounts.models import AuditEntry
from careops.core.pagination import KeysetListMixin
from messaging import pause
from messaging.models import Automation, Message
from messaging.outbox import reading
from messaging.outbox import services as services_outbox
from messaging.outbox.forms import MessageForm, OutboxFilterForm
from messaging.words.texts import sms_segments


class OutboxView(PermissionRequiredMixin, KeysetListMixin, ListView):
    """One tab, narrowed by the filters; both stand in the URL."""

    permission_required = "messaging.view_message"
    template_name = "messaging/outbox/outbox.html"
    paginate_by = 50
    tabs = [(tab, label) for tab, (label, _) in reading.TABS.items()]
    providers = property(lambda self: settings.EMAIL_URL or settings.SMS_URL)

    @cached_property
    def tab(self) -> str:
        tab = self.request.GET.get("tab")
        return tab if tab in reading.TABS else reading.COMING

    @cached_property
    def filters(self) -> OutboxFilterForm:
        return OutboxFilterForm(self.request.GET)

    @property
    def unfiltered(self) -> str:
        return f"?tab={self.tab}"

    @property
    def narrowing(self) -> str:
        """The filters alone, as they stand in the URL of every tab."""
        kept = {name: self.request.GET.get(name) for name in self.filters.fields}
        return urlencode({name: value for name, value in kept.items() if value})

    @property
    def keyset(self):
        return ("send_at", "pk") if self.tab == reading.COMING else ("-send_at", "-pk")

    def get_queryset(self):
        chosen = self.filters.cleaned_data if self.filters.is_valid() else {}
        narrowed = {"person": chosen.get("q", ""), "rule": chosen.get("rule", "")}
        rows = reading.messages_of(
            self.tab, now=timezone.now(), channel=chosen.get("channel", ""), **narrowed
        )
        return rows.order_by(*self.keyset)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["automation"] = Automation.objects.current()
        if self.tab == reading.COMING:
            today, cap = timezone.localdate(), context["automation"].daily_cap
            context["promises"] = promises = reading.promises(self.object_list, cap=cap)
            context["days"] = promises.by_day(context["page_obj"])
            context |= {"today": today, "tomorrow": today + datetime.timedelta(days=1)}
        return context


class MessageDetailView(PermissionRequiredMixin, DetailView):
    permission_required = "messaging.view_message"
    template_name = "messaging/outbox/message_detail.html"
    queryset = Message.objects.for_list()

    def get_context_data(self, **kwargs):
        message = self.object
        history = AuditEntry.objects.about(message)[:20]
        return super().get_context_data(
            **kwargs,
            history=[(reading.ACTIONS.get(entry.action, entry.action), entry) for entry in history],
            evidence=reading.evidence_of(message),
            alert=reading.alert_about(message),
            texts=sms_segments(message.words) if message.channel == "sms" else 0,
        )


class MessageEditView(PermissionRequiredMixin, FormView):
    """Change the words of what still waits to be sent. What somebody else did meanwhile is shown, not overwritten."""

    permission_required = "messaging.add_message"
    template_name = "messaging/outbox/message_edit.html"
    form_class = MessageForm

    @cached_property
    def message(self) -> Message:
        return get_object_or_404(Message.objects.outbox().for_list(), pk=self.kwargs["pk"])

    def get(self, request, *args, **kwargs):
        if not self.message.is_pending:
            messages.error(request, services_outbox.NOT_WAITING)
            return redirect(self.message)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"message": self.message}

    def form_valid(self, form):
        try:
            message = services_outbox.edit_message(
                message=self.message, by=self.request.user, **form.cleaned_data
            )
        except services_outbox.CannotEdit as refusal:
            self.message.refresh_from_db()
            theirs = form.refuse(refusal, self.message)
            return self.render_to_response(self.get_context_data(form=form, theirs=theirs), status=409)
        messages.success(self.request, f"Changed: {message}.")
        return redirect(message)


class MessageActionView(PermissionRequiredMixin, SingleObjectMixin, View):
    """One button about one message, and back to the page with the button."""

    permission_required = "messaging.add_message"
    queryset = Message.objects.outbox().select_related("conversation__contact")
    refusals: tuple[type[Exception], ...] = ()

    def post(self, request, *args, **kwargs):
        message = self.get_object()
        try:
            words = self.act(message)
        except self.refusals as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, words)
        return redirect(self.way_back(message))

    def act(self, message: Message) -> str:
        """Do it, and say what was done."""
        raise NotImplementedError

    def way_back(self, message: Message) -> str:
        page = self.request.POST.get("from", "")
        if page == "thread" and message.conversation:
            return f"{message.conversation.get_absolute_url()}#newest"
        if page.startswith("?"):
            return f"{reverse('messaging:outbox')}{page}"
        return message.get_absolute_url()


class MessageRetryView(MessageActionView):
    refusals = (services_outbox.CannotRetry,)

    def act(self, message):
        services_outbox.retry_message(message=message, by=self.request.user)
        return f"Trying again: {message}."


class MessageCancelView(MessageActionView):
    refusals = (services_outbox.CannotCancel,)

    def act(self, message):
        cancelled = services_outbox.cancel_message(message=message, by=self.request.user)
        verb = "Given up" if cancelled.reason_code == "given_up" else "Cancelled"
        return f"{verb}: {message}."


class MessageSendNowView(MessageActionView):
    refusals = (services_outbox.CannotSend,)

    def act(self, message):
        services_outbox.send_now(message=message, by=self.request.user, now=timezone.now())
        return f"On its way: {message}."


class MessageArrivedView(MessageActionView):
    refusals = (services_outbox.CannotRetry,)

    def act(self, message):
        services_outbox.resolve_unknown(message=message, was_sent=True, by=self.request.user)
        return f"Noted that it arrived: {message}."


class MessageLeaveView(MessageActionView):
    def act(self, message):
        services_outbox.leave_held(message=message, by=self.request.user)
        return f"Left as it is: {message}."


class MessageResumeView(MessageActionView):
    permission_required = "messaging.change_conversation"
    queryset = Message.objects.filter(conversation__isnull=False).select_related("conversation__contact")

    def act(self, message):
        pause.resume_automation(conversation=message.conversation, by=self.request.user, now=timezone.now())
        return f"Automation may write to {message.to} again."
