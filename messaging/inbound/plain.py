"""Text that came from outside, as data: no control characters, no HTML, no end to nothing."""

import re
from html import unescape

from careops.core.unseen import seen

MOST_TAGS, MOST_TEXT = 50_000, 200_000  # of a page of HTML; the latter in characters
SPACES = re.compile(r"[^\S\n]+")
EMPTY_LINES = re.compile(r"\n{3,}")
BLOCKS = {
    *(
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
    ),
    *(
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
    ),
    *("section", "table", "tr", "ul"),
}
CELLS = {"<td", "<th"}
TAG = re.compile(r"(<[/!?a-zA-Z][^<>]*>)")
TAG_NAME = re.compile(r"<!--|</?[a-zA-Z0-9]*|<")
ADDRESS = re.compile(r"""\bhref\s*=\s*["']?(https?://[^"'\s<>]+)""", re.IGNORECASE)
WHITE = re.compile(r"\s+")
COMMENT_END = "-->"
CUT = "\n\n[The rest of this long email is not kept.]"
UNREAD = {"head", "script", "style", "template", "title"}


def clean(text: str, *, longest: int) -> str:
    """``text`` without what cannot be seen or stored, cut to ``longest`` characters."""
    return seen(text[: 2 * longest])[:longest]


def line(text: str, *, longest: int) -> str:
    return " ".join(clean(text, longest=4 * longest).split())[:longest]


def from_html(html: str) -> str:
    """What somebody would read of a page of HTML, with the address of a link after its words.

    Told apart by a pattern that looks at each character once: Python's own parser takes minutes over a hostile page.
    """
    reader, end, size = _Reader(), 0, 0
    for number, tag in enumerate(TAG.finditer(html)):
        reader.text(html[end : tag.start()])
        size += tag.start() - end
        end = tag.end()
        if number > MOST_TAGS or size > MOST_TEXT:
            reader.written.append(CUT)
            break
        reader.tag(tag.group())
    else:
        reader.text(html[end:])
    lines = [SPACES.sub(" ", written).strip() for written in "".join(reader.written).split("\n")]
    return EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Reader:
    def __init__(self):
        self.written: list[str] = []
        self.until = ""  # what ends the part that nobody reads; empty: this is read
        self.link = ""

    def text(self, text: str) -> None:
        while text and self.until in {"", COMMENT_END}:
            if self.until:
                _, ended, text = text.partition(COMMENT_END)
                self.until = "" if ended else COMMENT_END
            else:
                said, begun, text = text.partition("<!--")
                self.written.append(WHITE.sub(" ", unescape(said)))
                self.until = COMMENT_END if begun else ""

    def tag(self, tag: str) -> None:
        name = TAG_NAME.match(tag).group().lower()
        if self.until:
            if name == self.until or (self.until == COMMENT_END and tag.endswith("-->")):
                self.until = ""
        elif name == "<!--":
            self.until = "" if tag.endswith("-->") else COMMENT_END
        elif name[1:] in UNREAD:
            self.until = f"</{name[1:]}"
        elif name == "<a":
            address = ADDRESS.search(tag)
            self.link = unescape(address.group(1)) if address else ""
        elif name == "</a":
            if self.link and self.link not in "".join(self.written[-3:]):
                self.written.append(f" ({self.link})")
            self.link = ""
        elif name in CELLS:
            self.written.append(" ")
        elif name.lstrip("</") in BLOCKS:
            self.written.append("\n\n" if name == "</p" else "\n- " if name == "<li" else "\n")
