"""Reading mail: words, quotations, HTML, and whatever else arrives."""

import random
import time

import pytest

from messaging.inbound import mail, plain
from messaging.inbound.parsing import parse
from messaging.inbound.quotes import split_quoted
from messaging.inbound.words import Wish, looks_like_opt_out, wish_in
from messaging.tests import outside


def read(raw: bytes):
    return mail.read(parse(raw), raw=raw)[0]


def multipart(*parts: tuple[str, str], kind="alternative") -> bytes:
    body = "".join(f"--B\r\n{head}\r\n\r\n{words}\r\n" for head, words in parts) + "--B--"
    return outside.email(body, MIME_Version="1.0", Content_Type=f'multipart/{kind}; boundary="B"')


def test_plain_words_are_preferred_to_html():
    raw = multipart(("Content-Type: text/html", "<p>Rich</p>"), ("Content-Type: text/plain", "Plain"))

    assert read(raw).words == "Plain"


def test_html_alone_becomes_text():
    html = (
        "<html><head><title>No</title><style>p{}</style></head><body><p>Hello&nbsp;<b>you</b>,</p>"
        "<!-- <b>not this</b> > --><!--[if mso]>nor this<![endif]--><ul><li>one<li>two</ul>"
        '<a href="https://a.example/x">here</a><a href="javascript:alert(1)">there</a><script>alert(1)</script></body>'
    )

    words = read(multipart(("Content-Type: text/html; charset=utf-8", html))).words

    assert words == "Hello you,\n\n- one\n- two\nhere (https://a.example/x)there"


def test_files_leave_a_line_that_says_so():
    picture = ('Content-Type: image/png\r\nContent-Disposition: attachment; filename="a.png"', "x")
    raw = multipart(("Content-Type: text/plain", "See here"), picture, picture, kind="mixed")

    assert read(raw).words == "See here\n\n[2 files came along, which CareOps does not keep.]"


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("text/plain; charset=iso-8859-1", "Gr\xfc\xdfe".encode("latin-1"), "Grüße"),
        ("text/plain; charset=klingon", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=utf-8", b"\xff\xfe ok", "ÿþ ok"),
        ("text/plain", b"a\x00b\x1b[31mc\xe2\x80\xaed", "ab[31mcd"),
        ("text/plain", b"", "[An empty email]"),
    ],
)
def test_whatever_its_letters_are_they_can_be_stored(head, body, words):
    raw = outside.email("", Content_Type=head).rstrip() + b"\r\n\r\n" + body

    assert read(raw).words == words


def test_a_long_mail_is_cut_and_says_so():
    words = read(outside.email("word " * 10_000)).words

    assert len(words) < 20_100
    assert words.endswith("[The rest of this long email is not kept.]")


def test_whatever_arrives_is_read_or_refused_but_breaks_nothing():
    chance = random.Random(1)
    whole = bytearray(
        outside.bounce("883953f4-6105-42a2-a16a-77a8eac79483")
        + multipart(("Content-Type: text/html", "<p>x"))
    )
    for _ in range(500):
        broken = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(20)):
            if broken:
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        mail.read(parse(bytes(broken)), raw=bytes(broken))


@pytest.mark.parametrize(
    "header",
    [
        {"From": b"\xff\xfe"},
        {"From": b"=?utf-8?b?////?= <a@b.example>"},
        {"Subject": b"=?x?q?=00?="},
        {"From": b"a" * 20_000},
        {"From": b"(" * 5000},
        {"To": b"," * 5000},
        {"Message-ID": b"<>"},
        {"References": b"<" * 9000},
        {"Date": b"99999"},
    ],
)
def test_a_strange_header_counts_as_not_there(header):
    raw = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in header.items()) + b"\r\nHello"

    assert read(raw).words == "Hello"


