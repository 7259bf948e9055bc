"""Mail as programs, phones and web forms really write it: no text is lost, and an answer reaches its sender."""

import pytest
from django.utils import timezone

from alerts.models import Alert
from contacts.inbound import process_events
from contacts.tests.factories import ContactFactory
from messaging.inbound import mail
from messaging.inbound.parsing import Unreadable, parse
from messaging.models import Conversation, Message
from messaging.tests import outside

HEAD = b"From: Paula <paula@client.example>\r\nTo: desk@in.example\r\nMessage-ID: <p1@client.example>\r\n"
PICTURE = b"Content-Type: image/png; name=a.png\r\nContent-Disposition: inline; filename=a.png\r\n\r\nx\r\n"


def read(raw: bytes):
    return mail.read(parse(raw), raw=raw)[0]


def said(kind: bytes, *parts: bytes, boundary: bytes = b"B", named: bytes | None = None) -> str:
    """The words of an email of these parts, each with its own header."""
    named = b'"%b"' % boundary if named is None else named
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary
    return read(HEAD + b"Content-Type: multipart/%b; boundary=%b\r\n\r\n" % (kind, named) + body).words


def text(words: bytes, kind: bytes = b"plain") -> bytes:
    return b"Content-Type: text/%b; charset=utf-8\r\n\r\n%b\r\n" % (kind, words)


def test_words_before_and_after_a_picture_are_all_there():
    words = said(
        b"mixed", text(b"My knee:"), PICTURE, text(b"Please call it off."), text(b"<p>Paula</p>", b"html")
    )

    assert (
        words
        == "My knee:\n\nPlease call it off.\n\nPaula\n\n[1 file came along, which CareOps does not keep.]"
    )


def test_of_two_forms_of_the_same_words_the_plain_one_is_read_unless_it_is_empty():
    assert said(b"alternative", text(b"Plain"), text(b"<p>Rich</p>", b"html")) == "Plain"
    assert said(b"alternative", text(b" \r\n"), text(b"<p>Rich</p>", b"html")) == "Rich"


def test_somebody_elses_email_does_not_speak_for_its_sender():
    passed_on = (
        b"Content-Type: message/rfc822\r\n\r\nFrom: Otto <otto@x.example>\r\n\r\nI want no more messages.\r\n"
    )

    words = said(b"mixed", text(b"See below."), passed_on)

    assert words == "See below.\n\n[1 file came along, which CareOps does not keep.]"


@pytest.mark.parametrize(
    ("boundary", "named"),
    [
        (b"----=_Part_1_A.B", b"----=_Part_1_A.B"),
        (b"a b:c", b"a b:c"),
        (b"there", b'"elsewhere"'),
        (b"there", b""),
        (b"x=?y", b'"x=?y'),
    ],
)
@pytest.mark.parametrize("kind", [b"mixed", b"alternative"])
def test_a_boundary_is_found_where_it_is_named_badly(kind, boundary, named):
    assert said(kind, text(b"I am ill."), boundary=boundary, named=named) == "I am ill."


@pytest.mark.parametrize(
    "body", [b"Only this, and no part.", b"<html><body><p>Only this, and no part.</p></body></html>"]
)
def test_no_email_is_called_empty_while_something_is_there(body):
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + body

    assert read(raw).words == "Only this, and no part."


def test_an_email_without_a_word_is_empty():
    assert read(HEAD + b"\r\n \r\n").words == "[An empty email]"


@pytest.mark.parametrize(
    "charset", [b"iso-8859-1", b"us-ascii", b"latin1", b"windows-1252", b"unknown-8bit", b"klingon"]
)
@pytest.mark.parametrize("letters", ["cp1252", "utf-8"])
def test_latin_and_ascii_mean_what_they_mean_to_browsers(charset, letters):
    raw = (
        HEAD + b'Content-Type: text/plain; charset="%b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' % charset
    )

    assert read(raw + "“€ 45” – it’s Zoë".encode(letters)).words == "“€ 45” – it’s Zoë"


