from django.views.generic import View


class BookingListView(View):
    pass


class BookingCreateView(View):
    pass


class BookingDetailView(View):
    pass


class BookingEditView(View):
    pass


class BookingCompleteView(View):
    pass


class BookingNoShowView(View):
    pass


class BookingCancelView(View):
    pass


class BookingReopenView(View):
    pass


class BookingReminderView(View):
    pass


class BookingFormReminderView(View):
    pass


class BookingFormReceivedView(View):
    pass


class ServiceListView(View):
    pass


class ServiceCreateView(View):
    pass


class ServiceEditView(View):
    pass
