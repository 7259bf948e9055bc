"""What mail looks like when it keeps to no standard: no text is lost, nothing breaks, and nothing takes long.

Each table holds an email, or a part of one, and what is made of it.
"""

import base64
import time

import pytest

from messaging.inbound import mail
from messaging.inbound.parsing import Unreadable, parse

HEAD = b"From: Paula <paula@client.example>\r\nTo: desk@in.example\r\nMessage-ID: <p1@client.example>\r\n"
FILE = "[1 file came along, which CareOps does not keep.]"
PICTURE = b"Content-Type: image/png\r\nContent-Disposition: inline; filename=a.png\r\n\r\nx\r\n"
CODED = base64.b64encode("I am ill, Zoë.".encode() * 9)
SECONDS = 4.0  # of the processor; 2 by themselves, and a slow machine


def read(raw: bytes):
    return mail.read(parse(raw), raw=raw)[0]


def part(words: bytes, kind: bytes = b"text/plain", more: bytes = b"") -> bytes:
    return b"Content-Type: %b\r\n%b\r\n%b\r\n" % (kind, more, words)


def multi(
    kind: bytes, *parts: bytes, boundary: bytes = b"B", named: bytes = b"", closed: bool = True
) -> bytes:
    head = b"Content-Type: multipart/%b; boundary=%b\r\n\r\n" % (kind, named or b'"%b"' % boundary)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, one) for one in parts)
    return head + body + (b"--%b--\r\n" % boundary if closed else b"")


def html(words: bytes) -> bytes:
    return part(words, b"text/html")


def nested(depth: int) -> bytes:
    raw = part(b"deep")
    for level in range(depth):
        raw = multi(b"mixed", raw, boundary=b"D%d" % level)
    return raw


ONE, TWO = part(b"one"), part(b"two")
STRUCTURES = {
    "a list adds its footer": (
        multi(b"mixed", multi(b"alternative", ONE, html(b"<p>one"), boundary=b"I"), TWO),
        "one\n\ntwo",
    ),
    "words and pictures within an alternative": (
        multi(
            b"alternative",
            part(b"one two"),
            multi(b"related", html(b"<p>one"), PICTURE, html(b"<p>two"), boundary=b"I"),
        ),
        f"one two\n\n{FILE}",
    ),
    "two plain forms": (multi(b"alternative", ONE, TWO), "one\n\ntwo"),
    "a plain form that only says that there is another": (
        multi(b"alternative", part(b"Please open this in a browser."), html(b"<p>I cannot come tomorrow.")),
        "Please open this in a browser.\n\nI cannot come tomorrow.",
    ),
    "no end": (multi(b"mixed", ONE, TWO, closed=False), "one\n\ntwo"),
    "no end within": (
        multi(b"mixed", multi(b"alternative", ONE, boundary=b"I", closed=False), TWO),
        "one\n\ntwo",
    ),
    "a boundary within that is not there": (
        multi(b"mixed", multi(b"alternative", ONE, boundary=b"I", named=b'"elsewhere"'), TWO),
        "one\n\ntwo",
    ),
    "a name that looks like a boundary": (
        b"Content-Type: multipart/mixed\r\n\r\nHello\r\n--Paula\r\nby phone",
        "Hello\n--Paula\nby phone",
    ),
    "words before a boundary that is not named": (
        b"Content-Type: multipart/mixed\r\n\r\nHello\r\n--Paula\r\n--B\r\n" + ONE,
        "Hello\n--Paula\n\none",
    ),
    "a text with the name of a file": (
        multi(b"mixed", part(b"one", b"text/plain; name=a.txt"), TWO),
        "one\n\ntwo",
    ),
    "all of it attached": (part(b"one", more=b"Content-Disposition: attachment\r\n"), "one"),
    "a file of text": (
        multi(b"mixed", ONE, part(b"a,b", b"text/csv; name=a.csv")),
        f"one\n\n{FILE}",
    ),
    "a kind that nobody knows": (part(b"one", b"text/x-odd"), "one"),
    "a comment in its kind": (part(b"one", b"text/plain (by hand); charset=utf-8"), "one"),
    "no kind": (part(b"one", b"garbage"), "one"),
    "somebody else's email": (
        multi(b"mixed", ONE, part(b"From: o@x.example\r\n\r\nSTOP", b"message/rfc822")),
        f"one\n\n{FILE}",
    ),
    "one's own words called a report": (multi(b"report", ONE), "one"),
    "cells": (html(b"<table><tr><td>Tuesday<td>9:00"), "Tuesday 9:00"),
    "much style before the words": (html(b"<style>%b</style><p>one" % (b"p {}" * 50_000)), "one"),
    "deep": (nested(200), "deep"),
}


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_all_words_are_read_in_their_order(name, end):
    raw, words = STRUCTURES[name]

    assert read((HEAD + raw).replace(b"\r\n", end)).words == words


