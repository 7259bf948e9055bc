"""The HTML part of an email, made of the words of its text part, so that both say the same."""

import re

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SIGNATURE = "\n\n-- \n"  # as mail programs know it
PARAGRAPH = re.compile(r"\n\s*\n")
BREAK = SafeString("<br>\n")
# Punctuation behind an address is that of the sentence, and a bracket belongs to it only where both stand in it.
LINK = re.compile(
    r"(https?://(?:\([^\s<>\"()]*\)|[^\s<>\"()])*(?:\([^\s<>\"()]*\)|[^\s<>\"().,:;!?'’”»\]}]))",
    re.IGNORECASE,
)


def html_of(text: str) -> str:
    """A page with the paragraphs, lines and signature of ``text``, in which web addresses are links."""
    words, signature = text.replace("\r\n", "\n"), ""
    if SIGNATURE in words:
        words, _, signature = words.rpartition(SIGNATURE)
    paragraphs = [_lines(paragraph) for paragraph in PARAGRAPH.split(words.strip())]
    return render_to_string("mail.html", {"paragraphs": paragraphs, "signature": _lines(signature.strip())})


def _lines(text: str) -> SafeString:
    return format_html_join(BREAK, "{}", ((_linked(line),) for line in text.split("\n")))


def _linked(line: str) -> SafeString:
    pieces = enumerate(LINK.split(line))  # every other one is an address
    return format_html_join(
        "",
        "{}",
        ((format_html('<a href="{0}">{0}</a>', piece) if nth % 2 else piece,) for nth, piece in pieces),
    )
