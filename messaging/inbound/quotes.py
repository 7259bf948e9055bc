"""Where an email ends and what it answers begins. Nothing is thrown away: a thread folds the latter. Pure."""

import re

ATTRIBUTION = re.compile(
    r"(?:wrote|schrieb.{0,80}|a écrit|escribió|ha scritto|schreef.{0,80}|napisał\(?a?\)?|skrev.{0,80}|escreveu)\s*:$",
    re.IGNORECASE,
)
ORIGINAL = re.compile(
    r"-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|messaggio originale|oorspronkelijk bericht)\s*-{2,}",
    re.IGNORECASE,
)
OUTLOOK_FIRST = re.compile(r"\*?(?:from|von|de|da|van)\s*:\*?\s", re.IGNORECASE)
OUTLOOK_NEXT = re.compile(
    r"\*?(?:sent|gesendet|envoyé|enviado|inviato|verzonden|date|datum)\s*:\*?\s", re.IGNORECASE
)
LONGEST_LINE = 300  # what identifies a quotation is short


def split_quoted(text: str) -> tuple[str, str]:
    """What somebody has just written, and the message below it that they answer; the latter may be empty.

    Answers between the lines of a quotation are all new. An email that is nothing but a quotation is, too.
    """
    lines = text.split("\n")
    for number in range(len(lines)):
        if _begins_original(lines, number) or (
            _is_attribution(lines, number) and _is_quoted(lines, number + 1)
        ):
            return _parts(lines, number)
    first = _trailing_quotation(lines)
    return _parts(lines, first) if first is not None else (text, "")


def _parts(lines: list[str], number: int) -> tuple[str, str]:
    new = "\n".join(lines[:number]).rstrip().rstrip("_").rstrip()
    return (new, "\n".join(lines[number:]).strip()) if new.strip() else ("\n".join(lines), "")


def _begins_original(lines: list[str], number: int) -> bool:
    line = lines[number].strip()[:LONGEST_LINE]
    if ORIGINAL.match(line):
        return True
    following = [text.strip()[:LONGEST_LINE] for text in lines[number + 1 : number + 4]]
    return bool(OUTLOOK_FIRST.match(line)) and any(OUTLOOK_NEXT.match(text) for text in following)


def _is_attribution(lines: list[str], number: int) -> bool:
    """“On Tuesday Ada wrote:”, which mail programs break into two lines."""
    line = lines[number].strip()
    if not line or line.startswith(">") or len(line) > LONGEST_LINE:
        return False
    after = lines[number + 1].strip() if number + 1 < len(lines) else ""
    return bool(ATTRIBUTION.search(line)) or (
        bool(re.match(r"(?:on|am|le|el|il|op)\s", line, re.IGNORECASE))
        and bool(ATTRIBUTION.search(after[:LONGEST_LINE]))
    )


def _is_quoted(lines: list[str], start: int) -> bool:
    """Whether nothing but a quotation follows; a quotation without marks counts where none has any."""
    rest = [line.strip() for line in lines[start:] if line.strip()]
    if rest and ATTRIBUTION.search(rest[0][:LONGEST_LINE]):
        rest = rest[1:]
    marked = [line.startswith(">") for line in rest]
    return all(marked) or not any(marked)


def _trailing_quotation(lines: list[str]) -> int | None:
    first = None
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        if line.startswith(">"):
            first = number
        elif line:
            break
    return first
