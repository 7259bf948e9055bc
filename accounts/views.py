from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import redirect
from django.views.generic import CreateView, ListView, UpdateView

from accounts import services
from accounts.forms import InviteForm, NameForm, UserForm
from accounts.models import User
from accounts.roles import WORDS


class UserListView(PermissionRequiredMixin, ListView):
    permission_required = "accounts.view_user"
    paginate_by = 50

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.extra_context = {"have_left": "left" in request.GET}

    def get_queryset(self):
        return User.objects.for_list().filter(is_active="left" not in self.request.GET)


class UserInviteView(PermissionRequiredMixin, CreateView):
    permission_required = "accounts.add_user"
    model = User
    form_class = InviteForm
    template_name = "accounts/user_invite.html"

    def form_valid(self, form):
        try:
            user = services.invite_user(**form.cleaned_data, by=self.request.user)
        except services.EmailTaken as error:
            form.add_error("email", str(error))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        messages.success(self.request, f"Added {user}. {_on_its_way(user)}")
        return redirect("accounts:user_list")


class UserEditView(PermissionRequiredMixin, UpdateView):
    permission_required = "accounts.change_user"
    model = User
    form_class = UserForm
    context_object_name = "person"  # "user" is who looks at the page

    def post(self, request, *args, **kwargs):
        if "send_link" in request.POST:
            return _send_link(request, self.get_object())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            user = services.change_user(user=self.object, **form.cleaned_data, by=self.request.user)
        except services.LastAdmin as error:
            form.add_error(None, str(error))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        is_back = user.is_active and "is_active" in form.changed_data
        messages.success(self.request, f"Saved {user}. {_on_its_way(user) if is_back else ''}".strip())
        is_oneself = user == self.request.user
        may_see_people = not is_oneself or user.has_perm("accounts.change_user")
        if may_see_people and not user.is_bookable and {"takes_bookings", "is_active"} & {*form.changed_data}:
            return redirect(user)  # whose page shows what they have promised
        # Who has just taken their own right away would only be refused on the list.
        return redirect("dashboard" if is_oneself else "accounts:user_list")


class ProfileView(UpdateView):
    form_class = NameForm
    context_object_name = "person"
    template_name = "accounts/profile.html"

    def get_object(self, queryset=None):
        # A copy: the form writes what was typed into it, and the frame goes on showing the name that is saved.
        return User.objects.get(pk=self.request.user.pk)

    def get_context_data(self, **kwargs):
        abilities = [(words, self.request.user.has_perm(name)) for name, words in WORDS.items()]
        return super().get_context_data(abilities=abilities, role=self.request.user.role, **kwargs)

    def form_valid(self, form):
        user = services.change_own_name(user=self.request.user, name=form.cleaned_data["name"])
        messages.success(self.request, f"Saved. Your work appears as {user} from now on.")
        return redirect("accounts:profile")


def _send_link(request, user: User):
    try:
        services.invite_again(user=user, by=request.user)
    except services.NothingToInvite as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _on_its_way(user))
    return redirect(user)


def _on_its_way(user: User) -> str:
    if settings.EMAIL_URL:
        return f"A link to choose a password is on its way to {user.email}."
    return "Mail is not set up here, so the link to choose a password is in the output of the worker."
