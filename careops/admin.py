"""The tables of libraries in Django admin, narrowed down as ours are. Importing theirs registers them."""

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from django.contrib import admin
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from careops.core.admin import SafeAdmin

admin.site.unregister([EmailAddress, ProcrastinateJob])


@admin.register(EmailAddress)
class AddressAdmin(SafeAdmin, EmailAddressAdmin):
    pass


@admin.register(ProcrastinateJob)
class JobAdmin(SafeAdmin, ProcrastinateJobAdmin):
    pass
