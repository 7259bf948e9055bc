from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from alerts.models import Alert


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["title", "kind", "severity", "status", "count", "last_seen_at", "settled_by"]
    list_filter = ["status", "kind", "severity"]
    list_select_related = ["settled_by"]
    search_fields = ["title", "detail", "source_key"]
    date_hierarchy = "last_seen_at"
    ordering = ["-last_seen_at", "-pk"]
