"""The diary: who comes to whom when, and what the front desk does about it."""

import datetime
import itertools

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Q
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from bookings import states
from bookings.desk.buttons import buttons_of
from bookings.diary import reading
from bookings.diary.cards import Card
from bookings.diary.forms import DiaryForm
from bookings.diary.picture import on_day
from bookings.hours.reading import people
from bookings.models import Booking, IntakeRequest, Service

PARTS = {"panel": "bookings/diary/_panel.html", "picture": "bookings/diary/_refresh.html"}


class DiaryView(PermissionRequiredMixin, TemplateView):
    permission_required = "bookings.view_booking"
    template_name = "bookings/diary/diary.html"

    def get_template_names(self):
        return [PARTS.get(self.part, self.template_name)]

    @cached_property
    def part(self) -> str | None:
        """Of which element the content is asked for; None: the whole page."""
        return self.request.htmx.target if self.request.htmx else None

    @cached_property
    def people(self):
        """Who takes bookings, and whoever is asked about by name."""
        asked = _key(self.request.GET.get("staff", ""))
        return list(people(also=Q(pk=asked) if asked else None))

    @cached_property
    def form(self) -> DiaryForm:
        return DiaryForm(
            self.request.GET,
            today=timezone.localdate(),
            people=[(person.pk, person.name) for person in self.people],
            services=list(Service.objects.for_list().values_list("pk", "name")),
        )

    def get_context_data(self, **kwargs):
        now, form = timezone.now(), self.form
        context = super().get_context_data(**kwargs) | {"form": form, "now": now, "today": form.today}
        context |= visit_in_panel(self.request.GET.get("visit", ""), now)
        if self.part == "panel":
            return context
        diary = reading.Diary.load(form, self.people, business=self.request.frame.business, now=now)
        desk = reading.Desk.load(now=now) if form.days == [form.today] else reading.Desk()
        return context | {"desk": desk, "left_out": diary.left_out} | show(diary)

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response


def visit_in_panel(key: str, now: datetime.datetime) -> dict:
    """The visit that was chosen, with what can be done about it; nothing if there is no such visit."""
    if not (pk := _key(key)):
        return {"visit": None}
    visit = reading.for_cards(Booking.objects.filter(pk=pk)).defer(None).first()
    if visit is None:
        return {"visit": None, "visit_is_gone": True}
    return {
        "visit": visit,
        "buttons": buttons_of(visit, now=now),
        "may_remind": visit.is_confirmed and now < visit.starts_at,
        "may_cancel": any(move.name == states.CANCEL.name for move in states.legal_moves(visit, now=now)),
        "forms": IntakeRequest.objects.missing_for(visit),
    }


def _key(text: str) -> int | None:
    """The primary key that an address names; None: it names none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def show(diary: reading.Diary) -> dict:
    """What the diary is drawn from: a picture, the week of everybody, or an agenda."""
    if diary.form.mode == "agenda":
        return {"agenda": agenda(diary)}
    if diary.form.mode == "week" and not diary.form.only_staff:
        return {"week": diary.load_of_week()}
    return {"picture": diary.picture()}


def agenda(diary: reading.Diary) -> dict:
    """The visits of several days by time; as many as anybody reads, and the day on which to read on."""
    wanted, zone = diary.form.only_service, diary.roster.zone
    visits = [visit for visit in diary.visits if not wanted or visit.service_id == wanted]
    visits = [visit for visit in visits if timezone.localdate(visit.starts_at) >= diary.form.day]
    shown, rest = visits[: reading.MOST_IN_AGENDA], visits[reading.MOST_IN_AGENDA :]
    cards = [
        Card(visit, 1, on_day(timezone.localdate(visit.starts_at), visit.starts_at, visit.ends_at, zone))
        for visit in shown
    ]
    more = diary.form.link(date=timezone.localdate(rest[0].starts_at).isoformat()) if rest else ""
    return {"cards": cards, "more": more}


class DiarySheetView(PermissionRequiredMixin, TemplateView):
    """The day on paper, for when the power is out."""

    permission_required = "bookings.view_booking"
    template_name = "bookings/diary/sheet.html"

    def get_context_data(self, **kwargs):
        form = DiaryForm(self.request.GET, today=timezone.localdate(), people=[], services=[])
        zone = timezone.get_current_timezone()
        start, end = (
            datetime.datetime.combine(day, datetime.time.min, zone)
            for day in (form.day, form.day + datetime.timedelta(days=1))
        )
        visits = sorted(
            reading.visits_between(start, end),
            key=lambda visit: (visit.staff.name.lower(), visit.staff_id, visit.starts_at, visit.pk),
        )
        groups = itertools.groupby(visits, key=lambda visit: visit.staff)
        return super().get_context_data(**kwargs) | {
            "form": form,
            "now": timezone.now(),
            "people": [(person, list(group)) for person, group in groups],
        }
