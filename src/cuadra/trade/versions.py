"""What happens to a voucher after it was recorded: removed, annulled, or followed by its next version.

Its live version is closed; balances, dues and stock receive the exact negative. A removed voucher is as
if it had never been, except for its trace, and its number is free to be given again; an annulled one
keeps its number for ever, without lines; an edited one keeps id, number and place.

It stays as it is when its period is locked, or when others have built on it.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.third_parties import PartyName
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import Closing, Voucher
from cuadra.trade.books import Books, Editing, Origin, StockCell
from cuadra.trade.documents import CurrencyDraft, InvoiceDraft, OfferDraft
from cuadra.trade.entries import EntryDraft


class RemoveVoucher(msgspec.Struct, kw_only=True):
    """Remove a voucher of one of these kinds, or of any.

    It stays while another voucher corrects it. With `unrelated` it stays as soon as another has moved a
    due it opened; otherwise only when what is left would be on the wrong side.
    """

    id: UUID
    kinds: tuple[VoucherKind, ...] = ()
    unrelated: bool = False


class AnnulVoucher(msgspec.Struct, kw_only=True):
    """Annul a voucher of one of these kinds that nothing else was built on."""

    id: UUID
    kinds: tuple[VoucherKind, ...]


class EditableDraft(Protocol):
    """What every draft of a document has, and an edit may not change."""

    voucher_type: int | None
    number: int | None
    party: PartyName | None
    currency: CurrencyDraft | None


class _MovedDue(msgspec.Struct):
    """A due that the voucher has moved, and all live vouchers that have.

    `opened` is what the one that opened it, `opener`, moved it by: its sign is the side the due stands on.
    That is the one whose name the due has, or the first of those that made it grow; an edited voucher may
    have come to pay what is newer than itself, so their order alone does not tell.
    """

    id: UUID
    name: str
    balance: Decimal
    moved: Decimal
    opened: Decimal
    opener: UUID
    movers: list[UUID]


class _MovedStock(msgspec.Struct):
    """A product that the voucher has moved in one warehouse, and how much of it there is in all."""

    product: int
    code: str
    warehouse: int
    on_hand: Decimal
    moved: Decimal
    value: Decimal


class _Row(msgspec.Struct):
    """What an annulled voucher goes on saying."""

    date: date
    third_party_id: int | None
    cost_centre_id: int | None
    exchange_rate: Decimal | None
    description: str
    total: Decimal
    content: msgspec.Raw
    about_id: UUID | None


class LiveVoucher(msgspec.Struct):
    """A live voucher, with all that closing its version depends on. `about` are those that correct it."""

    id: UUID
    kind: VoucherKind
    version: int
    period: int
    number: int
    serial: int
    voucher_type: int
    annulled: bool
    currency: str
    created_at: datetime
    identification: str | None
    branch: int | None
    row: _Row
    about: list[UUID]
    dues: list[_MovedDue]
    stock: list[_MovedStock]

    @property
    def editing(self) -> Editing:
        """What its next version keeps."""
        return Editing(self.id, self.version, self.number, self.serial, self.created_at)


class LiveVouchers:
    """The vouchers a run is about, and what closing some of them has changed already."""

    def __init__(self, vouchers: dict[UUID, LiveVoucher]) -> None:
        self._vouchers = vouchers
        self.closed: set[UUID] = set()
        self.owed: dict[UUID, Decimal] = {}  # of dues
        self.on_hand: dict[int, Decimal] = {}  # of products

    def find(self, voucher_id: UUID, kinds: Collection[VoucherKind]) -> LiveVoucher | None:
        """The voucher, if it is live, of one of the kinds (or of any), and not annulled."""
        voucher = self._vouchers.get(voucher_id)
        if voucher is None or voucher.id in self.closed or voucher.annulled:
            return None
        return voucher if not kinds or voucher.kind in kinds else None

    def close(self, voucher: LiveVoucher) -> None:
        """Take a voucher's movements back."""
        self.closed.add(voucher.id)
        for due in voucher.dues:
            self.owed[due.id] = self.owed.get(due.id, due.balance) - due.moved
        for product in voucher.stock:
            left = self.on_hand.get(product.product, product.on_hand) - product.moved
            self.on_hand[product.product] = left


