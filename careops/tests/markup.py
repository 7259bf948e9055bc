"""What is wrong with the HTML of a page: what a strict parser reports, and rules of nesting and names."""

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

FLOW = {
    *("address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figure"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "main", "menu", "nav"),
    *("ol", "p", "pre", "search", "section", "table", "ul"),
}
# What holds words, and what stands among them.
PHRASING_ONLY = {
    *("abbr", "b", "bdi", "button", "cite", "code", "dfn", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i"),
    *("kbd", "label", "legend", "mark", "output", "p", "pre", "q", "s", "samp", "small", "span", "strong"),
    *("sub", "summary", "sup", "time", "u"),
}
SVG = "{http://www.w3.org/2000/svg}"
BREAKS = FLOW | {
    *("html", "body", "br", "button", "caption", "dd", "dt", "figcaption", "img", "input", "legend", "li"),
    *("optgroup", "option", "select", "summary", "tbody", "td", "textarea", "th", "thead", "title", "tr"),
}
UNSEEN = {"head", "script", "style", "template", f"{SVG}svg"}
HEADINGS = {f"h{level}" for level in range(1, 7)}
IN_LEGENDS = {"legend": HEADINGS, "summary": HEADINGS}
TRANSPARENT = {"a", "ins", "del"}
CHILDREN = {
    **{name: {"li", "script", "template"} for name in ("ul", "ol", "menu")},
    "dl": {"dt", "dd", "div", "script", "template"},
}
# Without a role they have no name that could be told.
NAMES = {"aria-label", "aria-labelledby"}
NAMELESS = {"div", "span", "p", "b", "i", "strong", "em", "small", "time", "code", "kbd", "dt", "dd"}
REFERS = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "form", "list"]
DAY_OR_TIME = re.compile(r"\d\d:\d\d|\d{4}-\d\d-\d\d")
Above = dict[Element, Element]  # what holds an element, by that


def faults_of(html: str) -> list[str]:
    """Sentences about a page, or about the piece of one that htmx fetches."""
    is_page = html.lstrip()[:9].lower() == "<!doctype"
    parser = HTMLParser(namespace_html_elements=False)
    root = parser.parse(html) if is_page else parser.parse_fragment(html)
    faults = [f"{error}, line {line}" for (line, _), error, _ in parser.errors]
    elements = [element for element in _elements(root) if element is not root]
    above = {child: element for element in (root, *elements) for child in element}
    for element in elements:
        faults += _nesting(element, above) + _own(element)
    faults += _glued(root, []) + _ids(elements, is_page=is_page)
    return faults + (_landmarks(elements) + _headings(elements) if is_page else [])


def _elements(element: Element) -> Iterator[Element]:
    """All but comments and what is inside drawings, which have rules of their own."""
    yield element
    for child in element:
        if isinstance(child.tag, str):
            yield from [child] if child.tag == f"{SVG}svg" else _elements(child)


def _tag(element: Element) -> str:
    names = [f'{name}="{element.get(name)}"' for name in ("id", "class") if element.get(name)]
    return f"<{' '.join([element.tag.removeprefix(SVG), *names])}>"


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _nesting(element: Element, above: Above) -> list[str]:
    holders, one = [], element
    while one in above:
        one = above[one]
        holders.append(one)
    parent, tag = holders[0], element.tag
    holder = next(one for one in holders if one.tag not in TRANSPARENT)
    is_wrong = (
        (holder.tag in PHRASING_ONLY and tag in FLOW - IN_LEGENDS.get(holder.tag, set()))
        or tag not in CHILDREN.get(parent.tag, {tag})
        or (tag == "li" and parent.tag not in {"ul", "ol", "menu", "DOCUMENT_FRAGMENT"})
    )
    wrong = [parent] if is_wrong else []
    if _is_interactive(element):
        wrong += [one for one in holders if one.tag in {"a", "button"}]
    return [f"{_tag(element)} in {_tag(one)}" for one in wrong]


