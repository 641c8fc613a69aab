"""What a company file may set for trade, whichever door a document comes through."""

import msgspec

from cuadra.trade.totals import Rounding


class TradeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rounding: see `totals.Rounding`. foreign_currency: whether documents may be in another currency.

    negative_stock: whether more may be sold than there is; what is missing then costs nothing.
    """

    rounding: Rounding = Rounding.DOCUMENTED
    foreign_currency: bool = True
    negative_stock: bool = True
