from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView, View
from django.views.generic.detail import SingleObjectMixin
from django_htmx.http import trigger_client_event

from alerts import services
from alerts.forms import DismissForm
from alerts.models import Alert
from careops.core.pagination import KeysetListMixin

TABS = {"open": "Open", "acknowledged": "Acknowledged", "history": "History"}


class AlertListView(PermissionRequiredMixin, KeysetListMixin, ListView):
    """What nobody has dealt with, the worst first; the other ``?tab=`` are what somebody is on, and what is settled."""

    permission_required = "alerts.view_alert"
    keyset = ("-last_seen_at", "-pk")
    extra_context = {"tabs": TABS}

    @cached_property
    def tab(self) -> str:
        tab = self.request.GET.get("tab")
        return tab if tab in TABS else "open"

    def get_queryset(self):
        alerts = Alert.objects.for_list()
        if self.tab == "history":
            return alerts.settled()
        return (alerts.open() if self.tab == "open" else alerts.acknowledged()).by_urgency()

    def paginate_queryset(self, queryset, page_size):
        """Only the history grows without bound; what is not settled has numbered pages."""
        if self.tab == "history":
            return super().paginate_queryset(queryset, page_size)
        return ListView.paginate_queryset(self, queryset, page_size)


class AlertCountView(PermissionRequiredMixin, View):
    """What the badge asks for every half minute; no query beyond the frame's."""

    permission_required = "alerts.view_alert"

    def get(self, request):
        if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
            return JsonResponse({"count": request.frame.open_alerts})
        return render(request, "_ui/alert_badge.html")


class AlertDetailView(PermissionRequiredMixin, DetailView):
    permission_required = "alerts.view_alert"
    queryset = Alert.objects.for_list()

    def get_context_data(self, **kwargs):
        return super().get_context_data(form=DismissForm(), **kwargs)


class AlertAcknowledgeView(PermissionRequiredMixin, SingleObjectMixin, View):
    permission_required = "alerts.change_alert"
    model = Alert

    def post(self, request, *args, **kwargs):
        alert = self.get_object()
        try:
            services.acknowledge_alert(alert=alert, by=request.user)
        except services.AlreadySettled as error:
            return _answer(request, alert, refusal=str(error))
        return _answer(request, alert, done=f"Acknowledged “{alert}”.")


class AlertDismissView(PermissionRequiredMixin, SingleObjectMixin, View):
    permission_required = "alerts.change_alert"
    model = Alert

    def post(self, request, *args, **kwargs):
        alert, form = self.get_object(), DismissForm(request.POST)
        if not form.is_valid():
            return render(request, "alerts/alert_detail.html", {"alert": alert, "form": form})
        try:
            services.dismiss_alert(alert=alert, **form.cleaned_data, by=request.user)
        except services.AlreadySettled as error:
            return _answer(request, alert, refusal=str(error))
        return _answer(request, alert, done=f"Dismissed “{alert}”.")


def _answer(request: HttpRequest, alert: Alert, *, done: str = "", refusal: str = "") -> HttpResponse:
    """Answer htmx with the row as it is now, and everybody else with the list and a sentence."""
    if request.htmx:
        context = {"alert": alert, "refusal": refusal, "is_fresh": True}
        row = render(request, "alerts/_alert_row.html", context)
        return trigger_client_event(row, "alerts-changed")
    messages.add_message(request, messages.ERROR if refusal else messages.SUCCESS, refusal or done)
    return redirect("alerts:list")