_LOAD = """
SELECT jsonb_build_object(
    'id', v.id, 'kind', v.kind, 'version', v.version, 'period', v.period, 'number', v.number, 'serial', v.serial,
    'voucher_type', v.voucher_type_id, 'annulled', v.annulled, 'currency', v.currency, 'created_at', v.created_at,
    'identification', t.identification, 'branch', t.branch, 'row', to_jsonb(v),
    'about', COALESCE((SELECT jsonb_agg(a.id) FROM books.voucher a
                        WHERE a.company_id = v.company_id AND a.about_id = v.id AND a.live), '[]'),
    'dues', COALESCE((
        SELECT jsonb_agg(jsonb_build_object(
                   'id', d.id, 'name', d.prefix || '-' || d.consecutive, 'balance', d.balance, 'moved', m.amount,
                   'opened', o.amount, 'opener', o.voucher_id, 'movers', o.movers))
          FROM (SELECT l.due_id, sum(l.amount) AS amount FROM books.line l
                 WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
                   AND l.due_id IS NOT NULL
                 GROUP BY l.due_id) m
          JOIN books.due d ON d.company_id = v.company_id AND d.id = m.due_id
          JOIN LATERAL (
               SELECT (array_agg(f.amount ORDER BY f.opened DESC, f.serial))[1] AS amount,
                      (array_agg(f.voucher_id ORDER BY f.opened DESC, f.serial))[1] AS voucher_id,
                      jsonb_agg(f.voucher_id) AS movers
                 FROM (SELECT ol.voucher_id, ov.serial, sum(ol.amount) AS amount,
                              COALESCE(ol.voucher_id = d.voucher_id, false) AS opened
                         FROM books.line ol
                         JOIN books.voucher ov ON ov.company_id = ol.company_id AND ov.id = ol.voucher_id
                                              AND ov.version = ol.version AND ov.live
                        WHERE ol.company_id = v.company_id AND ol.due_id = d.id
                        GROUP BY ol.voucher_id, ov.serial) f) o ON true), '[]'),
    'stock', COALESCE((
        SELECT jsonb_agg(jsonb_build_object(
                   'product', p.id, 'code', p.code, 'warehouse', m.warehouse_id, 'moved', m.quantity,
                   'value', m.amount,
                   'on_hand', (SELECT COALESCE(sum(s.quantity), 0) FROM books.stock s
                                WHERE s.company_id = v.company_id AND s.product_id = p.id)))
          FROM (SELECT l.product_id, COALESCE(l.warehouse_id, 0) AS warehouse_id, sum(l.quantity) AS quantity,
                       sum(l.amount) AS amount
                  FROM books.line l
                 WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
                   AND l.moves_stock AND l.product_id IS NOT NULL
                 GROUP BY l.product_id, COALESCE(l.warehouse_id, 0)) m
          JOIN books.product p ON p.company_id = v.company_id AND p.id = m.product_id), '[]'))::text
  FROM books.voucher v
  LEFT JOIN books.third_party t ON t.company_id = v.company_id AND t.id = v.third_party_id
 WHERE v.company_id = %(company)s AND v.live AND v.id = ANY (%(ids)s)
"""
_decoder = msgspec.json.Decoder(LiveVoucher)


async def load_live(transaction: Transaction, ids: Collection[UUID]) -> LiveVouchers:
    """Those of the vouchers that are live. The caller keeps other writers of the company out."""
    if not ids:
        return LiveVouchers({})
    rows = await transaction.rows(_LOAD, company=transaction.company.id, ids=list(ids))
    return LiveVouchers({found.id: found for found in (_decoder.decode(row[0]) for row in rows)})


def remove_voucher(draft: RemoveVoucher, live: LiveVouchers, books: Books, origin: Origin) -> UUID:
    """Fold a removal into the books. Raises `Rejected`; they are then as before."""
    voucher = _require(draft.id, draft.kinds, live)
    if problem := _obstacle(voucher, live, books, unrelated=draft.unrelated):
        raise Rejected([problem])
    live.close(voucher)
    books.batch.closing.append(Closing(id=voucher.id, version=voucher.version, reason="deleted"))
    books.add_event("voucher.deleted", str(voucher.id), origin)
    return voucher.id


def annul_voucher(draft: AnnulVoucher, live: LiveVouchers, books: Books, origin: Origin) -> UUID:
    """Fold an annulment into the books. Raises `Rejected`; they are then as before."""
    voucher = _require(draft.id, draft.kinds, live)
    if problem := _obstacle(voucher, live, books, unrelated=True):
        raise Rejected([problem])
    live.close(voucher)
    books.batch.closing.append(Closing(id=voucher.id, version=voucher.version, reason="annulled"))
    books.batch.vouchers.append(_annulled(voucher))
    books.add_event("voucher.annulled", str(voucher.id), origin)
    return voucher.id


def edit_voucher(
    draft: EditableDraft | EntryDraft,
    voucher: LiveVoucher,
    live: LiveVouchers,
    books: Books,
    validate: Callable[[Any, Books], list[Problem]],
    record: Callable[[Any, Books, Origin, Key | None], tuple[int, Any]],
    origin: Origin,
) -> tuple[int, Any]:
    """Record a draft as a voucher's next version; what `record` returns.

    Raises `Rejected`. The books are then spoilt for other drafts, so an edit stands alone in its run.
    """
    whole = isinstance(draft, EntryDraft)  # says all of it anew, and its dues by their names
    if problem := _obstacle(
        voucher, live, books, unrelated=True, goods_may_return=True, dues_may_stay=whole
    ):
        code = "not_editable" if problem.code == "in_use" else problem.code
        raise Rejected([msgspec.structs.replace(problem, code=code)])
    begin_edit(voucher, books)
    anew = isinstance(draft, InvoiceDraft | OfferDraft) and draft.free
    if (
        not isinstance(draft, EntryDraft)
        and not anew
        and (problems := validate_unchanged(draft, voucher, books))
    ):
        raise Rejected([*problems, *validate(draft, books)])
    books.batch.closing.append(Closing(id=voucher.id, version=voucher.version, reason="edited"))
    ordinal, value = record(draft, books, origin, None)
    _require_goods(voucher, books)
    if whole:
        return ordinal, msgspec.structs.replace(value, id=voucher.id)
    made = {"id": voucher.id, "created_at": voucher.created_at, "updated_at": books.now}
    return ordinal, msgspec.structs.replace(value, **made)