@pytest.mark.parametrize("letters", ["cp1252", "utf-8"])
def test_a_subject_of_bare_bytes_is_read(letters):
    assert (
        read(b"Subject: " + "Preis – 5 €".encode(letters) + b"\r\n" + HEAD + b"\r\nHello").subject
        == "Preis – 5 €"
    )


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("From: head.office@firm.example <yara@x.example>", "yara@x.example"),
        ('From: "known@client.example" <yara@x.example>', "yara@x.example"),
        ("From: Zoe; Exemplar <zoe@x.example>", "zoe@x.example"),
        ("From: Zoe Exemplar [zoe@x.example]", "zoe@x.example"),
        ("From: zoe@x.example (Zoe, by phone", "zoe@x.example"),
        ("From: Zoe <>\r\nReply-To: zoe@x.example", "zoe@x.example"),
        ("From: Zoe\r\nReturn-Path: <zoe@x.example>", "zoe@x.example"),
        ("From: =?utf-8?q?Z=C3=B6e?= <zoe@x.example>", "zoe@x.example"),
        ("From: Site <noreply@site.example>\r\nReply-To: Zoe <zoe@x.example>", "zoe@x.example"),
        ("From: Site <do-not-reply@site.example>\r\nReply-To: Zoe <zoe@x.example>", "zoe@x.example"),
        ("From: Zoe <zoe@x.example>\r\nReply-To: Office <office@x.example>", "zoe@x.example"),
        ("X-Trace: 1\nquite Odd: 2\nFrom: Zoe <zoe@x.example>", "zoe@x.example"),
        ("From: Zoe, nowhere", ""),
    ],
)
def test_the_sender_is_whoever_can_be_answered(header, address):
    assert read(f"{header}\r\nTo: desk@in.example\r\n\r\nHello".encode()).sender == address


def test_an_email_of_too_many_parts_is_given_up():
    body = b"--x\r\n\r\na\r\n" * 5_000 + b"--x--\r\n"

    with pytest.raises(Unreadable):
        parse(HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + body)


@pytest.fixture
def bring(client, settings, db):
    settings.WEBHOOK_SECRET, settings.ALLOWED_ORIGINS = outside.SECRET, [outside.ORIGIN]

    def bring(raw: bytes) -> None:
        assert outside.post_mail(client, raw).status_code == 200
        process_events(limit=10, now=timezone.now())

    return bring


def test_two_customers_of_one_web_form_are_two_conversations(bring):
    for name in ("ursula", "victor"):
        headers = {"Reply_To": f"{name} <{name}@x.example>", "Message_ID": f"<{name}@site.example>"}
        bring(outside.email("Do you have a time?", sender="Website <noreply@site.example>", **headers))

    found = Message.objects.filter(direction="in").order_by("pk").values_list("address", "via")
    assert list(found) == [(f"{name}@x.example", "noreply@site.example") for name in ("ursula", "victor")]
    assert Conversation.objects.count() == 2


def test_who_really_wrote_stands_at_the_message(bring, as_staff):
    ada = ContactFactory(name="Ada", email="ada@client.example")
    own = {"to": f"reply+{ada.conversation.token}@in.example"}
    bring(
        outside.email("For her.", sender="Otto <otto@elsewhere.example>", Message_ID="<o@x.example>", **own)
    )
    bring(outside.email("Myself.", sender="Ada <ada@client.example>", Message_ID="<a@x.example>", **own))

    page = as_staff.get(ada.conversation.get_absolute_url()).content.decode()

    assert page.count("from otto@elsewhere.example") == 1
    assert "from ada@client.example" not in page


def test_an_email_that_names_nobody_raises_the_alert(bring):
    bring(outside.email("I am in pain.", sender="Zoe, nowhere"))

    assert Message.objects.filter(direction="in").count() == 0
    assert Alert.objects.get().kind == Alert.Kind.UNREADABLE


@pytest.mark.parametrize(
    "words",
    [
        "Liked “See you on Tuesday”",
        "Loved an image",
        "Reacted 👍 to “See you”",
        "👍 to “See you”",
        "Removed 👍 from “See you”",
        "Reacted 😂 to a photo",
        "Ada reacted to your message: 👍",
        "👍\n\nAda reacted via Gmail",
    ],
)
def test_a_reaction_leaves_nobody_waiting(bring, words):
    ada = ContactFactory(email="ada@client.example")

    bring(outside.email(words))

    ada.conversation.refresh_from_db()
    assert ada.conversation.waiting_since is None
    assert ada.conversation.messages.get(direction="in").is_machine


def test_a_calendar_that_answers_leaves_nobody_waiting(bring):
    ada = ContactFactory(email="ada@client.example")
    reply = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:k1@careops\r\nDTSTAMP:20261101T080000Z\r\n"
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@client.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )

    bring(outside.email(reply, Content_Type="text/calendar; method=REPLY; charset=utf-8"))

    ada.conversation.refresh_from_db()
    assert ada.conversation.waiting_since is None
    assert ada.conversation.messages.get(direction="in").is_machine
