"""The dues that vouchers opened, and what others did to them: how much of an invoice is owed, and who paid it.

Programs of some vendors know a voucher by its serial and no due by its name; what they pay is found here.
Nothing here writes.
"""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.third_parties import PartyName
from cuadra.database.pool import Transaction


class OpenedDue(NamedTuple):
    """A due of a voucher's own; `balance` is debit positive, in the company's currency."""

    account: str
    third_party: int
    party: PartyName
    prefix: str
    consecutive: int
    quote: int
    date: date
    balance: Decimal


class VoucherDues(msgspec.Struct, frozen=True, kw_only=True):
    """A live voucher, and the dues it opened in the order they fall due.

    `external_number` is what the other party calls it.
    """

    serial: int
    id: UUID
    kind: VoucherKind
    voucher_type: int
    number: int
    external_number: str | None
    annulled: bool
    third_party: int | None
    dues: tuple[OpenedDue, ...]


class DueMovement(NamedTuple):
    """A line of a live voucher that moved a due another one had opened.

    `content` is the voucher's, as stored; `amount` debit positive, in the company's currency.
    """

    serial: int
    voucher: UUID
    voucher_type: int
    number: int
    date: date
    third_party: int | None
    total: Decimal
    description: str
    content: str | None
    posted_at: datetime
    line: int
    account: str
    line_third_party: int | None
    amount: Decimal
    cost_centre: int | None


_HEAD = "v.serial, v.id, v.kind, v.voucher_type_id, v.number, v.external_number, v.annulled, v.third_party_id"
_DUES = f"""
SELECT {_HEAD}, a.code, t.id, t.identification, t.branch, d.prefix, d.consecutive, d.quote, d.date, d.balance
  FROM books.voucher v
  LEFT JOIN LATERAL (SELECT DISTINCT o.due_id FROM books.line o
                      WHERE o.company_id = v.company_id AND o.voucher_id = v.id AND o.version = v.version
                        AND o.due_id IS NOT NULL) l ON true
  LEFT JOIN books.due d ON d.company_id = v.company_id AND d.id = l.due_id AND d.voucher_id = v.id
  LEFT JOIN books.account a ON a.company_id = d.company_id AND a.id = d.account_id
  LEFT JOIN books.third_party t ON t.company_id = d.company_id AND t.id = d.third_party_id
 WHERE v.company_id = %(company)s AND v.live AND v.kind = ANY (%(kinds)s) AND v.serial = ANY (%(serials)s)
 ORDER BY v.serial, d.date, d.quote, a.code
"""
_MOVEMENTS = """
SELECT v.serial, v.id, v.voucher_type_id, v.number, v.date, v.third_party_id, v.total, v.description,
       v.content::text, v.posted_at, l.line_no, a.code, l.third_party_id, l.amount, l.cost_centre_id
  FROM books.line o
  JOIN books.voucher w ON w.company_id = o.company_id AND w.id = o.voucher_id AND w.version = o.version AND w.live
  JOIN books.due d ON d.company_id = o.company_id AND d.id = o.due_id AND d.voucher_id = o.voucher_id
  JOIN books.line l ON l.company_id = d.company_id AND l.due_id = d.id AND l.voucher_id <> d.voucher_id
  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
 WHERE o.company_id = %(company)s AND o.voucher_id = %(voucher)s AND v.kind = %(kind)s
 ORDER BY v.serial, l.line_no
"""


async def list_voucher_dues(
    transaction: Transaction, serials: Collection[int]
) -> dict[int, VoucherDues]:
    """The live vouchers with these serials, each with the dues it opened."""
    if not serials:
        return {}
    found: dict[int, tuple[tuple[Any, ...], list[OpenedDue]]] = {}
    for row in await transaction.rows(
        _DUES,
        company=transaction.company.id,
        kinds=list(VoucherKind),
        serials=list(serials),
    ):
        _, dues = found.setdefault(row[0], (row[:8], []))
        if row[8] is not None:
            dues.append(OpenedDue(row[8], row[9], PartyName(row[10], row[11]), *row[12:]))
    return {
        serial: VoucherDues(
            serial=serial,
            id=head[1],
            kind=VoucherKind(head[2]),
            voucher_type=head[3],
            number=head[4],
            external_number=head[5],
            annulled=head[6],
            third_party=head[7],
            dues=tuple(dues),
        )
        for serial, (head, dues) in found.items()
    }


async def list_due_movements(
    transaction: Transaction, voucher: UUID, kind: VoucherKind
) -> list[DueMovement]:
    """What live vouchers of a kind did to the dues that a voucher opened, in the order they were made."""
    rows = await transaction.rows(
        _MOVEMENTS, company=transaction.company.id, voucher=voucher, kind=kind
    )
    return [DueMovement._make(row) for row in dict.fromkeys(rows)]
