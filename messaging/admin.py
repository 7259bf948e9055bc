from django.contrib import admin, messages

from messaging import services
from messaging.models import Conversation, Message


class ReadOnlyAdmin(admin.ModelAdmin):
    """For looking things up. What may be changed is changed on the pages, or by an action that calls the service."""

    show_full_result_count = False
    view_on_site = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["contact", "status", "waiting_since", "paused_until", "last_message_at", "last_words"]
    list_filter = ["status"]
    list_select_related = ["contact"]
    search_fields = ["contact__name", "contact__email"]
    ordering = ["-last_message_at", "-pk"]
    actions = ["resume", "close"]

    def has_manage_permission(self, request):
        return request.user.has_perm("messaging.change_conversation")

    @admin.action(description="Resume automation", permissions=["manage"])
    def resume(self, request, queryset):
        for conversation in queryset:
            services.resume_automation(conversation=conversation, by=request.user)
        self.message_user(request, "Automation may write to them again.", messages.SUCCESS)

    @admin.action(description="Close", permissions=["manage"])
    def close(self, request, queryset):
        for conversation in queryset.select_related("contact"):
            services.close_conversation(conversation=conversation, by=request.user)
        self.message_user(request, "Closed.", messages.SUCCESS)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["conversation", "what", "subject", "status", "send_at", "sent_at", "attempts", "reason"]
    list_filter = ["status", "direction", "rule"]
    list_select_related = ["conversation__contact"]
    search_fields = ["conversation__contact__name", "subject"]
    ordering = ["-send_at", "-pk"]
    actions = ["retry"]

    def has_retry_permission(self, request):
        return request.user.has_perm("messaging.add_message")

    @admin.action(description="Retry", permissions=["retry"])
    def retry(self, request, queryset):
        for message in queryset:
            try:
                services.retry_message(message=message, by=request.user)
            except services.CannotRetry as refusal:
                self.message_user(request, f"{message}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"Trying again: {message}.", messages.SUCCESS)
