"""The code tables: what is in them, how they hang together, and None for what is not."""

import csv
from importlib.resources import files

import pytest

from cuadra.catalog import tables
from cuadra.catalog.argentina import find_province
from cuadra.catalog.records import Account, DueKind, Nature


def chart(name: str) -> dict[str, Account]:
    accounts = tables.find_chart(name)
    assert accounts is not None
    return {account.code: account for account in accounts}


def test_every_table_has_a_unique_first_column_and_no_untidy_cells() -> None:
    for path in files("cuadra.data").iterdir():
        if not path.name.endswith(".csv"):
            continue
        text = path.read_text(encoding="utf-8")
        head, *rows = csv.reader(text.splitlines())
        assert text.endswith("\n"), path.name
        assert "\r" not in text, path.name
        assert all(len(row) == len(head) for row in rows), path.name
        assert all(cell == cell.strip() for row in rows for cell in row), path.name
        assert len({row[0] for row in rows}) == len(rows), path.name


@pytest.mark.parametrize("name", tables.CHARTS)
def test_every_account_has_a_parent_and_movement_only_at_the_leaves(name: str) -> None:
    accounts = chart(name)
    assert list(accounts) == sorted(accounts)
    for code, account in accounts.items():
        above = [code[:size] for size in range(1, len(code)) if code[:size] in accounts]
        assert len(code) == 1 or above, code
        assert not any(accounts[one].movement for one in above), code
        assert account.movement == (len(code) == (8 if name == "puc_co" else 6)), code


def test_the_usual_auxiliaries_are_in_the_puc_with_their_flags() -> None:
    accounts = chart("puc_co")
    usual = "11050501 11100501 11200501 13050501 14350101 22050501 24080501 28050501 41350501"
    assert all(accounts[code].movement for code in usual.split())
    assert accounts["13050501"].due is DueKind.RECEIVABLE
    assert accounts["22050501"].due is DueKind.PAYABLE
    assert accounts["24080501"].tax
    assert accounts["14350101"].inventory
    assert accounts["41750501"].nature is Nature.DEBIT
    for account in accounts.values():
        assert account.due is None or account.needs_third_party, account.code


def test_chart_ar_flags() -> None:
    accounts = chart("chart_ar")
    assert accounts["110301"].due is DueKind.RECEIVABLE
    assert accounts["210301"].tax
    assert not accounts["2103"].movement


def test_places() -> None:
    city = tables.find_city("19001")
    assert city is not None
    assert (city.name, city.department_name) == ("Popayán", "Cauca")
    department = tables.find_department(city.department_code)
    assert department is not None
    assert department.name == "Cauca"
    assert tables.find_country("Co") == tables.find_country("CO")
    province = find_province("X")
    assert province is not None
    assert province.name == "Córdoba"


def test_identification_types_say_what_they_accept() -> None:
    cedula = tables.find_id_type("13")
    passport = tables.find_id_type("41")
    cuit = tables.find_id_type("80", "AR")
    assert cedula is not None
    assert passport is not None
    assert cuit is not None
    assert cedula.accepts("13832081")
    assert not cedula.accepts("12")
    assert not cedula.accepts("1" * 14)
    assert not cedula.accepts("12٣")
    assert passport.accepts("AB-123456")
    assert not passport.accepts("A B")
    assert not passport.accepts("")
    assert cuit.accepts("30712345671")
    assert not cuit.accepts("3071234567")
    assert len(tables.list_id_types()) == 16


def test_currencies_and_responsibilities() -> None:
    peso, gold, old = (tables.find_currency(code) for code in ("COP", "XAU", "ANG"))
    assert peso is not None
    assert gold is not None
    assert old is not None
    assert (peso.decimals, peso.active) == (2, True)
    assert gold.decimals is None
    assert not old.active
    assert tables.find_fiscal_responsibility("O-13") is not None
    assert tables.find_fiscal_responsibility("1") is None
    assert tables.find_fiscal_responsibility("1", "AR") is not None
    assert tables.find_fiscal_responsibility("R-99-PN", "AR") is not None


def test_the_unknown_is_none() -> None:
    assert tables.find_chart("puc") is None
    assert tables.find_city("99999") is None
    assert tables.find_department("") is None
    assert tables.find_country("ZZ") is None
    assert tables.find_currency("cop") is None
    assert tables.find_unit("unidad") is None
    assert tables.find_id_type("80") is None
    assert tables.find_id_type("13", "XX") is None
    assert tables.list_id_types("XX") == ()
    assert find_province("?") is None
