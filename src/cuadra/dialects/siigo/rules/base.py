"""The checks all resources are made of: texts, numbers, dates, options. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, localcontext

from msgspec import UNSET, Struct
from msgspec.structs import astuple

from cuadra.errors import Problem, required
from cuadra.trade.totals import EXACT

AMOUNT_MAX = Decimal("99999999999.99")


def day_from_text(text: str | None) -> date | None:
    """The day of a `yyyy-MM-dd` text, or None for anything else.

    >>> day_from_text("2026-02-30") is None, day_from_text("2026-02-28")
    (True, datetime.date(2026, 2, 28))
    """
    if text is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def unusable_value(body: object) -> str | None:
    """The path of the first value no books can hold, if any: NaN, infinity, hundreds of digits, NUL.

    >>> from cuadra.dialects.siigo import wire
    >>> unusable_value(wire.PaymentIn(value=Decimal("1e400")))
    'value'
    """
    return None if _is_usable(body) else next(_unusable_paths(body, ""))


def _is_usable(value: object) -> bool:
    """Whether everything inside can be held. Every body passes here, so it builds no paths."""
    if value is None or value is UNSET or isinstance(value, int):
        return True
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, Decimal):
        absurd = not value.is_finite() or value.adjusted() > 25 or len(value.as_tuple().digits) > 40
        return not absurd
    if isinstance(value, Struct):
        return all(map(_is_usable, astuple(value)))
    if isinstance(value, list):
        return all(map(_is_usable, value))
    if isinstance(value, dict):
        return all(map(_is_usable, value.values()))
    return True


def _unusable_paths(body: object, path: str) -> Iterator[str]:
    dot = "." if path else ""
    if isinstance(body, list):
        members: Iterable[tuple[str, object]] = ((f"{path}[{i}]", m) for i, m in enumerate(body))
    elif isinstance(body, Struct):
        members = ((f"{path}{dot}{n}", getattr(body, n)) for n in body.__struct_fields__)
    elif isinstance(body, dict):
        members = ((f"{path}{dot}{n}", member) for n, member in body.items())
    else:
        yield path
        return
    for name, member in members:
        if not _is_usable(member):
            yield from _unusable_paths(member, name)


def fits(value: Decimal, decimals: int) -> bool:
    """Whether a number is within the vendor's maximum and has no more decimals than allowed.

    >>> fits(Decimal("1.10"), 1), fits(Decimal("1.11"), 1)
    (True, False)
    """
    if abs(value) > AMOUNT_MAX:
        return False
    with localcontext(EXACT):  # the usual context would round the decimals it is asked about
        return value == round(value, decimals)


def amount(path: str, value: Decimal | None, decimals: int = 2) -> list[Problem]:
    """An amount that was given is not negative, within the maximum, with few enough decimals."""
    if value is None or (value >= 0 and fits(value, decimals)):
        return []
    return [Problem("amount", path, f"a positive amount with at most {decimals} decimals", value)]


def decimals_at_most(path: str, value: Decimal | None, decimals: int) -> list[Problem]:
    """A number that was given is within the maximum, with few enough decimals; its sign is not asked about."""
    if value is None or fits(value, decimals):
        return []
    return [Problem("amount", path, f"an amount with at most {decimals} decimals", value)]


def date_text(path: str, text: str | None) -> list[Problem]:
    """A date that was given is one; whether it must be given is not asked here."""
    if text is None or day_from_text(text) is not None:
        return []
    return [Problem("date", path, "a date is written yyyy-MM-dd", text)]


def consecutive(number: int | None) -> list[Problem]:
    """A document number that was given can be one."""
    if number is None or 0 < number <= 99_999_999_999:
        return []
    return [Problem("value", "number", "a number is greater than zero", number)]


def max_length(path: str, text: str | None, length: int) -> list[Problem]:
    """A text that was given is short enough."""
    if text is None or len(text) <= length:
        return []
    return [Problem("too_long", path, f"at most {length} characters", length)]


def description_text(path: str, text: str | None, length: int) -> list[Problem]:
    """A description that was given is short enough and, as the vendor's pattern has it, without single quotes."""
    if text is not None and "'" in text:
        return [Problem("format", path, "a description has no single quotes", text)]
    return max_length(path, text, length)


def required_text(
    path: str, text: str | None, length: int, pattern: re.Pattern[str]
) -> list[Problem]:
    """A text is given, short enough, and of allowed characters."""
    if not text or not text.strip():
        return [required(path)]
    if len(text) > length:
        return [Problem("too_long", path, f"at most {length} characters", length)]
    if not pattern.fullmatch(text):
        return [Problem("format", path, "has characters that are not allowed", text)]
    return []


def option(path: str, text: str | None, options: set[str]) -> list[Problem]:
    """A word that was given is one of the options (lower case), in any case."""
    if text is None or text.lower() in options:
        return []
    return [Problem("option", path, f"one of {', '.join(sorted(options))}", text)]


def required_option(path: str, text: str | None, options: set[str]) -> list[Problem]:
    """A word is given, and is one of the options (lower case), in any case."""
    return [required(path)] if not text else option(path, text, options)


def between(path: str, value: int | None, low: int, high: int) -> list[Problem]:
    """A number that was given is within its bounds."""
    if value is None or low <= value <= high:
        return []
    return [Problem("range", path, f"between {low} and {high}", (low, high))]
