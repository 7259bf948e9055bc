from allauth.account import views as allauth
from django.urls import include, path, re_path
from django.views.decorators.http import require_http_methods

from accounts import views

people = (
    [
        path("profile/", views.ProfileView.as_view(), name="profile"),
        path("users/", views.UserListView.as_view(), name="user_list"),
        path("users/invite/", views.UserInviteView.as_view(), name="user_invite"),
        path("users/<int:pk>/", views.UserEditView.as_view(), name="user_edit"),
    ],
    "accounts",
)
page = require_http_methods(["GET", "HEAD", "POST"])  # allauth stumbles over the other methods

# The pages of allauth that CareOps uses, under the names that allauth looks for; the others do not exist here.
urlpatterns = [
    path("", include(people)),
    path("login/", page(allauth.login), name="account_login"),
    path("logout/", page(allauth.logout), name="account_logout"),
    path("inactive/", page(allauth.account_inactive), name="account_inactive"),
    path("signup/", page(allauth.signup), name="account_signup"),
    path("reauthenticate/", page(allauth.reauthenticate), name="account_reauthenticate"),
    path("password/change/", page(allauth.password_change), name="account_change_password"),
    path("password/set/", page(allauth.password_set), name="account_set_password"),
    path("password/reset/", page(allauth.password_reset), name="account_reset_password"),
    path("password/reset/done/", page(allauth.password_reset_done), name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        page(allauth.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        page(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
]
