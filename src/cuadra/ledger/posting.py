"""Post: write a set of vouchers, with everything they change, in one statement.

The statement is the SQL function `books.post()`: number blocks, vouchers, lines, monthly balances,
dues, stock, events and idempotency keys, all or none. The application role has no other way to write
the ledger. This module builds the batch and reads the refusals; it opens no transaction.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import errors as pg

from cuadra.database.pool import Transaction
from cuadra.errors import CuadraError, Problem, Rejected
from cuadra.ledger.vouchers import Closing, Line, NewDue, Posted, Voucher, validate_voucher


class Event(msgspec.Struct, kw_only=True):
    """One row of the audit trail and outbox. With `voucher`, the subject is that voucher's id."""

    id: UUID
    actor: str
    dialect: str
    request_id: str
    action: str
    subject: str = ""
    voucher: int | None = None
    detail: dict[str, Any] | None = None


class Key(msgspec.Struct, kw_only=True):
    """An idempotency key, claimed before, that now gets the voucher it stands for."""

    operation: str
    key: str
    voucher: int


class Batch(msgspec.Struct, kw_only=True):
    """Everything one call of `post` writes. Vouchers are referred to by their position."""

    at: datetime
    vouchers: list[Voucher] = []
    closing: list[Closing] = []
    events: list[Event] = []
    keys: list[Key] = []
    allow_soft: bool = False


class VoucherChanged(CuadraError):
    """The voucher was changed by someone else meanwhile."""


class _Head(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A voucher as `books.post()` reads it: its lines are counted here and sent beside it."""

    ordinal: int
    id: UUID
    version: int
    type: int
    kind: str
    date: Any
    period: int
    currency: str
    total: Any
    line_count: int
    number: int | None = None
    serial: int | None = None
    created_at: datetime | None = None
    third_party: int | None = None
    cost_centre: int | None = None
    exchange_rate: Any = None
    description: str = ""
    content: msgspec.Raw | None = None
    annulled: bool = False
    about: UUID | None = None
    external_number: str | None = None


class _Wire(msgspec.Struct, kw_only=True):
    at: datetime
    allow_soft: bool
    closing: list[Closing]
    vouchers: list[_Head]
    lines: list[Line]
    dues: list[NewDue]
    events: list[Event]
    keys: list[Key]


_encoder = msgspec.json.Encoder()


async def post(transaction: Transaction, batch: Batch) -> list[Posted]:
    """Write the batch and return what each voucher got, in the order given.

    Raises `Rejected` for what a caller can mend (a locked period, a number taken) and
    `VoucherChanged` when a version to close is not the live one any more. An unbalanced voucher
    that got this far is our own mistake and raises as such.
    """
    for voucher in batch.vouchers:
        if problems := validate_voucher(voucher):
            raise Rejected(problems)
    try:
        rows = await transaction.rows(
            "SELECT voucher_id, voucher_serial, voucher_number"
            " FROM books.post(%(company)s, %(batch)s::jsonb) ORDER BY ordinal",
            company=transaction.company.id,
            batch=encode_batch(batch).decode(),
        )
    except pg.UniqueViolation as error:
        if error.diag.constraint_name == "voucher_number":
            message = "a voucher with this number exists already"
            raise Rejected([Problem("repeated_number", "number", message)]) from error
        if error.diag.constraint_name == "voucher_external_number":
            message = "a voucher for this paper of the third party exists already"
            raise Rejected([Problem("repeated", "external_number", message)]) from error
        if error.diag.constraint_name == "due_name":
            message = "a due with this name exists already"
            raise Rejected([Problem("repeated", "due", message)]) from error
        raise
    except pg.DatabaseError as error:
        raise _refusal(error) from error
    return [Posted(*row) for row in rows]


def encode_batch(batch: Batch) -> bytes:
    """The batch as the JSON document that `books.post()` documents."""
    lines: list[Line] = []
    dues: list[NewDue] = []
    heads = []
    for ordinal, voucher in enumerate(batch.vouchers):
        heads.append(_head(ordinal, voucher))
        for number, line in enumerate(voucher.lines, 1):
            line.voucher, line.line_no = ordinal, number
            lines.append(line)
        for due in voucher.dues:
            due.voucher = ordinal
            dues.append(due)
    return _encoder.encode(
        _Wire(
            at=batch.at,
            allow_soft=batch.allow_soft,
            closing=batch.closing,
            vouchers=heads,
            lines=lines,
            dues=dues,
            events=batch.events,
            keys=batch.keys,
        )
    )


def _head(ordinal: int, voucher: Voucher) -> _Head:
    return _Head(
        ordinal=ordinal,
        id=voucher.id,
        version=voucher.version,
        type=voucher.type,
        kind=voucher.kind,
        date=voucher.date,
        period=voucher.period,
        currency=voucher.currency,
        total=voucher.total,
        line_count=len(voucher.lines),
        number=voucher.number,
        serial=voucher.serial,
        created_at=voucher.created_at,
        third_party=voucher.third_party,
        cost_centre=voucher.cost_centre,
        exchange_rate=voucher.exchange_rate,
        description=voucher.description,
        content=voucher.content,
        annulled=voucher.annulled,
        about=voucher.about,
        external_number=voucher.external_number,
    )


def _refusal(error: pg.DatabaseError) -> Exception:
    """What one of the function's own error codes means."""
    if error.sqlstate == "CU003":
        period = error.diag.message_detail
        return Rejected([Problem("locked", "date", f"the period {period} is locked", period)])
    if error.sqlstate == "CU004":
        return VoucherChanged("the voucher was changed by someone else meanwhile; read it again")
    return error
