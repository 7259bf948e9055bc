"""Customers answer a form by their private link."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.intake import answering, customer_views, uploads
from bookings.intake.export import rows_of
from bookings.intake.questions import Kind, Question
from bookings.messages import links
from bookings.models import IntakeFile, IntakeRequest
from bookings.tests.acts import book
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.intake_desk import NAME, PAIN, asked_of, make_form
from bookings.visits.outcomes import cancel_booking

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\nhello"
EVERYTHING = [
    Question("a", "text", "Text", required=True, help="<b>bold</b>"),
    Question("b", "long", "Long"),
    Question("c", "choice", "Choice", options=["Left", "Right"], required=True),
    Question("d", "several", "Several", options=["Sun", "Moon"]),
    Question("e", "date", "Date"),
    Question("f", "number", "Number"),
    Question("g", "yes_no", "Yes?"),
    Question("h", "file", "File"),
    Question("i", "consent", "Consent", wording="I agree to <i>everything</i>.", required=True),
    Question("j", "signature", "Signature", wording="I sign.", required=True),
]
ANSWERS = {
    "q_a": "Ada", "q_b": "Two\nlines", "q_c": "Left", "q_d": ["Sun", "Moon"], "q_e": "1980-02-03", "q_f": "2.5",
    "q_g": "no", "q_i": "on", "q_j": "Ada Lovelace",
}  # fmt: skip


@pytest.fixture
def ask():
    def ask(*questions):
        service = ServiceFactory()
        make_form(*questions or (NAME, PAIN), service=service)
        return asked_of(BookedFactory(service=service))

    return ask


def fresh(asked) -> IntakeRequest:
    return IntakeRequest.objects.for_list().get(pk=asked.pk)


def test_the_page_shows_the_form_and_nothing_else(ask, client, django_assert_max_num_queries):
    asked = ask(*EVERYTHING)

    with django_assert_max_num_queries(14):
        response = client.get(links.form_path(asked))

    words = response.content.decode()
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "&lt;b&gt;bold&lt;/b&gt;" in words
    assert "I agree to &lt;i&gt;everything&lt;/i&gt;." in words
    assert asked.contact.name not in words
    assert asked.contact.email not in words


def test_looking_changes_nothing_but_opened(ask, client):
    asked = ask()
    path = links.form_path(asked)

    client.head(path)
    client.get(path)
    assert fresh(asked).status == "planned"
    client.get(path, headers={"Sec-Fetch-Mode": "navigate", "Sec-Purpose": "prefetch"})
    assert fresh(asked).status == "planned"
    client.get(path, headers={"Sec-Fetch-Mode": "navigate"})

    assert fresh(asked).status == "opened"


def test_every_kind_of_answer_is_taken(ask, client):
    asked = ask(*EVERYTHING)
    path = links.form_path(asked)

    file = SimpleUploadedFile("../../etc/pass\x01wd.exe", PDF)
    response = client.post(path, ANSWERS | {"q_h": [file], "rev": 1, "submit": ""})

    assert response.status_code == 302
    request = fresh(asked)
    assert request.status == "submitted"
    consent, signature = request.answers.pop("i"), request.answers.pop("j")
    stored = IntakeFile.objects.get()
    assert (stored.name, stored.content_type, bytes(stored.content)) == ("passwd.pdf", "application/pdf", PDF)
    assert request.answers == {
        "a": "Ada",
        "b": "Two\r\nlines" if "\r" in request.answers["b"] else "Two\nlines",
        "c": "Left",
        "d": ["Sun", "Moon"],
        "e": "1980-02-03",
        "f": "2.5",
        "g": False,
        "h": [{"file": stored.pk, "name": "passwd.pdf"}],
    }
    assert consent.keys() == {"at"}
    assert signature["name"] == "Ada Lovelace"
    assert "Thank you, we have it" in client.get(path).content.decode()


@pytest.mark.parametrize(("typed", "stored"), [("0", "0"), ("0.00", "0.00"), ("-1", "-1")])
def test_zero_is_an_answer(ask, client, typed, stored):
    asked = ask(Question("n", "number", "Cigarettes a day", required=True))

    client.post(links.form_path(asked), {"q_n": typed, "rev": 1, "submit": ""})

    request = fresh(asked)
    assert request.status == "submitted"
    assert request.answers == {"n": stored}
    assert rows_of(request.version.form, [request])[1][-1] == stored


def test_zero_saved_for_later_stands_there_again(ask, client):
    asked = ask(NAME, Question("n", "number", "Cigarettes a day"))

    client.post(links.form_path(asked), {"q_n": "0", "rev": 1, "save": ""})

    assert fresh(asked).answers == {"n": "0"}
    assert client.get(links.form_path(asked)).context["form"]["q_n"].value() == "0"


def test_a_box_that_is_not_ticked_is_no_answer(ask, client):
    asked = ask(PAIN, Question("i", "consent", "Consent", wording="I agree."))

    client.post(links.form_path(asked), {"q_pain": "no", "rev": 1, "submit": ""})

    assert fresh(asked).answers == {"pain": False}


def test_submitting_half_says_what_is_missing_and_keeps_what_is_there(ask, client):
    asked = ask(NAME, PAIN)

    response = client.post(links.form_path(asked), {"q_pain": "yes", "rev": 1, "submit": ""})

    words = response.content.decode()
    assert response.status_code == 200
    assert 'href="#id_q_name"' in words
    assert "is saved already" in words
    assert (fresh(asked).status, fresh(asked).answers) == ("started", {"pain": True})


def test_half_a_form_goes_on_elsewhere(ask):
    asked = ask(NAME, PAIN)
    path = links.form_path(asked)
    phone, laptop = Client(), Client()

    assert phone.post(path, {"q_name": "Ada", "rev": 1, "save": ""}).status_code == 302

    response = laptop.get(path)
    assert 'value="Ada"' in response.content.decode()
    assert response.context["form"]["rev"].value() == 2


def test_saving_keeps_what_can_be_read(ask, client):
    asked = ask(*EVERYTHING)

    response = client.post(links.form_path(asked), {"q_a": "Ada", "q_e": "someday", "rev": 1, "save": ""})

    assert response.status_code == 200
    assert fresh(asked).answers == {"a": "Ada"}


def test_saving_by_itself_answers_in_short(ask, client):
    asked = ask()

    response = client.post(links.form_path(asked), {"q_name": "Ada", "rev": 1, "auto": "1"})
    assert response.json() == {"rev": 2}
    stale = client.post(links.form_path(asked), {"q_name": "Bob", "rev": 1, "auto": "1"})

    assert stale.status_code == 409
    assert fresh(asked).answers == {"name": "Ada"}


def test_two_devices_are_shown_what_both_say(ask, client):
    asked = ask(NAME, PAIN)
    path = links.form_path(asked)
    client.post(path, {"q_name": "Ada", "q_pain": "yes", "rev": 1, "save": ""})

    response = client.post(path, {"q_name": "Grace", "rev": 1, "submit": ""})

    words = response.content.decode()
    assert response.status_code == 409
    assert 'value="Grace"' in words
    assert "The other device says: <strong" in words
    form = response.context["form"]
    assert form["q_pain"].value() == "yes"  # what only the other one says is taken over
    assert fresh(asked).answers == {"name": "Ada", "pain": True}
    client.post(path, {"q_name": "Grace", "q_pain": "yes", "rev": form["rev"].value(), "submit": ""})
    assert fresh(asked).answers == {"name": "Grace", "pain": True}


def test_files_that_another_device_kept_out_are_asked_for_again(ask, client):
    asked = ask(NAME, Question("letter", "file", "Letter"))
    path = links.form_path(asked)
    client.post(path, {"q_name": "Ada", "rev": 1, "save": ""})

    letter = SimpleUploadedFile("letter.pdf", PDF)
    response = client.post(path, {"q_name": "Grace", "q_letter": letter, "rev": 1, "save": ""})

    assert response.status_code == 409
    assert "Choose your files again, please." in response.content.decode()
    assert not IntakeFile.objects.exists()


def test_corrections_replace_what_was_sent(ask, client):
    asked = ask()
    path = links.form_path(asked)
    client.post(path, {"q_name": "Ada", "rev": 1, "submit": ""})

    assert 'value="Ada"' in client.get(path + "?change").content.decode()
    assert client.post(path, {"q_name": "", "rev": 2, "submit": ""}).status_code == 200
    assert fresh(asked).answers == {"name": "Ada"}
    client.post(path, {"q_name": "Ada L.", "rev": 2, "submit": ""})

    assert fresh(asked).submissions.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.pdf", b"<html><script>alert(1)</script>", "cannot be taken"),
        ("run.exe", b"MZ\x90", "cannot be taken"),
        ("deep.zip", b"PK\x03\x04" * 100, "cannot be taken"),
        ("empty.pdf", b"", "empty"),
        ("large.pdf", PDF + b"x" * uploads.LARGEST, "larger than 5 MB"),
    ],
)
def test_files_that_cannot_be_taken_are_refused_in_words(ask, client, name, content, words):
    asked = ask(NAME, Question("h", "file", "File"))

    file = SimpleUploadedFile(name, content)
    response = client.post(links.form_path(asked), {"q_name": "Ada", "q_h": [file], "rev": 1, "submit": ""})

    assert response.status_code == 200
    assert words in response.content.decode()
    assert not IntakeFile.objects.exists()
    assert fresh(asked).status == "started"


def test_a_file_is_removed_by_its_button(ask, client):
    asked = ask(NAME, Question("h", "file", "File"))
    path = links.form_path(asked)
    client.post(path, {"q_h": [SimpleUploadedFile("a.pdf", PDF)], "rev": 1, "save": ""})
    file = IntakeFile.objects.get()

    client.post(path, {"q_name": "Ada", "rev": 2, "remove": file.pk})

    assert (IntakeFile.objects.count(), fresh(asked).answers) == (0, {"name": "Ada"})


def test_more_than_fits_is_refused_before_it_is_read(ask, client):
    asked = ask()

    response = client.post(links.form_path(asked), {"q_name": "x"}, CONTENT_LENGTH="99000000")

    assert response.status_code == 413
    assert fresh(asked).status == "planned"


def test_a_post_without_a_token_is_refused(ask):
    asked = ask()

    response = Client(enforce_csrf_checks=True).post(links.form_path(asked), {"q_name": "Ada", "submit": ""})

    assert response.status_code == 403
    assert fresh(asked).status == "planned"


BAD = [
    "\x00",
    "x" * 20_000,
    "9999-99-99",
    "NaN",
    "1e9999",
    "-Infinity",
    "{{ 7|add:7 }}",
    "\ud83d\ude00\u202e",
    "²",
]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_whatever_is_typed_gets_an_answer(ask, client, text):
    asked = ask(*EVERYTHING)
    sent = {f"q_{question.key}": text for question in EVERYTHING} | {"rev": text, "remove": text}
    sent = {
        name: value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for name, value in sent.items()
    }

    for button in ("submit", "save", "auto"):
        assert client.post(links.form_path(asked), sent | {button: ""}).status_code in {200, 302, 409}
    assert client.get(links.form_path(asked)).status_code == 200


def test_a_form_that_just_went_along_with_its_contact_is_not_found(ask, client, monkeypatch):
    asked = ask()

    def goes(_request):
        IntakeRequest.objects.filter(pk=asked.pk).delete()
        return True

    monkeypatch.setattr(customer_views, "_is_looked_at", goes)

    assert client.get(links.form_path(asked)).status_code == 404


def test_wrong_links_lead_nowhere(ask, client):
    asked = ask()
    token = links.form_path(asked)

    for path in (
        token[:-3] + "xx/",
        reverse("intake_answer", args=["nothing"]),
        links.visit_path(asked.booking),
    ):
        path = path.replace("/visit/", "/forms/")
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404


def test_a_renewed_link_ends_the_old_one(ask, client, staff):
    asked = ask()
    old = links.form_path(asked)

    renewed = answering.renew_link(request=asked, by=staff, now=timezone.now())

    assert client.get(old).status_code == 404
    assert client.get(links.form_path(renewed)).status_code == 200


def test_a_link_to_a_visit_called_off_has_nothing_to_fill_in(ask, client, staff):
    asked = ask()
    cancel_booking(booking=asked.booking, by=staff, now=timezone.now())

    assert "Nothing to fill in" in client.get(links.form_path(asked)).content.decode()
    refused = client.post(links.form_path(asked), {"q_name": "Ada", "rev": 1, "submit": ""})
    assert refused.status_code == 409
    assert fresh(asked).answers == {}


def test_the_link_of_a_later_visit_leads_to_the_form_that_serves_both(client):
    service = ServiceFactory()
    make_form(service=service, valid_months=12)
    first = BookedFactory(service=service)
    later = book(
        service=service,
        contact=first.contact,
        staff=first.staff,
        starts_at=first.starts_at + datetime.timedelta(days=2),
        now=timezone.now(),
    )

    client.post(links.form_path(asked_of(later)), {"q_name": "Ada", "rev": 1, "submit": ""})

    assert asked_of(first).status == "submitted"
    assert "already" in client.get(links.form_path(asked_of(later))).content.decode()


def test_the_link_of_a_visit_booked_online_shows_nothing_that_another_link_was_told(client):
    service = ServiceFactory()
    make_form(service=service, valid_months=12)
    first = BookedFactory(service=service)
    later = {"contact": first.contact, "starts_at": first.starts_at + datetime.timedelta(days=1)}
    online = BookedFactory(service=service, source="online", **later)
    answers = {"name": "Secret"}
    answering.save_answers(request=asked_of(first), answers=answers, rev=1, by=None, now=timezone.now())

    page = client.get(links.form_path(asked_of(online)))

    assert page.status_code == 200
    assert asked_of(online).covered_by == asked_of(first)
    assert "Secret" not in page.content.decode()


def test_every_kind_has_a_field():
    assert {question.kind for question in EVERYTHING} == set(Kind.values)