def test_a_nest_of_parts_is_not_followed_to_its_end():
    head = b"From: a@b.example\r\n"
    for depth in range(3000):
        head += b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth)

    told = read(head + b"\r\nHello")

    assert told.sender == "a@b.example"


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 200_000,
        "<!--" * 50_000,
        "<a " * 60_000,
        "&#" * 90_000,
        "<p>" * 60_000,
        "<script>" * 20_000,
        "<![" * 60_000,
    ],
)
def test_hostile_html_costs_little(hostile):
    started = time.perf_counter()

    plain.from_html(hostile)

    assert time.perf_counter() - started < 2


QUOTED = "> We are open until six.\n> Your front desk"


@pytest.mark.parametrize(
    "above",
    [
        "On Tue, 3 Nov 2026 at 10:00, Front Desk <desk@business.example> wrote:",
        "On Tue, 3 Nov 2026 at 10:00, Front Desk\n<desk@business.example> wrote:",
        "Am 03.11.26 um 10:00 schrieb Front Desk:",
        "Le mar. 3 nov. 2026 à 10:00, Front Desk a écrit :",
    ],
)
def test_what_is_answered_is_told_from_what_is_new(above):
    assert split_quoted(f"Thank you!\n\n{above}\n{QUOTED}\n") == ("Thank you!", f"{above}\n{QUOTED}")


@pytest.mark.parametrize(
    "below",
    [
        "-----Original Message-----\nFrom: Front Desk\nWe are open.",
        "From: Front Desk <desk@business.example>\nSent: Tuesday\nTo: Ada\nSubject: Hi\n\nWe are open.",
        "Von: Front Desk\nGesendet: Dienstag\nAn: Ada\n\nWir haben offen.",
        QUOTED,
    ],
)
def test_other_ways_to_quote_are_known(below):
    assert split_quoted(f"Thank you!\n\n________________\n{below}") == ("Thank you!", below)


@pytest.mark.parametrize(
    "text",
    [
        "My sister wrote:\nshe comes at five",
        "> Is five all right?\nYes.\n> And six?\nNo.",
        "From: the station it is near.",
        QUOTED,
        "",
    ],
)
def test_what_may_be_new_is_all_shown(text):
    new, quoted = split_quoted(text)

    assert new.startswith(text[:5])
    assert not quoted or "sister" in text


def test_nothing_of_a_mail_is_lost():
    text = f"Thank you!\n\nOn Tuesday Ada wrote:\n{QUOTED}\n\nOn Monday Bert wrote:\n> Hi"

    new, quoted = split_quoted(text)

    assert f"{new}\n\n{quoted}" == text


def test_many_lines_that_may_begin_a_quotation_cost_little():
    started = time.perf_counter()

    split_quoted("x wrote:\n> y\nz\n" * 600)

    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Stop", Wish.STOP),
        ("CANCEL.", Wish.CANCEL),
        ("¡Start!", Wish.START),
        ("info", Wish.HELP),
        ("ＳＴＯＰ 🛑", Wish.STOP),
    ],
)
def test_a_word_alone_is_a_wish(text, wish):
    assert wish_in(text) == wish


@pytest.mark.parametrize(
    "text", ["", "Stop by tomorrow", "please help me", "Don't stop", "end of the month", "restart"]
)
def test_a_word_among_others_is_none(text):
    assert wish_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Please stop texting me",
        "I don’t want any more messages",
        "STOP texts!!",
        "no more emails please",
        "take me off your list",
        "please unsubscribe me",
        "Can you opt me out?",
        "Stop please",
        "do not contact me again",
        "wrong number",
        "no more sms please",
        "take my name off your list",
    ],
)
def test_many_ways_to_say_no_are_noticed(text):
    assert looks_like_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Can you email me the form?",
        "I will stop by at five to pick it up, then go home, and call you later today",
        "Please cancel my visit",
        "Do not worry",
        "The bus stop",
        "We never met",
        "Please take me off the waiting list",
        "Which stop do I get off?",
    ],
)
def test_talk_is_not_taken_for_it(text):
    assert not looks_like_opt_out(text)


def test_a_long_rant_costs_little():
    started = time.perf_counter()

    looks_like_opt_out("stop the " * 100_000)

    assert time.perf_counter() - started < 1
