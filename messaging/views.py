"""The inbox, one conversation as a page, and the outbox."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView, View
from django.views.generic.base import ContextMixin, TemplateResponseMixin
from django.views.generic.detail import SingleObjectMixin
from django.views.generic.list import MultipleObjectMixin

from careops.pagination import KeysetListMixin
from messaging import services
from messaging.forms import IncomingForm, ReplyForm
from messaging.models import Conversation, Message

TABS = ["open", "waiting", "closed", "paused"]
OUTBOX_STATUSES = [status for status in Message.Status if status != Message.Status.RECEIVED]
MOST_PLANNED = 50


class InboxMixin(PermissionRequiredMixin, ContextMixin):
    """The list of conversations, alone or beside one of them. The tab is in the URL."""

    permission_required = "messaging.view_conversation"
    tabs = [(tab, tab.title()) for tab in TABS]

    @cached_property
    def tab(self) -> str:
        tab = self.request.GET.get("tab")
        return tab if tab in TABS else TABS[0]

    @property
    def query(self) -> str:
        """What a URL of the inbox ends with, so that the tab is still there afterwards."""
        return f"?tab={self.tab}"

    def conversations(self):
        listed = Conversation.objects.for_list()
        if self.tab == "paused":
            return listed.paused(now=timezone.now())
        return {"open": listed.open, "waiting": listed.waiting, "closed": listed.closed}[self.tab]()


class InboxView(InboxMixin, KeysetListMixin, ListView):
    template_name = "messaging/inbox.html"

    @property
    def keyset(self):
        return ("waiting_since", "pk") if self.tab == "waiting" else ("-last_message_at", "-pk")

    def get_queryset(self):
        return self.conversations()


class ThreadView(InboxMixin, KeysetListMixin, MultipleObjectMixin, TemplateResponseMixin, View):
    """A conversation as a page. What is refused in it is answered on it, with what was typed."""

    template_name = "messaging/conversation.html"
    keyset = ("-send_at", "-pk")
    paginate_by = 50

    @cached_property
    def conversation(self) -> Conversation:
        conversations = Conversation.objects.select_related("contact", "paused_by")
        return get_object_or_404(conversations, contact=self.kwargs["contact_pk"])

    def get_queryset(self):
        return self.conversation.messages.for_thread().exclude(status=Message.Status.PLANNED)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        planned = self.conversation.messages.planned().order_by("send_at", "pk")
        return {
            "reply_form": ReplyForm(),
            "incoming_form": IncomingForm(auto_id="id_incoming_%s"),
            **context,
            "conversation": self.conversation,
            "contact": self.conversation.contact,
            "thread": context["page_obj"].object_list[::-1],
            "planned": list(planned[:MOST_PLANNED]),
            "conversations": self.conversations()[: InboxView.paginate_by],
        }

    def show(self, *, status: int = 200, **forms):
        self.object_list = self.get_queryset()
        return self.render_to_response(self.get_context_data(**forms), status=status)

    def back_to_thread(self):
        return redirect(f"{self.conversation.get_absolute_url()}{self.query}#newest")


class ConversationView(ThreadView):
    def get(self, request, *args, **kwargs):
        return self.show()


class ReplyView(ThreadView):
    permission_required = "messaging.add_message"

    def post(self, request, *args, **kwargs):
        form = ReplyForm(request.POST)
        if not form.is_valid():
            return self.show(reply_form=form)
        try:
            services.reply(
                conversation=self.conversation, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except services.NoAddress as refusal:
            form.add_error(None, str(refusal))
            return self.show(reply_form=form, status=409)
        words = f"Your reply to {self.conversation.contact} is on its way."
        messages.success(request, f"{words} Automation stays silent for 24 hours.")
        return self.back_to_thread()


class IncomingView(ThreadView):
    permission_required = "messaging.add_message"

    def post(self, request, *args, **kwargs):
        form = IncomingForm(request.POST, auto_id="id_incoming_%s")
        if not form.is_valid():
            return self.show(incoming_form=form)
        services.record_incoming(
            conversation=self.conversation, at=timezone.now(), by=request.user, **form.cleaned_data
        )
        messages.success(request, f"Noted what {self.conversation.contact} said.")
        return self.back_to_thread()


class ResumeView(ThreadView):
    permission_required = "messaging.change_conversation"

    def post(self, request, *args, **kwargs):
        services.resume_automation(conversation=self.conversation, by=request.user)
        messages.success(request, f"Automation may write to {self.conversation.contact} again.")
        return self.back_to_thread()


class CloseView(ThreadView):
    permission_required = "messaging.change_conversation"

    def post(self, request, *args, **kwargs):
        services.close_conversation(conversation=self.conversation, by=request.user)
        messages.success(request, f"Closed the conversation with {self.conversation.contact}.")
        return redirect(f"{reverse('messaging:inbox')}{self.query}")


class ReopenView(ThreadView):
    permission_required = "messaging.change_conversation"

    def post(self, request, *args, **kwargs):
        services.reopen_conversation(conversation=self.conversation, by=request.user)
        messages.success(request, f"Opened the conversation with {self.conversation.contact} again.")
        return self.back_to_thread()


class OutboxView(PermissionRequiredMixin, KeysetListMixin, ListView):
    permission_required = "messaging.view_message"
    template_name = "messaging/outbox.html"
    statuses = OUTBOX_STATUSES
    mail_server = property(lambda self: settings.EMAIL_URL and settings.EMAIL_HOST)

    @cached_property
    def status(self) -> str:
        status = self.request.GET.get("status")
        return status if status in OUTBOX_STATUSES else ""

    @property
    def soonest_first(self) -> bool:
        return self.status in Message.PENDING

    @property
    def keyset(self):
        return ("send_at", "pk") if self.soonest_first else ("-send_at", "-pk")

    def get_queryset(self):
        rows = Message.objects.outbox().for_list().order_by(*self.keyset)
        return rows.filter(status=self.status) if self.status else rows


class MessageDetailView(PermissionRequiredMixin, DetailView):
    permission_required = "messaging.view_message"
    template_name = "messaging/message_detail.html"
    queryset = Message.objects.for_list()


class MessageActionMixin(PermissionRequiredMixin, SingleObjectMixin):
    permission_required = "messaging.add_message"
    queryset = Message.objects.outbox().select_related("conversation")

    def back(self, message: Message):
        """To the page with the button: the thread, or the message."""
        in_thread = self.request.POST.get("from") == "thread"
        return redirect(f"{message.conversation.get_absolute_url()}#newest" if in_thread else message)


class MessageRetryView(MessageActionMixin, View):
    def post(self, request, *args, **kwargs):
        message = self.get_object()
        try:
            services.retry_message(message=message, by=request.user)
        except services.CannotRetry as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Trying again: {message}.")
        return self.back(message)


class MessageCancelView(MessageActionMixin, View):
    def post(self, request, *args, **kwargs):
        message = self.get_object()
        try:
            services.cancel_message(message=message, by=request.user)
        except services.CannotCancel as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Cancelled: {message}.")
        return self.back(message)
