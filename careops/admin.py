"""Django admin from above: the tables of libraries, narrowed down as ours are, and the business with its visits.

Importing the pages of others registers them.
"""

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.utils import timezone
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.admin import BusinessAdmin
from accounts.forms import BusinessForm
from accounts.models import Business
from bookings.visits import time_zone
from bookings.visits.time_zone import Keep
from careops.core.admin import SafeAdmin
from careops.core.numbers import plural

admin.site.unregister([Business, EmailAddress, ProcrastinateJob])


class BusinessWithVisitsForm(BusinessForm):
    """Asks what a change of the time zone is to do with the visits ahead."""

    keep = forms.ChoiceField(
        label="If the time zone changes, visits ahead keep",
        required=False,
        initial=Keep.CLOCK,
        choices=[(Keep.CLOCK, "their time on the clock"), (Keep.MOMENT, "their moment")],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        visits = time_zone.visits_ahead(now=timezone.now()).count()
        plans = plural(time_zone.plans_ahead(), "planned message")
        self.fields["keep"].help_text = f"{plural(visits, 'visit')} and {plans}. Nobody is written to."


@admin.register(Business)
class BusinessWithVisitsAdmin(BusinessAdmin):
    form = BusinessWithVisitsForm

    def save_model(self, request, obj, form, change):
        values = form.cleaned_data | {"keep": Keep(form.cleaned_data["keep"] or Keep.CLOCK)}
        time_zone.change_with_visits(**values, by=request.user, now=timezone.now())


@admin.register(EmailAddress)
class AddressAdmin(SafeAdmin, EmailAddressAdmin):
    pass


@admin.register(ProcrastinateJob)
class JobAdmin(SafeAdmin, ProcrastinateJobAdmin):
    pass
