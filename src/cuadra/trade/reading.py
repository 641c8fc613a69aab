"""Recorded vouchers read back, whichever door wrote them: documents with their content, journals by line.

A sales invoice that came in line by line has no items, and so is no document here: it is read as an
entry (`trade.entry_reading`). A receipt that did is one in detail. Lists are newest first and count
exactly. Nothing here writes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.third_parties import PartyReference
from cuadra.database.paging import Conditions, Page, list_page
from cuadra.database.pool import Transaction
from cuadra.ledger.vouchers import CENT
from cuadra.trade.documents import Content, Document
from cuadra.trade.journals import Journal
from cuadra.trade.lines import RecordedLine
from cuadra.trade.receipts import Receipt, ReceiptContent, ReceiptType


class VoucherFilter(msgspec.Struct, kw_only=True):
    """What a list of vouchers may be narrowed by; all bounds are inclusive."""

    voucher_type: int | None = None
    number: int | None = None
    identification: str | None = None
    branch: int | None = None
    created_start: datetime | None = None
    created_end: datetime | None = None
    updated_start: datetime | None = None
    updated_end: datetime | None = None
    date_start: date | None = None
    date_end: date | None = None


# What is still owed on the dues that the voucher opened, in company currency.
_OWED = (
    "(SELECT COALESCE(abs(sum(d.balance)), 0) FROM books.line l JOIN books.due d"
    "   ON d.company_id = l.company_id AND d.id = l.due_id"
    " WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version"
    "   AND l.due_id IS NOT NULL AND d.voucher_id = v.id)"
)
_DOCUMENT = (
    "v.id, v.kind, v.voucher_type_id, v.number, v.date, v.cost_centre_id, v.currency, v.exchange_rate, v.total,"
    " v.created_at, CASE WHEN v.version > 1 THEN v.posted_at END, v.annulled, v.content::text,"
    f" t.id, t.guid, t.identification, t.branch, t.active, true, {_OWED}"
)
_VOUCHERS = (
    "books.voucher v LEFT JOIN books.third_party t"
    " ON t.company_id = v.company_id AND t.id = v.third_party_id"
)
_LIVE = ("v.company_id = %(company)s", "v.live")


async def find_document(
    transaction: Transaction, kinds: Sequence[VoucherKind], content: type[Content], guid: UUID
) -> Document[Content] | None:
    """The live document of one of the kinds with this id, or None."""
    row = await transaction.row(
        f"SELECT {_DOCUMENT} FROM {_VOUCHERS}"
        " WHERE v.company_id = %(company)s AND v.live AND v.id = %(id)s AND v.content IS NOT NULL",
        company=transaction.company.id,
        id=guid,
    )
    if row is None or row[1] not in kinds:
        return None
    return _document_from_row(row, _decoder(content).decode(row[12]))


async def list_documents(
    transaction: Transaction,
    kinds: Sequence[VoucherKind],
    content: type[Content],
    wanted: VoucherFilter,
    page: Page,
) -> tuple[int, list[Document[Content]]]:
    """One page of documents of some kinds, newest first, and how many there are."""
    conditions = _conditions(kinds, wanted)
    conditions.sql.append("v.content IS NOT NULL")
    total, rows = await list_page(
        transaction,
        select=_DOCUMENT,
        source=_VOUCHERS,
        conditions=conditions,
        key="v.serial",
        order="v.serial DESC",
        page=page,
    )
    decode = _decoder(content).decode
    return total, [_document_from_row(row, decode(row[12])) for row in rows]


async def find_receipt(transaction: Transaction, kind: VoucherKind, guid: UUID) -> Receipt | None:
    """The live receipt with this id, or None. One that came in line by line is one in detail."""
    rows = await transaction.rows(
        f"SELECT {_RECEIPT} FROM {_VOUCHERS}"
        " WHERE v.company_id = %(company)s AND v.live AND v.id = %(id)s AND v.kind = %(kind)s",
        company=transaction.company.id,
        id=guid,
        kind=kind,
    )
    receipts = await _receipts(transaction, rows)
    return receipts[0] if receipts else None


async def list_receipts(
    transaction: Transaction, kind: VoucherKind, wanted: VoucherFilter, page: Page
) -> tuple[int, list[Receipt]]:
    """One page of receipts of a kind, newest first, and how many there are."""
    total, rows = await list_page(
        transaction,
        select=_RECEIPT,
        source=_VOUCHERS,
        conditions=_conditions([kind], wanted),
        key="v.serial",
        order="v.serial DESC",
        page=page,
    )
    return total, await _receipts(transaction, rows)


async def find_journal(transaction: Transaction, journal_id: UUID) -> Journal | None:
    """The live journal with this id, or None."""
    rows = await transaction.rows(
        f"SELECT {_JOURNAL} FROM books.voucher v"
        " WHERE v.company_id = %(company)s AND v.live AND v.id = %(id)s AND v.kind = %(kind)s",
        company=transaction.company.id,
        id=journal_id,
        kind=VoucherKind.JOURNAL,
    )
    journals = await _with_lines(transaction, rows)
    return journals[0] if journals else None


async def list_journals(
    transaction: Transaction, wanted: VoucherFilter, page: Page
) -> tuple[int, list[Journal]]:
    """One page of journals, newest first, and how many there are."""
    conditions = _conditions([VoucherKind.JOURNAL], wanted)
    total, rows = await list_page(
        transaction,
        select=_JOURNAL,
        source=_VOUCHERS,
        conditions=conditions,
        key="v.serial",
        order="v.serial DESC",
        page=page,
    )
    return total, await _with_lines(transaction, rows)


def _conditions(kinds: Sequence[VoucherKind], wanted: VoucherFilter) -> Conditions:
    """One kind is asked for by itself, so that its rows are found in their order."""
    conditions = Conditions(*_LIVE)
    if len(kinds) == 1:
        conditions.add("v.kind = %(kind)s", "kind", kinds[0])
    else:
        conditions.add("v.kind = ANY (%(kinds)s)", "kinds", list(kinds))
    conditions.add("v.voucher_type_id = %(voucher_type)s", "voucher_type", wanted.voucher_type)
    conditions.add("v.number = %(number)s", "number", wanted.number)
    conditions.add("t.identification = %(identification)s", "identification", wanted.identification)
    conditions.add("t.branch = %(branch)s", "branch", wanted.branch)
    conditions.add("v.created_at >= %(created_start)s", "created_start", wanted.created_start)
    conditions.add("v.created_at <= %(created_end)s", "created_end", wanted.created_end)
    updated = "v.version > 1 AND v.posted_at"
    conditions.add(f"{updated} >= %(updated_start)s", "updated_start", wanted.updated_start)
    conditions.add(f"{updated} <= %(updated_end)s", "updated_end", wanted.updated_end)
    conditions.add("v.date >= %(date_start)s", "date_start", wanted.date_start)
    conditions.add("v.date <= %(date_end)s", "date_end", wanted.date_end)
    return conditions


_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def _decoder(content: type[Content]) -> msgspec.json.Decoder[Content]:
    """The decoder of one type of content, made once."""
    if content not in _decoders:
        _decoders[content] = msgspec.json.Decoder(content)
    return _decoders[content]


def _document_from_row(row: tuple[Any, ...], content: Content) -> Document[Content]:
    rate = row[7]
    return Document(
        id=row[0],
        kind=VoucherKind(row[1]),
        voucher_type=row[2],
        number=row[3],
        date=row[4],
        cost_centre=row[5],
        currency=row[6],
        exchange_rate=rate,
        total=row[8],
        created_at=row[9],
        updated_at=row[10],
        annulled=row[11],
        content=content,
        party=PartyReference(*row[13:19]) if row[13] is not None else None,
        balance=_foreign(row[19], rate),
    )


_RECEIPT = f"{_DOCUMENT}, v.version, v.description"


async def _receipts(transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> list[Receipt]:
    """Receipts from their rows; the lines of those in detail are read from the ledger."""
    contents = [_receipt_content(row) for row in rows]
    in_detail = {
        row[0]: row[-2]
        for row, content in zip(rows, contents, strict=True)
        if content.type is ReceiptType.DETAILED
    }
    lines = await load_lines(transaction, in_detail)
    return [
        _document_from_row(row, msgspec.structs.replace(content, lines=lines.get(row[0], ())))
        for row, content in zip(rows, contents, strict=True)
    ]


def _receipt_content(row: tuple[Any, ...]) -> ReceiptContent:
    """What is kept of a receipt; one that came in line by line has only a description."""
    if row[12] is None:
        return ReceiptContent(type=ReceiptType.DETAILED, observations=row[-1] or None)
    return _decoder(ReceiptContent).decode(row[12])


def _foreign(amount: Any, rate: Decimal | None) -> Any:
    """An amount of the company's currency in a document's own; None stays None."""
    if amount is None or rate is None:
        return amount
    return (amount / rate).quantize(CENT, rounding=ROUND_HALF_UP)


_JOURNAL = (
    "v.id, v.version, v.voucher_type_id, v.number, v.date, v.currency, v.exchange_rate, v.description,"
    " v.created_at, CASE WHEN v.version > 1 THEN v.posted_at END"
)
_LINES = """
SELECT l.voucher_id, a.code, l.amount, t.id, t.guid, t.identification, t.branch, t.active, true,
       l.description, l.cost_centre_id, d.prefix, d.consecutive, d.quote, d.date,
       l.tax_id, l.tax_base, p.code, l.quantity, l.warehouse_id, l.fixed_asset_id, l.foreign_amount, l.exchange_rate
  FROM books.line l
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
  LEFT JOIN books.third_party t ON t.company_id = l.company_id AND t.id = l.third_party_id
  LEFT JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
  LEFT JOIN books.product p ON p.company_id = l.company_id AND p.id = l.product_id
  JOIN unnest(%(ids)s::uuid[], %(versions)s::smallint[]) AS w (id, version)
    ON w.id = l.voucher_id AND w.version = l.version
  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version
 WHERE l.company_id = %(company)s AND (v.exchange_rate IS NULL OR l.foreign_amount IS NOT NULL)
 ORDER BY l.voucher_id, l.line_no
