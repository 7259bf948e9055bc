"""Numbers in words. None becomes ""."""

from decimal import Decimal

MINUS = "\N{MINUS SIGN}"


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


def signed(value: Decimal | float | None) -> str:
    """+2.5 or −2.5: for what comes in and goes out"""
    text = quantity(value)
    return text if not text or text == "0" or text.startswith(MINUS) else f"+{text}"
