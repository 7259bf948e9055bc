"""Files that answer a question: known by what they hold, whatever they call themselves."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

LARGEST = 5 * 1024 * 1024  # bytes
MOST_FILES = 10  # of one request
LARGEST_POST = 4 * LARGEST + 1_000_000  # bytes that one page sends at once, files and all
ACCEPTED = "PDF, JPEG, PNG, WebP or HEIC"
ACCEPT = "application/pdf,image/jpeg,image/png,image/webp,image/heic"
TYPES = [
    ("application/pdf", re.compile(rb"%PDF-[12]\.")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("image/heic", re.compile(rb"....ftyp(heic|heix|hevc|mif1|msf1)", re.DOTALL)),
]
EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
}


@dataclass(frozen=True)
class Upload:
    """A file as it came in, known to be harmless in name and type."""

    name: str
    content_type: str
    content: bytes


def type_of(head: bytes) -> str | None:
    """The media type by the first bytes; None: not one that is accepted."""
    return next((media_type for media_type, magic in TYPES if magic.match(head)), None)


def safe_name(name: str, media_type: str) -> str:
    """A name without folders, control characters and false endings, at most 120 characters long."""
    stem = PurePosixPath(name.replace("\\", "/")).name
    stem = "".join(character for character in stem if character.isprintable() and character not in '"<>|:*?')
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", stem).strip(" .")[:100]
    return (stem or "file") + EXTENSIONS[media_type]
