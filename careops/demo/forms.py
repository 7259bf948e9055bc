"""The intake forms of the demo: what is asked before a first visit and before acupuncture, and who has answered."""

import datetime
import random
from functools import partial

from accounts.models import User
from bookings.intake import answering, writing
from bookings.models import Booking, Service
from careops.demo.clock import Past
from careops.demo.diary import Visit

DAY = datetime.timedelta(days=1)
BOTH = ["Initial assessment", "Acupuncture"]
HEALTH = {
    "name": "Health questionnaire",
    "services": BOTH,
    "valid_months": 12,
    "introduction": "So that we can prepare. Leave out what you would rather tell us in person.",
    "questions": [
        {"kind": "choice", "label": "Where is the trouble?", "options": ["Neck", "Back", "Hip", "Knee", "Elsewhere"]},
        {"kind": "date", "label": "Since when?"},
        {"kind": "number", "label": "Pain from 0 to 10", "help": "0: none. 10: as bad as can be.", "required": True},
        {"kind": "several", "label": "Have you any of these?", "options": ["Asthma", "Diabetes", "Low blood pressure"]},
        {"kind": "yes_no", "label": "Do you take blood thinners?", "required": True},
        {"kind": "long", "label": "What else should we know?"},
        {"kind": "file", "label": "Letters or scans you have", "help": "A photo of the page is enough."},
    ],
}  # fmt: skip
CONSENT = {
    "name": "Consent to acupuncture",
    "services": ["Acupuncture"],
    "valid_months": 6,
    "introduction": "",
    "questions": [
        {
            "kind": "consent",
            "label": "I agree to the treatment",
            "wording": "Acupuncture uses fine sterile needles. Small bruises are common; feeling faint is rare. I may"
            " ask to stop at any time.",
            "required": True,
        },
        {
            "kind": "signature",
            "label": "Signature",
            "wording": "What I have said here is true, and I will tell the clinic when it changes.",
            "required": True,
        },
    ],
}
ANSWERS = {
    "choice": ["Neck", "Back", "Back", "Hip", "Knee"],
    "number": ["2", "4", "5", "6", "7"],
    "several": [["Asthma"], ["Low blood pressure"], ["Asthma", "Diabetes"]],
    "yes_no": [False, False, False, True],
    "long": ["It is worst in the mornings.", "I cycle to work.", "My doctor asked me to come."],
}


def write(*, services: dict[str, Service], by: User, at: datetime.datetime) -> None:
    """Make both forms, as an admin would."""
    for written in (HEALTH, CONSENT):
        form = writing.create_intake_form(
            name=written["name"],
            valid_months=written["valid_months"],
            services=[services[name] for name in written["services"]],
            by=by,
        )
        writing.change_introduction(form=form, introduction=written["introduction"], by=by)
        for question in written["questions"]:
            writing.save_question(form=form, key=None, **question, by=by)
        writing.publish_form(form=form, by=by, now=at)


def plan_answers(
    *,
    past: Past,
    visit: Visit,
    held: dict[str, Booking],
    readers: dict[str, User],
    seed: int,
    now: datetime.datetime,
) -> None:
    """Let most clients answer a while after booking; a few only begin, or have forgotten."""
    if visit.service not in BOTH or visit.fate == "cancelled":
        return
    dice = random.Random(f"{seed} {visit.client} {visit.starts_at}")  # noqa: S311 - no secret, as in `Story`
    at = visit.booked_at + datetime.timedelta(hours=dice.randint(1, 30), minutes=dice.randint(0, 59))
    share, number = dice.random(), dice.randrange(60)
    is_near = abs(visit.starts_at - now) < 2 * DAY  # what is missing of these, is missed
    if at >= visit.starts_at or share < (0.08 if is_near else 0.15):
        return
    past.plan(at, partial(_answer, held, number, half=share < 0.25 and not is_near))
    if share > 0.3:
        past.plan(visit.starts_at, partial(_read, held, visit.colleague, readers))


def _answer(held: dict[str, Booking], number: int, at: datetime.datetime, *, half: bool) -> None:
    for request in held["booking"].intake_requests.missing().for_list():
        answers = _answers(request, number, at)
        about = {"request": request, "rev": None, "by": None, "now": at}
        if half:
            answering.save_answers(answers=dict([*answers.items()][:2]), **about)
        else:
            answering.submit_answers(answers=answers, **about)


def _answers(request, number: int, at: datetime.datetime) -> dict[str, object]:
    said: dict[str, object] = {}
    for question in request.version.questions:
        key, kind = question["key"], question["kind"]
        if kind in ANSWERS:
            said[key] = ANSWERS[kind][number % len(ANSWERS[kind])]
        elif kind == "date":
            said[key] = (at.date() - (10 + number) * DAY).isoformat()
        elif kind == "consent":
            said[key] = {"at": at.isoformat()}
        elif kind == "signature":
            said[key] = {"name": request.contact.name, "at": at.isoformat()}
    return said


def _read(held: dict[str, Booking], colleague: str, readers: dict[str, User], at: datetime.datetime) -> None:
    for request in held["booking"].intake_requests.filter(status="submitted").for_list():
        answering.review_answers(request=request, by=readers[colleague], now=at)