@pytest.mark.parametrize(
    "before",
    [b"From paula@client.example Sat Jan  3 01:05:34 1996\r\n", b">From a b\r\n", b"\r\n\r\n", b"X: \0\r\n"],
)
def test_what_stands_before_the_header_hides_neither_words_nor_sender(before):
    told = read(before + HEAD + b"\r\nI am\0 ill")

    assert (told.words, told.sender) == ("I am ill", "paula@client.example")


def test_words_without_a_header_are_not_called_empty():
    assert (
        read(b"I am ill, and this is no header\r\nat all").words == "I am ill, and this is no header\nat all"
    )


CALENDAR = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:k1@careops\r\nDTSTAMP:20261101T080000Z\r\n"
    b"ATTENDEE;PARTSTAT=%b:mailto:paula@client.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
def test_a_calendar_answers_for_the_sender_but_not_where_it_was_passed_on(answer):
    reply = part(CALENDAR % answer.upper().encode(), b"text/calendar; method=REPLY")
    passed_on = part(HEAD + reply, b"message/rfc822")

    theirs = mail.read(parse(HEAD + multi(b"mixed", ONE, reply)))
    others = mail.read(parse(HEAD + multi(b"mixed", ONE, passed_on)))

    assert (theirs[0].machine, theirs[1].answer) == ("A calendar wrote it.", answer)
    assert [told.machine for told in others] == [""]


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        (b"base64", CODED[:-3], "I am ill, Zoë." * 8 + "I am ill, Zo"),
        (b"base64 (RFC 2045)", CODED, "I am ill, Zoë." * 9),
        (b"base64", base64.b64encode(b"one ") + base64.b64encode(b"two"), "one two"),
        (b"base64", CODED[:40] + b"!*\r\n" + CODED[40:], "I am ill, Zoë." * 9),
        (b"base64", b"I am ill, and this is not coded.", "I am ill, and this is not coded."),
        (b"base64", CODED + b"\r\n-- \r\nSent by a list", "I am ill, Zoë." * 9 + "\nSent by a list"),
        (b"Quoted-Printable ", b"Zo=C3=AB", "Zoë"),
        (b"quoted-printable", b"100% = all =ZZ a=\r\nb", "100% = all =ZZ ab"),
        (b"x-odd", "Zoë".encode(), "Zoë"),
    ],
)
def test_an_encoding_is_undone_as_far_as_it_goes(encoding, body, words):
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n" % encoding

    assert read(HEAD + head + body).words == words


