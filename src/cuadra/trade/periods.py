"""Periods as drafts: locking and unlocking one, and closing a year.

Closing takes income and expense to zero against the result, in the year's month 13, for each third
party and cost centre, so that both kept balances end at nothing. Profit and loss may have accounts of
their own. What is closed is what the year's balances say when the closing is posted; closing again
afterwards posts only what came in between.
"""

from datetime import date
from decimal import Decimal

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import find_closing_accounts
from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected, unknown
from cuadra.ledger.periods import (
    Lock,
    compute_closing,
    list_result_balances,
    lock_period,
    unlock_period,
)
from cuadra.ledger.vouchers import Voucher
from cuadra.trade.books import Books, Origin

LINES_MAX = 30_000  # of one voucher; a larger closing is several
CLOSING_MONTH = 13


class ChangeLock(msgspec.Struct, kw_only=True):
    """Lock a period (`soft` or `hard`), or with no lock open it again; always with a reason."""

    period: int
    lock: Lock | None
    reason: str


class CloseYear(msgspec.Struct, kw_only=True):
    """Close a year. Without a voucher type the first active journal that numbers itself is used."""

    year: int
    voucher_type: int | None = None


async def change_lock(
    draft: ChangeLock, books: Books, transaction: Transaction, origin: Origin
) -> int:
    """Lock or unlock the period and return it. Raises `Rejected`."""
    if draft.lock is None:
        await unlock_period(transaction, draft.period, draft.reason, origin.actor, books.now)
    else:
        await lock_period(
            transaction, draft.period, draft.lock, draft.reason, origin.actor, books.now
        )
    return draft.period


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
    classes = accounts.classes.split()
    balances = await list_result_balances(transaction, draft.year, classes)
    result = sum((balance.balance for balance in balances), Decimal(0))
    result_account = _account(catalog, accounts.profit if result <= 0 else accounts.loss)
    parts = [balances[i : i + LINES_MAX] for i in range(0, len(balances), LINES_MAX)]
    books.batch.allow_soft = True
    for part in parts:
        lines = compute_closing(part, classes, result_account)
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
