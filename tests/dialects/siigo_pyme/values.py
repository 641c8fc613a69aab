"""Values that a field of the vendor's model takes, drawn at random."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.characters(codec="cp1252", exclude_categories=("Cc", "Zs")), min_size=1)


def free_value(model: str, documented_type: str) -> st.SearchStrategy[Any]:
    """A value the vendor's model takes, never a neutral one."""
    form, *bounds = model.split(":")
    size = int(bounds[0]) if bounds and bounds[0].isdigit() else 9
    match form:
        case "decimals":
            step = Decimal(10) ** -size
            return st.integers(1, 10**9).map(lambda n: plain(n * step))
        case "digits" if documented_type == "number":
            return st.integers(1, 10**size - 1)
        case "digits":
            return st.text("123456789", min_size=1, max_size=size)
        case "choice":
            return st.just(bounds[0][0])
        case "voucher":
            return st.just("F-001")
        case "day":
            return st.just("20261120")
        case "time":
            return st.just("143000")
        case "hex":
            return st.text("0123456789abcdef", min_size=size, max_size=size)
    return TEXT.filter(lambda t: t != "0" and len(t) <= (size if bounds else 30))


def plain(value: Decimal) -> int | Decimal:
    """As it is read back from JSON."""
    return int(value) if value == int(value) else value.normalize()


CENTS = st.integers(1, 10**9).map(lambda cents: plain(Decimal(cents) / 100))
