"""Argentina's tables, and the check digit of the CUIT against numbers that are public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuadra.catalog import tables
from cuadra.catalog.argentina import (
    find_iva_condition,
    find_iva_condition_of,
    find_province,
    find_province_named,
    list_iva_conditions,
    list_provinces,
)
from cuadra.catalog.cuit import compute_check_digit, find_cuit, is_of_company, write_cuit


@pytest.mark.parametrize(
    "cuit",
    [
        "33-69345023-9",  # ARCA
        "30-54668997-9",  # YPF
        "30-50001091-2",  # Banco de la Nación Argentina
        "30-70308853-4",  # MercadoLibre
        "30-71234567-1",  # the demo company
    ],
)
def test_public_numbers(cuit: str) -> None:
    digits = cuit.replace("-", "")
    assert find_cuit(cuit) == find_cuit(digits) == find_cuit(f" {cuit} ") == digits
    assert write_cuit(digits) == cuit
    assert is_of_company(digits)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30-71234567-2",
        "3071234567",
        "307123456711",
        "30-7123456-71",
        "30_71234567_1",
        "٣٠٧١٢٣٤٥٦٧١",
    ],
)
def test_what_is_no_cuit(text: str) -> None:
    assert find_cuit(text) is None


@given(st.integers(0, 10**10 - 1))
def test_at_most_one_check_digit_is_right(number: int) -> None:
    first = f"{number:010d}"
    right = [digit for digit in "0123456789" if find_cuit(first + digit)]
    digit = compute_check_digit(first)
    assert right == ([] if digit is None else [digit])


@pytest.mark.parametrize("text", ["", "30712345671", "30-7123456", "١٢٣٤٥٦٧٨٩٠"])
def test_only_ten_digits_have_a_check_digit(text: str) -> None:
    with pytest.raises(ValueError, match="not the first ten digits"):
        compute_check_digit(text)


def test_conditions_before_iva() -> None:
    registered = find_iva_condition("1")
    assert registered is not None
    assert registered.classes == ("A", "M", "C")
    assert find_iva_condition_of("colppy", "3") == find_iva_condition("5")
    assert find_iva_condition_of("colppy", "7") is None
    assert find_iva_condition("99") is None
    known = [one.codes["colppy"] for one in list_iva_conditions() if "colppy" in one.codes]
    assert sorted(known) == ["1", "2", "3", "4", "5", "6"]
    assert len([one for one in list_iva_conditions() if one.current]) == 11


def test_provinces_by_every_name() -> None:
    assert len(list_provinces()) == 24
    for province in list_provinces():
        assert find_province(province.code) == province
        for text in (province.code, province.name, province.name.upper(), province.jurisdiction):
            assert find_province_named(text) == province
    assert find_province_named("Capital Federal") == find_province("C")
    assert find_province_named("Bs. As.") == find_province("B")
    assert find_province_named("Antioquia") is None
    assert find_province_named("") is None
    assert find_province("cordoba") is None


def test_countries_by_name() -> None:
    brazil = tables.find_country("BR")
    assert tables.find_country_named("BRASIL") == tables.find_country_named("br") == brazil
    assert tables.find_country_named("Narnia") is None
