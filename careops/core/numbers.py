"""Numbers in words. None becomes ""."""

from decimal import Decimal

MINUS = "\N{MINUS SIGN}"
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def capped(count: int | None) -> str:
    """The number as far as anybody counts: 99+ from 100 on"""
    return "" if count is None else "99+" if count > 99 else str(count)


def quantity(value: Decimal | float | None) -> str:
    """2.5 for Decimal("2.500"), 100 for Decimal("100.00")"""
    if value is None or value == "":
        return ""
    text = f"{Decimal(str(value)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", MINUS)


def plural(count: int, one: str, many: str = "") -> str:
    """1 visit, 2 visits; ``many`` where an s does not make it: plural(2, "person", "people")"""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def money(amount: Decimal | None, currency: str) -> str:
    """£45 for Decimal("45.00"), £45.50, CHF 45; nothing for None"""
    if amount is None:
        return ""
    number = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    sign = SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency} {number}"


def signed(value: Decimal | float | None) -> str:
    """+2.5 or −2.5: for what comes in and goes out"""
    text = quantity(value)
    return text if not text or text == "0" or text.startswith(MINUS) else f"+{text}"
