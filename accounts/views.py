from django.views.generic import View


class UserListView(View):
    pass


class UserInviteView(View):
    pass


class UserEditView(View):
    pass


class ProfileView(View):
    pass
