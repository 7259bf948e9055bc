"""The measuring stick: the same pages over the same tables in bare Django, with nothing that makes a product.

One file, default middleware, database sessions, Django's own backend, views and templates written by the book: neither
slowed nor tuned. Its pages hold what such pages need (who is signed in, places to go, sign out, search, the next page),
without design, permissions or counts. `run.py` starts it beside CareOps.
"""

import datetime
import os
from pathlib import Path

import django
import environ
from django.conf import settings

HERE = Path(__file__).resolve().parent
DATABASE = environ.Env.db_url_config(os.environ["DATABASE_URL"])
DATABASE.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8}

settings.configure(
    DEBUG=False,
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="Europe/London",  # as the business of CareOps has it, so that both mean the same slots
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "accounts",
    ],
    AUTH_USER_MODEL="accounts.User",
    LOGIN_URL="/",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={"default": DATABASE},
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE / "templates"],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

# Everything below needs the settings above.
from django import forms  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.shortcuts import get_object_or_404, redirect, render  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

PAGE = 25  # contacts
NEWEST = 10  # bookings and messages of one contact


class Contact(models.Model):
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    phone_e164 = models.CharField(max_length=16, blank=True)
    phone_digits = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=10, default="new")
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label, db_table, managed = "accounts", "contacts_contact", False


class Service(models.Model):
    name = models.CharField(max_length=80)

    class Meta:
        app_label, db_table, managed = "accounts", "bookings_service", False

    def __str__(self):
        return self.name


class Booking(models.Model):
    contact = models.ForeignKey(Contact, models.DO_NOTHING)
    service = models.ForeignKey(Service, models.DO_NOTHING)
    staff_id = models.BigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, default="confirmed")
    schedule_no = models.IntegerField(default=1)
    notes = models.TextField(blank=True)
    status_since = models.DateTimeField(default=timezone.now)
    cancel_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label, db_table, managed = "accounts", "bookings_booking", False


class Conversation(models.Model):
    contact = models.OneToOneField(Contact, models.DO_NOTHING)

    class Meta:
        app_label, db_table, managed = "accounts", "messaging_conversation", False


class Message(models.Model):
    conversation = models.ForeignKey(Conversation, models.DO_NOTHING)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    send_at = models.DateTimeField()

    class Meta:
        app_label, db_table, managed = "accounts", "messaging_message", False


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["name", "email", "phone", "notes"]


class BookingForm(forms.Form):
    contact = forms.ModelChoiceField(Contact.objects.all())
    service = forms.IntegerField()
    staff = forms.IntegerField()
    starts_at = forms.DateTimeField()
    notes = forms.CharField(required=False)


@login_required
def contact_list(request):
    contacts = Contact.objects.order_by("-pk")
    if "after" in request.GET:
        contacts = contacts.filter(pk__lt=int(request.GET["after"]))
    rows = list(contacts[: PAGE + 1])
    following = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return render(request, "list.html", {"contacts": rows[:PAGE], "next": following})


@login_required
def contact_detail(request, pk):
    contact = get_object_or_404(Contact, pk=pk)
    bookings = (
        Booking.objects.filter(contact=contact).select_related("service").order_by("-starts_at")[:NEWEST]
    )
    thread = Message.objects.filter(conversation__contact=contact).order_by("-send_at")[:NEWEST]
    return render(request, "detail.html", {"contact": contact, "bookings": bookings, "thread": thread})


@login_required
def dashboard(request):
    today = timezone.now().date()
    bookings = Booking.objects.all()
    counts = {
        "today": bookings.filter(starts_at__date=today).count(),
        "upcoming": bookings.filter(status="confirmed", starts_at__gte=timezone.now()).count(),
        "completed": bookings.filter(status="completed").count(),
        "no_show": bookings.filter(status="no_show").count(),
        "contacts": Contact.objects.count(),
        "new": Contact.objects.filter(stage="new").count(),
    }
    return render(request, "dashboard.html", {"counts": counts})


@login_required
def contact_create(request):
    form = ContactForm(request.POST or None)
    if not form.is_valid():
        return render(request, "form.html", {"form": form})
    form.save()
    return redirect("/")


@login_required
def booking_create(request):
    form = BookingForm(request.POST or None)
    if not form.is_valid():
        return render(request, "form.html", {"form": form})
    data = form.cleaned_data
    with transaction.atomic():
        Booking.objects.create(
            contact=data["contact"],
            service_id=data["service"],
            staff_id=data["staff"],
            starts_at=data["starts_at"],
            ends_at=data["starts_at"] + datetime.timedelta(minutes=5),
            notes=data["notes"],
        )
    return redirect("/")


urlpatterns = [
    path("", dashboard),
    path("contacts/", contact_list),
    path("contacts/new/", contact_create),
    path("contacts/<int:pk>/", contact_detail),
    path("bookings/new/", booking_create),
]
application = get_wsgi_application()
