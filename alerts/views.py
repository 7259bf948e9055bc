from django.views.generic import View


class AlertListView(View):
    pass


class AlertCountView(View):
    pass


class AlertDetailView(View):
    pass


class AlertDismissView(View):
    pass


class AlertAcknowledgeView(View):
    pass