def _is_interactive(element: Element) -> bool:
    if element.tag == "a":
        return "href" in element.attrib
    if element.tag == "input":
        return element.get("type") != "hidden"
    is_one = element.tag in {"button", "select", "textarea", "details", "label", "iframe"}
    return is_one or "tabindex" in element.attrib


def _own(element: Element) -> list[str]:
    faults, attributes = [], element.attrib
    if element.tag == "time" and not _is_moment(attributes.get("datetime", "")):
        faults.append(f"says {attributes.get('datetime')!r}")
    if element.tag in NAMELESS and "role" not in attributes and NAMES & attributes.keys():
        faults.append("has a name but no role")
    if element.tag == "img" and "alt" not in attributes:
        faults.append("has no alt")
    if element.tag in {"button", "a"} and not (_words(element) or NAMES & attributes.keys()):
        faults += [] if element.find(".//img[@alt]") is not None else ["says nothing"]
    return [f"{_tag(element)} {fault}" for fault in faults]


def _is_moment(words: str) -> bool:
    """A day, a time, or both with at most three digits of a second, as HTML has them."""
    if DAY_OR_TIME.fullmatch(words):
        return True
    try:
        datetime.datetime.fromisoformat(words)
    except ValueError:
        return False
    return "T" in words and not re.search(r"\.\d{4}", words)


def _glued(element: Element, line: list[tuple[str, Element]]) -> list[str]:
    """Words that run together where nothing is laid out, as in text browsers.

    :param line: the words of the line so far, each with where it stands
    """
    faults = _joined(element.text, element, line)
    for child in element:
        is_break = child.tag in BREAKS
        if is_break:
            line.clear()
        if isinstance(child.tag, str) and child.tag not in UNSEEN:
            faults += _glued(child, line)
        if is_break:
            line.clear()
        faults += _joined(child.tail, element, line)
    return faults


def _joined(words: str | None, element: Element, line: list[tuple[str, Element]]) -> list[str]:
    if not words:
        return []
    faults = []
    if line and line[-1][0][-1].isalnum() and words[0].isalnum():
        before, where = line[-1]
        faults.append(f"“{before[-20:]}|{words[:20]}” in {_tag(where)} and {_tag(element)}")
    line.append((words, element))
    return faults


def _ids(elements: list[Element], *, is_page: bool) -> list[str]:
    """Each stands once, and what a page refers to is there; a piece refers to the rest of its page as well."""
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    faults = [f'id "{name}" stands {count} times' for name, count in ids.items() if count > 1]
    for element in elements if is_page else []:
        for attribute in REFERS:
            names = element.get(attribute, "").split()
            faults += [
                f'{_tag(element)} {attribute}="{name}" is nowhere' for name in names if name not in ids
            ]
    return faults


def _landmarks(elements: list[Element]) -> list[str]:
    """Of several of a kind, each has a name of its own; a search always has one."""
    faults = []
    for kind in ("nav", "aside", "search"):
        found = [one for one in elements if kind in (one.tag, one.get("role"))]
        if len(found) > 1 or kind == "search":
            faults += [f"{_tag(one)} has no name" for one in found if not NAMES & one.attrib.keys()]
        names = Counter(one.get("aria-label") for one in found if one.get("aria-label"))
        faults += [f'{count} of {kind} are called "{name}"' for name, count in names.items() if count > 1]
    mains = sum(one.tag == "main" for one in elements)
    return faults + ([f"{mains} <main>"] if mains != 1 else [])


def _headings(elements: list[Element]) -> list[str]:
    """No level is skipped, and one is the first."""
    faults, last = [], 1
    levels = [(int(one.tag[1]), one) for one in elements if one.tag in HEADINGS]
    for level, heading in levels:
        if level > last + 1:
            faults.append(f"h{level} “{_words(heading)[:40]}” after h{last}")
        last = level
    firsts = sum(level == 1 for level, _ in levels)
    return faults + ([f"{firsts} <h1>"] if firsts != 1 else [])
