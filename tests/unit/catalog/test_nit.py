"""The check digit of a NIT, against numbers whose digit is public."""

import pytest

from cuadra.catalog.nit import compute_check_digit


@pytest.mark.parametrize(
    ("nit", "digit"),
    [
        ("800197268", "4"),  # DIAN
        ("899999068", "1"),  # Ecopetrol
        ("860002964", "4"),  # Banco de Bogotá
        ("890903938", "8"),  # Bancolombia
        ("13832081", "4"),  # printed in a vendor's document
        ("0", "0"),
        ("1", "8"),
        ("999999999999999", None),
    ],
)
def test_check_digit(nit: str, digit: str | None) -> None:
    found = compute_check_digit(nit)
    assert found in "0123456789"
    assert digit is None or found == digit


@pytest.mark.parametrize("text", ["", "12a", "1.234", "-5", "١٢٣", "1" * 16])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a NIT"):
        compute_check_digit(text)
