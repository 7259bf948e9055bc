from django.views.generic import View


class ContactListView(View):
    pass


class ContactCreateView(View):
    pass


class ContactDetailView(View):
    pass


class ContactEditView(View):
    pass


class ContactDeleteView(View):
    pass