"""


async def _with_lines(transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> list[Journal]:
    lines = await load_lines(transaction, {row[0]: row[1] for row in rows})
    return [
        Journal(
            id=row[0],
            voucher_type=row[2],
            number=row[3],
            date=row[4],
            currency=row[5],
            exchange_rate=row[6],
            observations=row[7],
            created_at=row[8],
            updated_at=row[9],
            lines=lines[row[0]],
        )
        for row in rows
    ]


async def load_lines(
    transaction: Transaction, versions: Mapping[UUID, int]
) -> dict[UUID, tuple[RecordedLine, ...]]:
    """The lines of vouchers, each in one version, as they were written.

    A line of a foreign voucher that has no foreign amount is an exchange difference: nobody wrote it.
    """
    lines: dict[UUID, list[RecordedLine]] = {voucher: [] for voucher in versions}
    if versions:
        for line in await transaction.rows(
            _LINES,
            company=transaction.company.id,
            ids=list(versions),
            versions=list(versions.values()),
        ):
            lines[line[0]].append(_recorded_line(line))
    return {voucher: tuple(found) for voucher, found in lines.items()}


def _recorded_line(row: tuple[Any, ...]) -> RecordedLine:
    return RecordedLine(
        account=row[1],
        amount=row[2] if row[21] is None else Decimal(row[21]),
        party=PartyReference(*row[3:9]) if row[3] is not None else None,
        description=row[9],
        cost_centre=row[10],
        due_prefix=row[11],
        due_consecutive=row[12],
        due_quote=row[13],
        due_date=row[14],
        tax=row[15],
        tax_base=_foreign(row[16], row[22]),
        product=row[17],
        quantity=row[18],
        warehouse=row[19],
        fixed_asset=row[20],
    )
