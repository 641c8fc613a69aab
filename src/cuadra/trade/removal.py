"""Removal: a voucher taken out of the books as if it had never been, except for its trace.

Its live version is closed; balances, dues and stock receive the exact negative, and its number is free
to be given again. It stays when its period is locked, or when another voucher has paid what it opened.
"""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

import msgspec

from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected
from cuadra.ledger.vouchers import Closing
from cuadra.trade.books import Books, Origin


class RemoveVoucher(msgspec.Struct, kw_only=True):
    """Remove a voucher of any kind."""

    id: UUID


class _MovedDue(msgspec.Struct):
    """A due that a voucher to remove has moved, and all live vouchers that have.

    `opened` is what the first of them moved it by: its sign is the side the due stands on.
    """

    id: UUID
    name: str
    balance: Decimal
    moved: Decimal
    opened: Decimal
    movers: list[UUID]


class _MovedStock(msgspec.Struct):
    """A product that a voucher to remove has moved, and how much of it there is."""

    product: int
    code: str
    on_hand: Decimal
    moved: Decimal


class Removable(msgspec.Struct):
    """A live voucher, with all that its removal depends on."""

    id: UUID
    version: int
    period: int
    dues: list[_MovedDue]
    stock: list[_MovedStock]


class Removals:
    """What a run of removals is about, and what those before have changed already."""

    def __init__(self, vouchers: dict[UUID, Removable]) -> None:
        self.vouchers = vouchers
        self.removed: set[UUID] = set()
        self.owed: dict[UUID, Decimal] = {}  # of dues
        self.on_hand: dict[int, Decimal] = {}  # of products

    def remove(self, voucher: Removable) -> None:
        """Take a voucher's movements back."""
        self.removed.add(voucher.id)
        for due in voucher.dues:
            self.owed[due.id] = self.owed.get(due.id, due.balance) - due.moved
        for product in voucher.stock:
            left = self.on_hand.get(product.product, product.on_hand) - product.moved
            self.on_hand[product.product] = left


_LOAD = """
SELECT jsonb_build_object(
    'id', v.id, 'version', v.version, 'period', v.period,
    'dues', COALESCE((
        SELECT jsonb_agg(jsonb_build_object(
                   'id', d.id, 'name', d.prefix || '-' || d.consecutive, 'balance', d.balance, 'moved', m.amount,
                   'opened', (SELECT sum(o.amount)
                                FROM books.line o
                                JOIN books.voucher ov ON ov.company_id = o.company_id AND ov.id = o.voucher_id
                                                     AND ov.version = o.version AND ov.live
                               WHERE o.company_id = v.company_id AND o.due_id = d.id
                               GROUP BY ov.serial ORDER BY ov.serial LIMIT 1),
                   'movers', (SELECT jsonb_agg(DISTINCT o.voucher_id)
                                FROM books.line o
                                JOIN books.voucher ov ON ov.company_id = o.company_id AND ov.id = o.voucher_id
                                                     AND ov.version = o.version AND ov.live
                               WHERE o.company_id = v.company_id AND o.due_id = d.id)))
          FROM (SELECT l.due_id, sum(l.amount) AS amount FROM books.line l
                 WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
                   AND l.due_id IS NOT NULL
                 GROUP BY l.due_id) m
          JOIN books.due d ON d.company_id = v.company_id AND d.id = m.due_id), '[]'),
    'stock', COALESCE((
        SELECT jsonb_agg(jsonb_build_object(
                   'product', p.id, 'code', p.code, 'moved', m.quantity,
                   'on_hand', (SELECT COALESCE(sum(s.quantity), 0) FROM books.stock s
                                WHERE s.company_id = v.company_id AND s.product_id = p.id)))
          FROM (SELECT l.product_id, sum(l.quantity) AS quantity FROM books.line l
                 WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
                   AND l.moves_stock AND l.product_id IS NOT NULL
                 GROUP BY l.product_id) m
          JOIN books.product p ON p.company_id = v.company_id AND p.id = m.product_id), '[]'))::text
  FROM books.voucher v
 WHERE v.company_id = %(company)s AND v.live AND v.id = ANY (%(ids)s)
"""
_decoder = msgspec.json.Decoder(Removable)


async def load_removals(transaction: Transaction, ids: Collection[UUID]) -> Removals:
    """Those of the vouchers that are live. The caller keeps other writers of the company out."""
    if not ids:
        return Removals({})
    rows = await transaction.rows(_LOAD, company=transaction.company.id, ids=list(ids))
    return Removals({found.id: found for found in (_decoder.decode(row[0]) for row in rows)})


def remove_voucher(draft: RemoveVoucher, removals: Removals, books: Books, origin: Origin) -> UUID:
    """Fold a removal into the books. Raises `Rejected`; they are then as before."""
    voucher = removals.vouchers.get(draft.id)
    if voucher is None or voucher.id in removals.removed:
        raise Rejected([Problem("not_found", "id", "there is no such voucher in this company")])
    if problem := _obstacle(voucher, removals, books):
        raise Rejected([problem])
    removals.remove(voucher)
    books.batch.closing.append(Closing(id=voucher.id, version=voucher.version, reason="deleted"))
    books.add_event("voucher.deleted", str(voucher.id), origin)
    return voucher.id


def _obstacle(voucher: Removable, removals: Removals, books: Books) -> Problem | None:
    """What keeps a voucher in the books: its period, a payment of its due, goods that have left."""
    if voucher.period in books.locked_periods:
        message = f"the period {voucher.period} is locked"
        return Problem("locked", "date", message, voucher.period)
    for due in voucher.dues:
        left = removals.owed.get(due.id, due.balance) - due.moved
        overpaid = due.moved * due.opened > 0 and left * due.opened < 0
        if overpaid and set(due.movers) - removals.removed - {voucher.id}:
            return Problem("in_use", "due", f"the due {due.name} was paid by others", due.name)
    if not books.settings.negative_stock:
        for moved in voucher.stock:
            if removals.on_hand.get(moved.product, moved.on_hand) < moved.moved:
                return Problem("in_use", "stock", f"{moved.code} has left stock", moved.code)
    return None
