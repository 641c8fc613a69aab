"""Parameters of an import, checked one by one: what must be there, and between what bounds.

Every check notes what is wrong in the vendor's name of the parameter, and says whether it was right.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cuadra.dialects.siigo_pyme.errors import field_error
from cuadra.dialects.siigo_pyme.job import RowError

THIRD_MAX = 999_999_999_999
YEARS = (1900, 2999)


def check_year(params: Mapping[str, Any], wrong: list[RowError]) -> None:
    """The year of the process, which may be left out."""
    if params.get("year") is not None:
        check_number(params, "year", *YEARS, wrong)


def check_range(params: Mapping[str, Any], subject: str, high: int, wrong: list[RowError]) -> None:
    """The numbers from `subject_initial` to `subject_final`, both from 1 on."""
    first, last = f"{subject}_initial", f"{subject}_final"
    proper = [check_number(params, name, 1, high, wrong) for name in (first, last)]
    if all(proper) and params[first] > params[last]:
        wrong.append(field_error("range", f"params.{first}", f"params.{last}"))


def whole(value: Any) -> int | None:
    """A whole number, with a point behind it or without; None for everything else.

    >>> whole(2026), whole(Decimal("2026.0")), whole(True), whole("2026"), whole(Decimal("0.5"))
    (2026, 2026, None, None, None)
    """
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def check_number(
    params: Mapping[str, Any], name: str, low: int, high: int, wrong: list[RowError]
) -> bool:
    """A whole number between two bounds."""
    value, field = params.get(name), f"params.{name}"
    if value is None:
        wrong.append(field_error("required", field))
    elif isinstance(value, bool) or not isinstance(value, int | Decimal):
        wrong.append(field_error("type", field, "un número"))
    elif not low <= value <= high:
        wrong.append(field_error("value", field, f"{low} y {high}"))
    elif value != int(value):
        wrong.append(field_error("type", field, "un número entero"))
    else:
        return True
    return False


def check_option(
    params: Mapping[str, Any], name: str, options: tuple[str, ...], wrong: list[RowError]
) -> None:
    """One of some letters."""
    value, field = params.get(name), f"params.{name}"
    if value is None:
        wrong.append(field_error("required", field))
    elif not isinstance(value, str) or value not in options:
        wrong.append(field_error("option", field, " o ".join(options)))
