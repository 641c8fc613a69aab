"""Closing a year: income and expense to zero against the result, in the year's month 13.

Every result account is taken to zero for each third party and cost centre, so that both kept balances
end at nothing. Profit and loss may have accounts of their own. What is closed is what the year's
balances say when the closing is posted; closing again afterwards posts only what came in between.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.store import new_id
from cuadra.catalog.tables import find_closing_accounts
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected, unknown
from cuadra.ledger.vouchers import Line, Voucher
from cuadra.trade.books import Books, Origin

LINES_MAX = 30_000  # of one voucher; a larger closing is several
CLOSING_MONTH = 13


class CloseYear(msgspec.Struct, kw_only=True):
    """Close a year. Without a voucher type the first active journal that numbers itself is used."""

    year: int
    voucher_type: int | None = None


class YearBalance(msgspec.Struct, frozen=True):
    """What one account came to in a year for one third party and cost centre; 0 for none."""

    account: int
    third_party: int
    cost_centre: int
    amount: Decimal


async def list_year_balances(
    transaction: Transaction, year: int, classes: str
) -> list[YearBalance]:
    """The balances of the result accounts over a year, month 13 included, that are not zero."""
    rows = await transaction.rows(
        "SELECT b.account_id, b.third_party_id, b.cost_centre_id, sum(b.debit - b.credit)"
        "  FROM books.party_balance b"
        "  JOIN books.account a ON a.company_id = b.company_id AND a.id = b.account_id"
        " WHERE b.company_id = %(company)s AND b.period BETWEEN %(first)s AND %(last)s"
        "   AND left(a.code, 1) = ANY (%(classes)s)"
        " GROUP BY 1, 2, 3 HAVING sum(b.debit - b.credit) <> 0 ORDER BY 1, 2, 3",
        company=transaction.company.id,
        first=year * 100 + 1,
        last=year * 100 + CLOSING_MONTH,
        classes=classes.split(),
    )
    return [YearBalance(*row) for row in rows]


def compute_closing(balances: Sequence[YearBalance], profit: int, loss: int) -> list[Line]:
    """The lines that take the balances to zero, the last one on the account of the profit or loss.

    >>> lines = compute_closing([YearBalance(41, 0, 0, Decimal(-100)), YearBalance(51, 7, 0, Decimal(30))], 36, 37)
    >>> [(line.account, str(line.amount)) for line in lines]
    [(41, '100'), (51, '-30'), (36, '-70')]
    """
    lines = [
        Line(
            account=balance.account,
            amount=-balance.amount,
            third_party=balance.third_party or None,
            cost_centre=balance.cost_centre or None,
        )
        for balance in balances
    ]
    result = sum((balance.amount for balance in balances), Decimal(0))
    lines.append(Line(account=profit if result <= 0 else loss, amount=result))
    return lines


async def close_year(
    draft: CloseYear, books: Books, transaction: Transaction, origin: Origin
) -> int:
    """Add the closing to the books; how many vouchers it takes, none when nothing is left to close.

    Raises `Rejected` when the company has no account or voucher type for it.
    """
    catalog = books.catalog
    accounts = find_closing_accounts(catalog.company.country)
    if accounts is None:
        country = catalog.company.country
        raise Rejected(
            [Problem("company_setting", "country", f"no closing is known for {country}")]
        )
    voucher_type = _voucher_type(draft, catalog)
    profit, loss = (_account(catalog, code) for code in (accounts.profit, accounts.loss))
    balances = await list_year_balances(transaction, draft.year, accounts.classes)
    parts = [balances[i : i + LINES_MAX] for i in range(0, len(balances), LINES_MAX)]
    books.batch.allow_soft = True
    for part in parts:
        lines = compute_closing(part, profit, loss)
        books.add_voucher(
            Voucher(
                id=new_id(),
                type=voucher_type,
                kind=VoucherKind.JOURNAL,
                date=date(draft.year, 12, 31),
                period=draft.year * 100 + CLOSING_MONTH,
                currency=catalog.company.currency,
                description=f"Cierre del ejercicio {draft.year}",
                total=sum((line.amount for line in lines if line.amount > 0), Decimal(0)),
                lines=lines,
            ),
            origin,
        )
    return len(parts)


def _voucher_type(draft: CloseYear, catalog: Catalog) -> int:
    wanted = [
        voucher_type.id
        for voucher_type in catalog.voucher_types.values()
        if voucher_type.kind is VoucherKind.JOURNAL
        and voucher_type.active
        and voucher_type.automatic_number
        and draft.voucher_type in (None, voucher_type.id)
    ]
    if not wanted:
        raise Rejected([unknown("voucher_type", draft.voucher_type or VoucherKind.JOURNAL)])
    return wanted[0]


def _account(catalog: Catalog, code: str) -> int:
    account = catalog.accounts.get(code)
    if account is None or not account.movement:
        raise Rejected([unknown("account", code)])
    return account.id
