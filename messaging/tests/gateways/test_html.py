"""The HTML part of what leaves, as a mail program finds it behind a real SMTP server."""

import html
import re

import pytest

from accounts.models import Business
from accounts.tasks import send_invitation, send_password_reset
from contacts.models import Contact
from messaging.delivery import compose
from messaging.gateways import Email
from messaging.models import Address, Conversation, Message
from messaging.tests.taking import send_email


def parts(server) -> tuple[str, str]:
    """Text and HTML of the one email that arrived."""
    [received] = server.received
    text, page = received.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    text, page = (part.get_content().replace("\r\n", "\n") for part in (text, page))
    return text, page


def arrived(server, body: str) -> str:
    send_email(Email(to="ada@client.example", subject="Your booking", body=body))
    return parts(server)[1]


def words(text: str) -> list[str]:
    return text.replace("-- \n", "").split()


def read(page: str) -> list[str]:
    """The words of a page, as somebody sees them."""
    return html.unescape(re.sub(r"<[^>]*>", "", page)).split()


def test_both_parts_say_the_same_with_the_name_of_the_business(server):
    business = Business(name="Calm & <b>Hands</b>", phone="020 7946 0018", address="1 High Street\nLondon")
    message = Message(
        conversation=Conversation(contact=Contact(name="Ada"), token="c0ffee"),
        address="ada@client.example",
        rule="reminder",
        body="Hello Ada <script>alert(1)</script>,\n\nsee you at 9 & bring “it”.\nשלום\n",
    )
    address = Address(channel="email", value="ada@client.example", token="tok")

    send_email(compose.email(message, business=business, address=address))

    text, page = parts(server)
    assert words(text) == read(page)
    assert "Calm &amp; &lt;b&gt;Hands&lt;/b&gt;" in page
    assert "&lt;script&gt;" in page
    assert page.count("<p dir=") == 3  # greeting, words, signature
    assert '<html lang="en">' in page
    assert not re.search(r"<(?:img|link|style|script|b)\b|\b(?:src|background|class|color)\s*[=:]", page)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("To move: https://calm.example/visit/a.1.1:b_c-d/", "https://calm.example/visit/a.1.1:b_c-d/"),
        ("See HTTPS://calm.example.", "HTTPS://calm.example"),
        ("(http://calm.example/book/?a=1&b=2), or call", "http://calm.example/book/?a=1&amp;b=2"),
        ("https://calm.example/Room_(blue)", "https://calm.example/Room_(blue)"),
        ("“https://calm.example/ä”", "https://calm.example/ä"),
        ("<https://calm.example/x>", "https://calm.example/x"),
        ("https://calm.example/'onclick='x", "https://calm.example/&#x27;onclick=&#x27;x"),
        ('https://calm.example/"onclick="x"', "https://calm.example/"),
        ("javascript:alert(1) data:text/html,x ftp://calm.example calm.example ada@calm.example", None),
        ("https:// and http://.", None),
    ],
)
def test_only_addresses_of_the_web_become_links(server, text, address):
    found = re.findall(r'<a href="([^"]*)">([^<]*)</a>', page := arrived(server, text))

    assert found == ([(address, address)] if address else [])
    assert page.count("<a ") == len(found)
    assert read(page) == text.split()


def test_paragraphs_and_lines_stay(server):
    page = arrived(server, "One\r\ntwo\n\n\n \nthree\n\n-- \nCalm Hands\nLondon\n")

    assert re.findall(r"<p [^>]*>(.*?)</p>", page, re.DOTALL) == [
        "One<br>\ntwo",
        "three",
        "Calm Hands<br>\nLondon",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("send", [send_invitation, send_password_reset])
def test_mail_to_the_people_who_work_here_has_it_too(server, staff, send):
    Business.objects.update_or_create(pk=1, defaults={"name": "Calm & Hands"})
    staff.name = "Sara <i>"
    staff.save()

    send(staff.pk)

    text, page = parts(server)
    assert words(text) == read(page)
    assert "Sara &lt;i&gt;" in page
    assert "Calm &amp; Hands" in page
    [link] = re.findall(r'<a href="(http://127.0.0.1:8000/[^"]+)"', page)
    assert link in text
