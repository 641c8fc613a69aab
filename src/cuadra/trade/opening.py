"""Opening vouchers of a company file, as what they become: checked and posted like a client's. Pure.

Most are journals. Of any other kind they are entries: an invoice of before, with its own due.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from cuadra.catalog.company_records import OpeningVoucher, VoucherLine
from cuadra.catalog.records import VoucherKind, VoucherType
from cuadra.catalog.third_parties import PartyName
from cuadra.trade.entries import EntryDraft, EntryDue, EntryLineDraft, EntryProduct
from cuadra.trade.journals import JournalDraft
from cuadra.trade.lines import DueDraft, LineDraft, ProductDraft


def draft_from_opening(
    voucher: OpeningVoucher, voucher_types: Sequence[VoucherType]
) -> JournalDraft | EntryDraft:
    """What an opening voucher of a company file asks for."""
    kinds = {voucher_type.id: voucher_type.kind for voucher_type in voucher_types}
    if kinds.get(voucher.voucher_type, VoucherKind.JOURNAL) is VoucherKind.JOURNAL:
        return journal_from_opening(voucher)
    return entry_from_opening(voucher)


def journal_from_opening(voucher: OpeningVoucher) -> JournalDraft:
    """The journal an opening voucher of a company file asks for."""
    return JournalDraft(
        voucher_type=voucher.voucher_type,
        date=date.fromisoformat(voucher.date),
        number=voucher.number,
        observations=voucher.description,
        lines=[_line(line) for line in voucher.lines],
        serial=voucher.serial,
    )


def entry_from_opening(voucher: OpeningVoucher) -> EntryDraft:
    """The entry an opening voucher of a company file asks for; it is about the first third party it names."""
    named = (PartyName(line.third_party, line.branch) for line in voucher.lines if line.third_party)
    return EntryDraft(
        voucher_type=voucher.voucher_type,
        date=date.fromisoformat(voucher.date),
        number=voucher.number,
        party=next(named, None),
        observations=voucher.description,
        lines=[_entry_line(line) for line in voucher.lines],
        automatic=True,
        serial=voucher.serial,
    )


def _entry_line(line: VoucherLine) -> EntryLineDraft:
    due = product = None
    if line.due_prefix is not None:
        due = EntryDue(
            prefix=line.due_prefix,
            consecutive=line.due_consecutive,
            quote=line.due_quote,
            date=date.fromisoformat(line.due_date) if line.due_date else None,
            own=True,
        )
    if line.product is not None:
        product = EntryProduct(
            code=line.product, quantity=line.quantity or Decimal(0), warehouse=line.warehouse
        )
    return EntryLineDraft(
        account=line.account,
        amount=line.amount,
        party=PartyName(line.third_party, line.branch) if line.third_party else None,
        description=line.description,
        cost_centre=line.cost_centre,
        due=due,
        tax=line.tax,
        tax_base=line.tax_base,
        product=product,
    )


def _line(line: VoucherLine) -> LineDraft:
    due = product = None
    if line.due_prefix is not None:
        due = DueDraft(
            prefix=line.due_prefix,
            consecutive=line.due_consecutive,
            quote=line.due_quote,
            date=date.fromisoformat(line.due_date) if line.due_date else None,
        )
    if line.product is not None:
        quantity = None if line.quantity is None else abs(line.quantity)
        product = ProductDraft(code=line.product, quantity=quantity, warehouse=line.warehouse)
    return LineDraft(
        account=line.account,
        amount=line.amount,
        party=PartyName(line.third_party, line.branch) if line.third_party else None,
        description=line.description,
        cost_centre=line.cost_centre,
        due=due,
        tax=line.tax,
        tax_base=line.tax_base,
        product=product,
    )
