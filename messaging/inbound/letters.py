"""Bytes that came from outside, as letters. Pure.

What a set of letters is called and what it is are two things; browsers have settled which (WHATWG Encoding).
"""

import codecs

WINDOWS = "cp1252"
# Windows' set or UTF-8, more often than not.
MISNAMED = {
    *("ascii", "us-ascii", "ansi-x3.4-1968", "iso-8859-1", "iso8859-1", "latin-1", "latin1", "l1"),
    *("windows-1252", "cp1252", "unknown", "unknown-8bit", "x-unknown", "default", "8bit", "binary", ""),
}
LARGER = {
    **dict.fromkeys(["gb2312", "gbk", "gb-2312-80", "x-gbk"], "gb18030"),
    **dict.fromkeys(["shift-jis", "sjis", "x-sjis"], "cp932"),
    **dict.fromkeys(["euc-kr", "ks-c-5601-1987", "ks-c-5601"], "cp949"),
    "big5": "big5hkscs",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
}
NO_LETTERS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}


def decoded(raw: bytes, charset: str) -> str:
    """``raw`` as text; what no set of letters explains is replaced.

    :param charset: as the part names it; empty: it names none
    """
    name = charset.strip().strip("\"'").lower().replace("_", "-")
    is_wide = name.startswith(("utf-16", "utf-32"))
    if name in MISNAMED or name in NO_LETTERS or (is_wide and b"\0" not in raw):
        return _guessed(raw)
    try:
        return raw.decode(
            LARGER.get(name, name), errors="windows" if name in {"utf-8", "utf8"} else "replace"
        )
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


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """A byte among UTF-8 that is none: somebody has pasted it."""
    return _windows(error.object[error.start : error.end]), error.end


codecs.register_error("windows", _as_windows)
