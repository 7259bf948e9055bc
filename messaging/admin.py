"""Everything about messages, to be looked up. What may be changed is changed on the pages, or by a named action."""

from django.contrib import admin, messages
from django.utils import timezone

from accounts.admin import ReadOnlyAdmin
from messaging import pause
from messaging.inbox import handling
from messaging.models import (
    Address,
    Automation,
    ConsentChange,
    Conversation,
    Message,
    Provider,
    Rule,
    SavedReply,
    WebhookEvent,
)
from messaging.outbox import services as outbox


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["contact", "status", "assignee", "waiting_since", "paused_until", "last_message_at"]
    list_filter = ["status", "is_unread"]
    list_select_related = ["contact", "assignee"]
    search_fields = ["contact__name", "contact__email"]
    ordering = ["-last_message_at", "-pk"]
    show_full_result_count = False
    actions = ["resume", "close"]

    def has_manage_permission(self, request):
        return request.user.has_perm("messaging.change_conversation")

    @admin.action(description="Resume automation", permissions=["manage"])
    def resume(self, request, queryset):
        for conversation in queryset:
            pause.resume_automation(conversation=conversation, by=request.user, now=timezone.now())
        self.message_user(request, "Automation may write to them again.", messages.SUCCESS)

    @admin.action(description="Close", permissions=["manage"])
    def close(self, request, queryset):
        for conversation in queryset.select_related("contact"):
            handling.close_conversation(conversation=conversation, by=request.user, now=timezone.now())
        self.message_user(request, "Closed.", messages.SUCCESS)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["to", "what", "channel", "subject", "status", "send_at", "sent_at", "attempts", "reason"]
    list_filter = ["status", "channel", "direction", "rule"]
    list_select_related = ["conversation__contact"]
    search_fields = ["conversation__contact__name", "subject", "address"]
    ordering = ["-send_at", "-pk"]
    show_full_result_count = False
    actions = ["retry"]

    @admin.display(description="with")
    def to(self, message):
        """Who it was exchanged with: a contact, or somebody who works here."""
        return message.conversation.contact if message.conversation else message.address

    def has_retry_permission(self, request):
        return request.user.has_perm("messaging.add_message")

    @admin.action(description="Retry", permissions=["retry"])
    def retry(self, request, queryset):
        for message in queryset:
            try:
                outbox.retry_message(message=message, by=request.user)
            except outbox.CannotRetry as refusal:
                self.message_user(request, f"{message}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"Trying again: {message}.", messages.SUCCESS)


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    list_display = ["value", "channel", "state", "bounced_at", "bounce_words"]
    list_filter = ["channel", "state", ("bounced_at", admin.EmptyFieldListFilter)]
    search_fields = ["value"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(ConsentChange)
class ConsentChangeAdmin(ReadOnlyAdmin):
    list_display = ["at", "address", "state", "source", "words", "by"]
    list_filter = ["state", "source"]
    list_select_related = ["address", "by"]
    search_fields = ["address__value"]
    ordering = ["-at", "-pk"]
    show_full_result_count = False


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    """Those that somebody has changed. "View on site" leads to where that is done."""

    list_display = ["code", "enabled", "sentence", "version"]
    list_filter = ["enabled"]
    search_fields = ["subject", "body", "sms"]
    ordering = ["pk"]


@admin.register(Automation)
class AutomationAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "stopped_at", "stopped_by", "pause_hours", "opens", "closes", "daily_cap"]
    list_select_related = ["stopped_by"]


@admin.register(SavedReply)
class SavedReplyAdmin(ReadOnlyAdmin):
    list_display = ["name", "body"]
    search_fields = ["name", "body"]
    ordering = ["name"]


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    list_display = ["channel", "failures", "open_until", "accepted_at", "failed_at", "words"]
    ordering = ["channel"]


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "channel", "kind", "event_id", "processed_at", "trouble"]
    list_filter = ["channel", "kind", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["event_id"]
    ordering = ["-received_at", "-pk"]
    show_full_result_count = False