def begin_edit(voucher: LiveVoucher, books: Books) -> None:
    """Take a voucher out of the books in memory: what comes next is its next version, or only a check of it."""
    _take_back(voucher, books)
    books.editing = voucher.editing


def validate_unchanged(draft: EditableDraft, voucher: LiveVoucher, books: Books) -> list[Problem]:
    """An edit keeps the voucher's type, third party and currency."""
    party = None if draft.party is None else draft.party.identification
    currency = books.catalog.company.currency if draft.currency is None else draft.currency.code
    kept = {
        "voucher_type": (draft.voucher_type, voucher.voucher_type),
        "party.identification": (party, voucher.identification),
        "currency.code": (currency, voucher.currency),
    }
    return [
        Problem("not_editable", field, f"{field} cannot be changed", asked)
        for field, (asked, known) in kept.items()
        if asked is not None and asked != known
    ]


def _require(voucher_id: UUID, kinds: Collection[VoucherKind], live: LiveVouchers) -> LiveVoucher:
    voucher = live.find(voucher_id, kinds)
    if voucher is None:
        raise Rejected([Problem("not_found", "id", "there is no such voucher in this company")])
    return voucher


def _obstacle(
    voucher: LiveVoucher,
    live: LiveVouchers,
    books: Books,
    *,
    unrelated: bool,
    goods_may_return: bool = False,
    dues_may_stay: bool = False,
) -> Problem | None:
    """What keeps a version in the books: its period, what others built on it, goods that have left."""
    if voucher.period in books.locked_periods:
        message = f"the period {voucher.period} is locked"
        return Problem("locked", "date", message, voucher.period)
    if set(voucher.about) - live.closed:
        return Problem("in_use", "id", "other vouchers correct this one")
    for due in () if dues_may_stay else voucher.dues:
        others = set(due.movers) - live.closed - {voucher.id}
        left = live.owed.get(due.id, due.balance) - due.moved
        overpaid = due.moved * due.opened > 0 and left * due.opened < 0
        if others and (overpaid or (unrelated and due.opener == voucher.id)):
            return Problem("in_use", "due", f"the due {due.name} was paid by others", due.name)
    if books.settings.negative_stock or goods_may_return:
        return None
    for moved in voucher.stock:
        if live.on_hand.get(moved.product, moved.on_hand) < moved.moved:
            return Problem("in_use", "stock", f"{moved.code} has left stock", moved.code)
    return None


def _annulled(voucher: LiveVoucher) -> Voucher:
    """The last version of a voucher: what it said, and no lines."""
    row = voucher.row
    return Voucher(
        id=voucher.id,
        version=voucher.version + 1,
        type=voucher.voucher_type,
        kind=voucher.kind,
        number=voucher.number,
        serial=voucher.serial,
        created_at=voucher.created_at,
        date=row.date,
        period=voucher.period,
        third_party=row.third_party_id,
        cost_centre=row.cost_centre_id,
        currency=voucher.currency,
        exchange_rate=row.exchange_rate,
        description=row.description,
        total=row.total,
        content=row.content,
        about=row.about_id,
        lines=[],
        annulled=True,
    )


def _take_back(voucher: LiveVoucher, books: Books) -> None:
    """Undo in memory what the version to be closed did, before the next one is computed."""
    moved = {due.id: due for due in voucher.dues}
    for name, due in list(books.dues.items()):
        if due.id not in moved:
            continue
        if set(moved[due.id].movers) <= {voucher.id}:
            del books.dues[name]
        else:
            due.balance -= moved[due.id].moved
    for cell in voucher.stock:
        known = books.stock.setdefault(
            (cell.product, cell.warehouse), StockCell(Decimal(0), Decimal(0))
        )
        known.quantity -= cell.moved
        known.value -= cell.value


def _require_goods(voucher: LiveVoucher, books: Books) -> None:
    """Where nothing may be sold short, an edit leaves no product that it brought in below zero."""
    if books.settings.negative_stock:
        return
    after: dict[int, Decimal] = {}
    for line in books.batch.vouchers[-1].lines:
        if line.moves_stock and line.product is not None and line.quantity is not None:
            after[line.product] = after.get(line.product, Decimal(0)) + line.quantity
    before: dict[int, Decimal] = {}
    for cell in voucher.stock:
        before[cell.product] = before.get(cell.product, Decimal(0)) + cell.moved
    for cell in voucher.stock:
        change = after.get(cell.product, Decimal(0)) - before[cell.product]
        if change < 0 and cell.on_hand + change < 0:
            message = f"{cell.code} has left stock"
            raise Rejected([Problem("not_editable", "stock", message, cell.code)])
