"""What a company file may set for trade, whichever door a document comes through."""

import msgspec

from cuadra.trade.totals import Rounding


class PostingAccounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where documents post what no catalog says; by default accounts of the Colombian chart.

    customer_advances, supplier_advances: money that came, or went, before its document. assumed_taxes: taxes
    of customers that the company bears. exchange_gain, exchange_loss: settling a foreign due at another rate.
    """

    customer_advances: str = "28050501"
    supplier_advances: str = "13300501"
    assumed_taxes: str = "53152001"
    exchange_gain: str = "42102001"
    exchange_loss: str = "53052501"


class TradeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rounding: see `totals.Rounding`. foreign_currency: whether documents may be in another currency.

    negative_stock: whether more may be sold than there is; what is missing then costs nothing.
    credit_note_needs_accepted: whether an electronic credit note waits for the authority to accept its
    invoice. accounts: see `PostingAccounts`.
    """

    rounding: Rounding = Rounding.DOCUMENTED
    foreign_currency: bool = True
    negative_stock: bool = True
    credit_note_needs_accepted: bool = True
    accounts: PostingAccounts = PostingAccounts()
