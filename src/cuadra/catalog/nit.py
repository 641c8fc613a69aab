"""The check digit of a NIT, the Colombian tax identification number.

Source: DIAN, Orden Administrativa 4 del 27 de octubre de 1989, which assigns the digit by modulus
11 with prime weights. The same rule serves every number DIAN registers, a cédula included.
This module never decides whether a NIT exists: only DIAN's register knows that.
"""

WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
"""The weight of each digit, counted from the right; so a NIT has at most fifteen digits."""


def compute_check_digit(nit: str) -> str:
    """The check digit of a NIT given without it: digits only, at most fifteen.

    Raises ValueError when the text is anything else.

    >>> compute_check_digit("800197268")  # DIAN itself: 800.197.268-4
    '4'
    >>> compute_check_digit("222222222222")
    '7'
    """
    if not (nit.isascii() and nit.isdigit() and len(nit) <= len(WEIGHTS)):
        raise ValueError(f"not a NIT of 1 to {len(WEIGHTS)} digits: {nit!r}")
    total = sum(int(digit) * weight for digit, weight in zip(reversed(nit), WEIGHTS, strict=False))
    remainder = total % 11
    return str(remainder if remainder < 2 else 11 - remainder)
