"""How an intake form is filled in, by whomever: save for later, save by itself, submit."""

from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from bookings.intake import answering, filling
from bookings.models import IntakeRequest


class Answering:
    """For a view that fills in ``asked``.

    :ivar by: who fills it in for the contact; None: the contact
    """

    by: User | None = None
    asked: IntakeRequest

    def post(self, request, **kwargs):
        final = "submit" in request.POST
        form = filling.form_for(self.asked, request.POST, request.FILES, final=final)
        form.is_valid()
        if not form.has_arrived:
            return self.page(form, status=400)
        try:
            saved = self.keep(form, final=final)
        except answering.AnsweredMeanwhile as refusal:
            return self.told(form, refusal)
        except answering.IntakeRefused as refusal:
            form.add_error(None, str(refusal))
            return self.page(form, status=409)
        if "auto" in request.POST:
            return JsonResponse({"rev": saved.rev})
        if form.errors:
            return self.page(filling.again(form, saved), is_saved=saved.is_open)
        return self.submitted(saved) if final else self.saved(saved)

    def keep(self, form, *, final: bool) -> IntakeRequest:
        """Submit what is complete, else save what can be read of it; a correction counts only as a whole."""
        now = timezone.now()
        given = {
            "request": self.asked,
            "answers": form.answers(now=now),
            "files": form.uploads,
            "rev": form.cleaned_data.get("rev"),
            "by": self.by,
            "now": now,
        }
        if final and not form.errors:
            return answering.submit_answers(**given)
        if final and not self.asked.is_open:
            return self.asked
        return answering.save_answers(**given, without=_number(self.request.POST.get("remove", "")))

    def told(self, form, refusal):
        """Nothing was saved: what both devices say, side by side."""
        if "auto" in self.request.POST:
            return JsonResponse({"words": str(refusal)}, status=409)
        theirs = refusal.theirs
        words = f"{refusal} Choose your files again, please." if form.uploads else str(refusal)
        both, others = filling.merged(form, form.answers(now=timezone.now()), theirs)
        return self.page(both, others=others, notice=words, status=409)

    def page(self, form, *, status: int = 200, others: dict[str, str] | None = None, **context):
        context |= {"asked": self.asked, "form": form, "rows": list(form.rows(others))}
        return render(self.request, self.template_name, self.get_context_data(**context), status=status)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None
