"""Opening vouchers of a company file, as the journals they become: checked and posted like a client's. Pure."""

from datetime import date

from cuadra.catalog.records import OpeningVoucher, VoucherLine
from cuadra.catalog.third_parties import PartyName
from cuadra.trade.journals import JournalDraft
from cuadra.trade.lines import DueDraft, LineDraft, ProductDraft


def journal_from_opening(voucher: OpeningVoucher) -> JournalDraft:
    """The journal an opening voucher of a company file asks for."""
    return JournalDraft(
        voucher_type=voucher.voucher_type,
        date=date.fromisoformat(voucher.date),
        number=voucher.number,
        observations=voucher.description,
        lines=[_line(line) for line in voucher.lines],
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
