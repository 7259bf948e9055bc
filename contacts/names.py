"""What a name that a stranger types must not hold: our mail would carry a web address in it to somebody else. Pure."""

import re
import unicodedata

TLDS = "com|net|org|info|biz|edu|gov|app|dev|xyz|top|site|shop|online|link|click|club|live|co|io|me|ly|gl|gd|uk|de|eu"
TLDS += "|ru|cn"
# Before their dot a name goes on: Dr.Smith, St.John, J.R.Tolkien.
SHORT = "dr|mr|mrs|ms|mx|prof|st|ste|sr|jr|rev|fr|hon|sir|mag|ing|dipl|phd|mba|bsc|msc"
FULL_STOPS = str.maketrans(dict.fromkeys("。·•∙․‧", "."))
WEB_ADDRESS = re.compile(
    rf"""
      //|\\\\|\bwww\b|\bh(?:tt|xx)ps?\b|\bxn--|@          # how an address begins, or shows what it is
    | [(\[{{<]\s*(?:dot|\.)\s*[)\]}}>]                    # evil[.]com, evil(dot)com
    | \bdot\s*(?:{TLDS})\b                                # evil dot com
    | \w\s*\.\s*(?:{TLDS})(?![\w.])                       # evil.com, evil. com
    | \w\s+\.\s*\w\w                                      # evil .tld
    | (?<!\w)(?!(?:{SHORT}|[^\W\d_])\.)[\w-]+\.\w*[^\W_]\w   # evil.tld, 10.20
    | \.\w\w+/                                            # e.tld/x
    """,
    re.IGNORECASE | re.VERBOSE,
)


def holds_web_address(name: str) -> bool:
    """Whether a mail program, or whoever reads ``name``, could make a web address of a part of it."""
    return bool(WEB_ADDRESS.search(unicodedata.normalize("NFKC", name).translate(FULL_STOPS)))
