"""Names that would carry a web address to somebody else."""

import pytest

from contacts.names import holds_web_address


@pytest.mark.parametrize(
    "name",
    [
        *("evil.tld/x", "visit evil.tld", "evil .tld", "evil . tld", "evil. com", "e.tld/x", "sub.evil.tld"),
        *(
            "//evil",
            "hxxp://evil",
            "hxxps evil",
            "www evil",
            "xn--80ak6aa92e",
            "a@b",
            "Dr.evil.tld",
            "10.20.30.40",
        ),
        *("evil\uff0etld", "evil\u3002com", "evil\u00b7com", "\uff45vil.com", "пример.рф"),
        *("evil dot com", "evil DOT com", "evil(dot)com", "evil[.]tld", "t.co", "x.com", "J.ly"),
    ],
)
def test_a_web_address_is_found_in_any_spelling(name):
    assert holds_web_address(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Dr. Smith",
            "Dr.Smith",
            "J.R.R. Tolkien",
            "J. R. R. Tolkien",
            "St. John",
            "Sammy Davis Jr.",
            "A.Smith",
        ),
        *(
            "O’Neil-Ward",
            "Prof. Dr. Müller",
            "Dot Cotton",
            "Mary Wwwright",
            "Ph.D. Ada",
            "李小龙",
            "Joan Co",
            "B. Jones",
        ),
    ],
)
def test_names_are_none(name):
    assert not holds_web_address(name)
