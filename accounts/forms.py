import zoneinfo

from allauth.account import forms as allauth
from django import forms

from accounts.models import Business, User
from accounts.roles import STAFF, SUMMARIES
from careops.core.unseen import WHO, VisibleEmailField, VisibleField, plain_email

BOOKINGS_HELP = "A column in the diary, and customers can choose them."


class OneLineName:
    """For forms with a name: without line breaks and double spaces."""

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())


class RoleForm(forms.ModelForm):
    """A form with a role, shown as one card for each by accounts/_role.html."""

    role = forms.ChoiceField(
        choices=[(role, role) for role in SUMMARIES], initial=STAFF, widget=forms.RadioSelect
    )
    summaries = SUMMARIES.items()


class InviteForm(OneLineName, RoleForm):
    class Meta:
        model = User
        fields = ["name", "email", "role", "takes_bookings"]
        field_classes = WHO
        labels = {"email": "Email"}
        help_texts = {
            "email": "They sign in with it, and the link goes there.",
            "takes_bookings": BOOKINGS_HELP,
        }
        error_messages = {"email": {"unique": "Someone already signs in with this address."}}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
        }

    def clean_email(self):
        return plain_email(self.cleaned_data["email"])


class UserForm(OneLineName, RoleForm):
    class Meta:
        model = User
        fields = ["name", "role", "takes_bookings", "is_active"]
        field_classes = WHO
        labels = {"is_active": "Works here"}
        help_texts = {
            "takes_bookings": f"{BOOKINGS_HELP} Without it they keep the visits they have.",
            "is_active": "Without it they are signed out at once. To come back, they choose a new password.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("role", self.instance.role)


class NameForm(OneLineName, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        field_classes = WHO
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class LoginForm(allauth.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["login"]
        self.fields["login"] = VisibleEmailField(label=field.label, widget=field.widget)


class ResetPasswordForm(allauth.ResetPasswordForm):
    email = VisibleEmailField(widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def _time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class BusinessForm(forms.ModelForm):
    time_zone = forms.ChoiceField(choices=_time_zones)
    currency = forms.RegexField(
        "^[A-Z]{3}$", error_messages={"invalid": "Three capital letters, such as GBP."}
    )

    class Meta:
        model = Business
        fields = ["name", "address", "time_zone", "currency", "email", "phone", "text_regions"]
        field_classes = WHO | {"address": VisibleField}
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}
