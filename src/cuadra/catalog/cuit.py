"""The CUIT, Argentina's tax identification number, and its check digit.

Source: ARCA (formerly AFIP), Resolución General 10/1997 and the practice of its register: modulus 11 over
the first ten digits. CUIL and CDI, for people who are not taxpayers, follow the same rule. This module never
decides whether a number was issued: only ARCA's register knows that.
"""

import re

WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
"""The weight of each of the ten digits before the check digit, from the left."""
_WRITTEN = re.compile(r"(\d{2})[-. ]?(\d{8})[-. ]?(\d)", re.ASCII)
_OF_COMPANIES = "3"


def compute_check_digit(number: str) -> str | None:
    """The check digit of the first ten digits of a CUIT; None where no CUIT begins with them.

    Raises ValueError when the text is anything but ten digits.

    >>> compute_check_digit("3369345023")  # ARCA itself: 33-69345023-9
    '9'
    >>> compute_check_digit("2000000001") is None  # the digit would be 10
    True
    """
    if not (number.isascii() and number.isdigit() and len(number) == len(WEIGHTS)):
        raise ValueError(f"not the first ten digits of a CUIT: {number!r}")
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=True))
    digit = -total % 11
    return None if digit == 10 else str(digit)


def find_cuit(text: str) -> str | None:
    """The eleven digits of a CUIT, written with its hyphens or without; None when it is none.

    >>> find_cuit("30-71234567-1"), find_cuit("30712345671"), find_cuit("30-71234567-2")
    ('30712345671', '30712345671', None)
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    digits = "".join(written.groups())
    return digits if compute_check_digit(digits[:10]) == digits[10] else None


def write_cuit(digits: str) -> str:
    """The eleven digits of a CUIT as people write it.

    >>> write_cuit("30712345671")
    '30-71234567-1'
    """
    return f"{digits[:2]}-{digits[2:10]}-{digits[10:]}"


def is_of_company(digits: str) -> bool:
    """Whether a CUIT is a legal person's: those begin with 30, 33 or 34.

    >>> is_of_company("30712345671"), is_of_company("27203040518")
    (True, False)
    """
    return digits.startswith(_OF_COMPANIES)
