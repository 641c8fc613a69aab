"""What a cell means for each kind of field, however Excel keeps it."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.rows import RowReader
from cuadra.dialects.siigo_pyme.workbook.cells import converter, says_nothing

MORNING = datetime(2026, 3, 9, 9, 30)  # noqa: DTZ001 - those of Excel have no zone


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        # numbers, and what looks like them
        ("nit", 900123456.0, 900123456),
        ("nit", " 900.123.456 ", 900123456),
        ("nit", "900123456-1", "900123456-1"),
        ("nit", "9" * 50, "9" * 50),
        ("nit", "   ", None),
        ("nit", 1.5, Decimal("1.5")),
        ("nit", True, True),
        ("accounting_account", "1105050100", 1105050100),
        ("voucher_code", "001", 1),
        ("sequence_value", 0.1 + 0.2, Decimal("0.3")),
        ("sequence_value", 149.99999999999997, Decimal("150.00")),
        ("sequence_value", 100.1 - 100, Decimal("0.10")),
        ("sequence_value", 1000 / 3, Decimal("333.333333333333")),
        ("sequence_value", 0.0, 0),
        ("sequence_value", "0", 0),
        ("sequence_value", "1.234.567,89", Decimal("1234567.89")),
        ("sequence_value", "1,234,567.89", Decimal("1234567.89")),
        ("sequence_value", "$ 1234.5", Decimal("1234.5")),
        ("sequence_value", "-5", -5),
        ("sequence_value", "1.500", "1.500"),
        ("sequence_value", "1,500", "1,500"),
        ("sequence_value", "1.2.3", "1.2.3"),
        ("sequence_value", "#¡DIV/0!", "#¡DIV/0!"),
        ("sequence_value", 1e20, Decimal("1E+20")),
        ("sequence_value", date(2026, 3, 1), "2026-03-01"),
        ("quantity", 1.234567, Decimal("1.234567")),
        ("quantity", 1.23456, Decimal("1.23456")),
        # texts, and numbers where texts are meant
        ("sequence_description", "  Pago  ", "Pago"),
        ("sequence_description", 2026.0, "2026"),
        ("sequence_description", 2.5, "2.5"),
        ("sequence_description", 7, "7"),
        ("sequence_description", 0.0, None),
        ("sequence_description", MORNING, "2026-03-09 09:30:00"),
        ("supplier_document_prefix", "0", "0"),
        ("lot", 1e-7, "0.0000001"),
        # letters
        ("voucher_type", "f", "F"),
        ("debit_or_credit", " d ", "D"),
        ("taxable_or_exempt_sequence", "Gravada", "Gravada"),
        ("cross_voucher_type", "f-001", "F-001"),
        ("cross_voucher_type", "0-000", None),
        ("cross_voucher_type", 0.0, 0),
        ("cross_voucher_type", "     ", None),
        ("electronic_invoice_to_debit_or_credit", "0-000", None),
        # days and times
        ("document_year", MORNING, 2026),
        ("document_month", date(2026, 3, 9), 3),
        ("document_day", date(2026, 3, 9), 9),
        ("day_release_date2", date(2026, 3, 9), 9),
        ("year_release_date", "2026", "2026"),
        ("cross_document_expiration_day", "09", 9),
        ("document_update_date", date(2026, 3, 9), "20260309"),
        ("document_update_date", 20260309.0, 20260309),
        ("document_update_date", "2026-03-09", "2026-03-09"),
        ("document_update_time", time(9, 30), "093000"),
        ("document_update_time", MORNING, "093000"),
        ("document_update_time", 93000.0, "093000"),
        ("document_update_time", 143000.0, 143000),
    ],
)
def test_a_cell(name: str, cell: Any, value: Any) -> None:
    read = converter(fields()[name])(cell)
    assert (type(read), read) == (type(value), value)


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(), st.times(),
    st.timedeltas(), st.text(), st.text("0123456789.,-$ \xa0", max_size=45),
)  # fmt: skip


@given(st.sampled_from(sorted(fields())), CELLS)
def test_any_cell_is_read_or_refused(name: str, cell: Any) -> None:
    says_nothing(cell)
    row = RowReader("movement", "strict").read(1, {name: converter(fields()[name])(cell)})
    assert row.values.keys() <= {name}


@pytest.mark.parametrize("name", fields())
def test_a_blank_says_nothing_in_any_field(name: str) -> None:
    assert converter(fields()[name])("   ") is None
