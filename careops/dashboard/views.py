from django.utils import timezone
from django.views.generic import TemplateView

from careops.dashboard import reading


class DashboardView(TemplateView):
    template_name = "dashboard/dashboard.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**reading.read(user=self.request.user, now=timezone.now()), **kwargs)
