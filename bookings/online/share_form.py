"""What a link to the booking page leads to."""

from django import forms

from accounts.models import User
from bookings.hours.reading import people
from bookings.models import Service


class ShareForm(forms.Form):
    """A filter in the address. What makes no sense there is as if it were not there."""

    service = forms.ModelChoiceField(Service.objects.none(), required=False, empty_label="All services")
    staff = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Anybody", label="With")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = Service.objects.for_customers()
        self.fields["staff"].queryset = people()

    @property
    def chosen(self) -> dict[str, int]:
        """Primary keys of what the link leads straight to; a person needs a service."""
        self.is_valid()
        service, staff = self.cleaned_data.get("service"), self.cleaned_data.get("staff")
        if service is None:
            return {}
        return {"service": service.pk} | ({"staff": staff.pk} if staff else {})
