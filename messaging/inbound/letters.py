"""Bytes that came from outside, as letters. Pure.

What calls itself latin-1 or ASCII is Windows' set or UTF-8 more often than not; browsers read it so (WHATWG Encoding).
"""

WINDOWS = "cp1252"
MISNAMED = {
    *(
        "ascii",
        "us-ascii",
        "ansi_x3.4-1968",
        "iso-8859-1",
        "iso8859-1",
        "iso_8859-1",
        "latin-1",
        "latin1",
        "l1",
    ),
    *("windows-1252", "cp1252", "unknown", "unknown-8bit", "x-unknown", "default", "8bit", "binary", ""),
}


def decoded(raw: bytes, charset: str | None) -> str:
    """``raw`` as text; what no set of letters explains is replaced.

    :param charset: as the part names it; None: it names none
    """
    name = (charset or "").strip().strip("\"'").lower().replace("_", "-")
    if name in MISNAMED:
        return _guessed(raw)
    try:
        return raw.decode(name, errors="replace")
    except (LookupError, ValueError):  # a set of letters that nobody knows
        return _guessed(raw)


def repaired(text: str) -> str:
    """A header whose bytes were never said to be letters of any set, or said to be those of latin-1."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return _guessed(text.encode("utf-8", "surrogateescape"))
    if any("\x80" <= letter <= "\x9f" for letter in text):
        return "".join(
            _windows(letter.encode("latin-1")) if "\x80" <= letter <= "\x9f" else letter for letter in text
        )
    return text


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _windows(raw)


def _windows(raw: bytes) -> str:
    return raw.decode(WINDOWS, errors="replace")
