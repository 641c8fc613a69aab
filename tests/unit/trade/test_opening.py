"""Opening vouchers of a company file: what they become."""

from datetime import date
from decimal import Decimal

import pytest

from cuadra.catalog.company_file import (
    CompanyFileError,
    load_built_in,
    load_built_in_text,
    load_company_file,
)
from cuadra.catalog.records import VoucherKind
from cuadra.catalog.third_parties import PartyName
from cuadra.trade.entries import EntryDraft
from cuadra.trade.journals import JournalDraft
from cuadra.trade.opening import draft_from_opening


def test_a_journal_and_an_invoice_of_before() -> None:
    company = load_built_in("demo-ar")
    kinds = {one.id: one.kind for one in company.voucher_types}
    balances, invoice = (
        draft_from_opening(
            next(one for one in company.vouchers if kinds[one.voucher_type] is kind),
            company.voucher_types,
        )
        for kind in (VoucherKind.JOURNAL, VoucherKind.SALES_INVOICE)
    )
    assert isinstance(balances, JournalDraft) and balances.serial is None
    assert isinstance(invoice, EntryDraft)
    assert (invoice.serial, invoice.number) == (12010, 217)
    assert invoice.party == PartyName("30500000038")
    owed = invoice.lines[0]
    assert owed.amount == Decimal("27.83")
    assert owed.due is not None and owed.due.own and owed.due.date == date(2016, 2, 24)


def test_a_serial_stands_once() -> None:
    text = load_built_in_text("demo-ar").replace(
        "    description: Saldos iniciales\n",
        "    description: Saldos iniciales\n    serial: 12010\n",
    )
    with pytest.raises(CompanyFileError, match="serial 12010 is repeated"):
        load_company_file(text)
