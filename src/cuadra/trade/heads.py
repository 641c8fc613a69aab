"""The head of a new document, the same for every kind: who, when, in which currency, for how much."""

from decimal import Decimal

from cuadra.catalog.records import VoucherType
from cuadra.catalog.third_parties import PartyReference
from cuadra.database.ids import new_id
from cuadra.trade.books import Books
from cuadra.trade.documents import (
    Content,
    CreditNoteDraft,
    CurrencyDraft,
    Document,
    InvoiceDraft,
    OfferDraft,
    PurchaseDraft,
)


def new_document(
    draft: InvoiceDraft | CreditNoteDraft | PurchaseDraft | OfferDraft,
    voucher_type: VoucherType,
    books: Books,
    *,
    party: PartyReference | None,
    currency: CurrencyDraft | None,
    total: Decimal,
    balance: Decimal,
    content: Content,
) -> Document[Content]:
    """A document that was examined, not in the books yet. Its number is 0 until one is taken, if none was asked for."""
    assert draft.date is not None
    return Document(
        id=new_id(),
        kind=voucher_type.kind,
        voucher_type=voucher_type.id,
        number=draft.number or 0,
        date=draft.date,
        party=party,
        cost_centre=chosen_cost_centre(draft.cost_centre, voucher_type),
        currency=books.catalog.company.currency if currency is None else currency.code or "",
        exchange_rate=None if currency is None else currency.exchange_rate,
        total=total,
        balance=balance,
        content=content,
        created_at=books.now,
    )


def chosen_cost_centre(asked: int | None, voucher_type: VoucherType) -> int | None:
    """The cost centre asked for, or the voucher type's own."""
    if asked is None and voucher_type.cost_centre:
        return voucher_type.cost_centre_default
    return asked
