"""The inbox, and one conversation as a page. What can be done on it is in `writing` and `handling`."""

import datetime

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Count, F, Max, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import ListView, View
from django.views.generic.base import ContextMixin, TemplateResponseMixin
from django.views.generic.list import MultipleObjectMixin

from careops.core.not_found import NotFoundMixin
from careops.core.pagination import KeysetListMixin
from messaging.inbox.forms import IncomingForm, NoteForm, ReplyForm, colleagues, snooze_choices
from messaging.inbox.ways import usual_way, ways_to
from messaging.models import Automation, Conversation, Message, SavedReply
from messaging.words.rules import RuleCode

TABS = {
    "mine": "Mine",
    "unassigned": "Unassigned",
    "all": "All",
    "snoozed": "Snoozed",
    "closed": "Closed",
}
KEYSETS = {"snoozed": ("snoozed_until", "pk"), "closed": ("-last_message_at", "-pk")}
MOST_PLANNED = 50
MOST_WAITING = 1_000  # nobody counts further: a tab says "99+" long before


class InboxMixin(PermissionRequiredMixin, ContextMixin):
    """The list of conversations, alone or beside one of them. The tab is in the URL."""

    permission_required = "messaging.view_conversation"

    @cached_property
    def tab(self) -> str:
        tab = self.request.GET.get("tab")
        return tab if tab in {*TABS, "waiting"} else "all"

    @property
    def query(self) -> str:
        """What a URL of the inbox ends with, so that the tab is still there afterwards."""
        return f"?tab={self.tab}"

    def tabs(self) -> list[tuple[str, str, int]]:
        """Each tab with its words and how many wait in it."""
        longest = Conversation.objects.waiting()[:MOST_WAITING]
        counts = longest.aggregate(
            mine=Count("pk", filter=Q(assignee=self.request.user)),
            unassigned=Count("pk", filter=Q(assignee=None)),
        )
        counts["all"] = counts["waiting"] = self.request.frame.waiting
        # Only who comes from the dashboard's number sees the tab for it: elsewhere those who wait are on top anyway.
        shown = TABS | ({"waiting": "Waiting"} if self.tab == "waiting" else {})
        return [(tab, label, counts.get(tab, 0)) for tab, label in shown.items()]

    def get_context_data(self, **kwargs):
        return super().get_context_data(automation=Automation.objects.current(), **kwargs)

    @cached_property
    def longest_wait(self) -> datetime.timedelta | None:
        """How long somebody waited at most for an answer that was given today; None: nobody was answered."""
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        answers = Message.objects.replies().filter(send_at__gte=midnight)
        return answers.aggregate(longest=Max(F("created_at") - F("waited_since")))["longest"]

    def conversations(self):
        listed = Conversation.objects.for_list()
        if self.tab in KEYSETS:
            rows = listed.snoozed() if self.tab == "snoozed" else listed.closed()
            return rows.order_by(*KEYSETS[self.tab])
        narrowed = {
            "mine": {"assignee": self.request.user},
            "unassigned": {"assignee": None},
            "waiting": {"waiting_since__isnull": False},
        }
        return listed.open().filter(**narrowed.get(self.tab, {}))


class InboxView(InboxMixin, KeysetListMixin, ListView):
    template_name = "messaging/inbox/inbox.html"

    @property
    def keyset(self):
        return KEYSETS.get(self.tab, ("place", "pk"))

    def get_queryset(self):
        return self.conversations()


class ThreadView(
    NotFoundMixin, InboxMixin, KeysetListMixin, MultipleObjectMixin, TemplateResponseMixin, View
):
    """A conversation as a page. What is refused in it is answered on it, with what was typed."""

    gone = Conversation.DoesNotExist
    template_name = "messaging/inbox/conversation.html"
    keyset = ("-send_at", "-pk")
    paginate_by = 50

    @cached_property
    def conversation(self) -> Conversation:
        conversations = Conversation.objects.select_related("contact", "paused_by", "assignee")
        return get_object_or_404(conversations, contact=self.kwargs["contact_pk"])

    def get_queryset(self):
        return self.conversation.messages.for_thread().exclude(status=Message.Status.PLANNED)

    def get_context_data(self, **kwargs):
        conversation, now = self.conversation, timezone.now()
        # Read before the messages, so that it names none that the page does not show.
        seen = conversation.messages.aggregate(newest=Max("pk"))["newest"]
        context = super().get_context_data(**kwargs)
        planned = conversation.messages.planned().order_by("send_at", "pk")
        held = conversation.messages.held().exclude(rule=RuleCode.WELCOME).filter(useless_after__gt=now)
        return {
            "incoming_form": IncomingForm(auto_id="id_incoming_%s"),
            "note_form": NoteForm(auto_id="id_note_%s"),
            **self.composer(),
            **context,
            "conversation": conversation,
            "contact": conversation.contact,
            "seen": seen or 0,
            "thread": context["page_obj"].object_list[::-1],
            "planned": list(planned[:MOST_PLANNED]),
            "held": held.count(),
            "conversations": self.conversations()[: InboxView.paginate_by],
            "colleagues": colleagues(),
            "snooze_choices": snooze_choices(now),
        }

    def composer(self) -> dict:
        """What the reply form needs, with the draft that this person left in it."""
        draft = self.conversation.drafts.filter(by=self.request.user).first()
        ways = ways_to(self.conversation.contact)
        usual = usual_way(self.conversation, ways)
        kept = next((way for way in ways if draft and way.channel == draft.channel and way.is_open), usual)
        form = ReplyForm(initial={"body": draft.body if draft else ""})
        if self.conversation.waiting_since:
            form.fields["body"].widget.attrs["autofocus"] = True
        return {
            "reply_form": form,
            "draft": draft,
            "ways": ways,
            "channel": self.request.POST.get("channel") or (kept and kept.channel.value),
            "saved_replies": SavedReply.objects.all(),
        }

    def show(self, *, status: int = 200, **forms):
        self.object_list = self.get_queryset()
        return self.render_to_response(self.get_context_data(**forms), status=status)

    def back_to_thread(self):
        return redirect(f"{self.conversation.get_absolute_url()}{self.query}#newest")

    def back_to_inbox(self):
        return redirect(f"{reverse('messaging:inbox')}{self.query}")


class ConversationView(ThreadView):
    def get(self, request, *args, **kwargs):
        return self.show()