@pytest.mark.parametrize(
    ("charset", "letters", "words"),
    [
        ("gb2312", "gbk", "朱镕基"),
        ("shift_jis", "cp932", "①髙橋"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("ANSI_X3.4-1968", "cp1252", "“5 €”"),
        ("utf-8", "cp1252", "Zoë – 5 €"),
        ("utf-16", "ascii", "Hello"),
        ("idna", "utf-8", "Zoë"),
        ("unicode_escape", "ascii", r"a\x41"),
        ("x" * 5_000, "utf-8", "Zoë"),
        ("", "utf-8", "Zoë"),
    ],
)
def test_letters_are_read_as_browsers_read_them(charset, letters, words):
    head = f'Content-Type: text/plain; charset="{charset}"\r\n\r\n'.encode()

    assert read(HEAD + head + words.encode(letters)).words == words


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ('From: "Otto <otto@y.example>" <zoe@x.example>', "zoe@x.example"),
        ("From: (for <otto@y.example>) zoe@x.example", "zoe@x.example"),
        ("From: Zoe zoe@x.example>", "zoe@x.example"),
        ("From: 'zoe@x.example'", "zoe@x.example"),
        ("From: Zoe <mailto:zoe@x.example>", "zoe@x.example"),
        ("From: <@route.example:zoe@x.example>", "zoe@x.example"),
        ("From: =?utf-8?q?Z=C3=B6e_=3Czoe=40x=2Eexample=3E?=", "zoe@x.example"),
        ("From: Team: Zoe <zoe@x.example>, Otto <otto@y.example>;", "zoe@x.example"),
        ("From: zoe@x.example, otto@y.example", "zoe@x.example"),
        ("From: zoe@x.example otto@y.example\nReply-To: yara@x.example", "yara@x.example"),
        ("From : zoe@x.example", "zoe@x.example"),
        ("From:\nFrom: zoe@x.example", "zoe@x.example"),
        ("From: zoe@desk\nReply-To: zoe@x.example", "zoe@x.example"),
        ("From: <>\nReturn-Path: <zoe@x.example>", "zoe@x.example"),
        ("From: <>\nReturn-Path: <>", ""),
        ("From: Site <noreply@s.example>\nReply-To: desk@in.example, zoe@x.example", "zoe@x.example"),
        ("From: Zoe <zoe@x.example>\nCc: l@l.example\nReply-To: l@l.example\nList-Id: <l>", "zoe@x.example"),
        ("From: Zoe via L <l@l.example>\nReply-To: zoe@x.example\nList-Id: <l>", "zoe@x.example"),
        (f"From: zoe@x.example {'a' * 60_000}", "zoe@x.example"),
        (f"From: {'<' * 60_000}\nReply-To: zoe@x.example", "zoe@x.example"),
    ],
)
def test_whoever_can_be_answered_is_found_in_a_header_that_is_hard_to_read(header, address):
    assert read(f"{header}\nTo: desk@in.example\n\nHello".encode()).sender == address


HOSTILE = {
    "a long header": b"X: " + b"a" * 1_000_000 + b"\r\n" + HEAD + b"\r\nHello",
    "a header of many lines": b"X: " + b"a\r\n " * 300_000 + b"\r\n" + HEAD + b"\r\nHello",
    "many headers": b"X: a\r\n" * 60_000 + HEAD + b"\r\nHello",
    "many parameters": HEAD + b"Content-Type: text/plain; " + b"a=b; " * 200_000 + b"\r\n\r\nHello",
    "many continued parameters": HEAD
    + b"Content-Disposition: inline; "
    + b"a*0=b; " * 140_000
    + b"\r\n\r\nHello",
    "many recipients": HEAD + b"Cc: " + b"a@b.example, " * 70_000 + b"\r\n\r\nHello",
    "many ends of lines": HEAD + b"\r\nHello" + b"\r" * 2_000_000,
    "many tags": HEAD + html(b"Hello" + b"<p>" * 1_000_000),
    "many emails within": HEAD + part(b"", b"message/rfc822") * 3_000,
    "many parts": HEAD + multi(b"mixed", *[b"\r\na"] * 200_000),
    "many parts by a boundary that is not there": HEAD
    + multi(b"mixed", *[b"\r\na"] * 200_000, named=b'"elsewhere"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_be_hard_to_read_is_read_or_given_up_in_time(name):
    began = time.process_time()

    try:
        told = read(HOSTILE[name])
    except Unreadable:
        assert name.startswith("many parts")
    else:
        assert told.sender == "paula@client.example"
        assert told.words.startswith(("Hello", "[CareOps could not read this email.", "[1 file"))
    assert time.process_time() - began < SECONDS
