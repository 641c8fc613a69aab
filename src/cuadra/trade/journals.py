"""Journals: vouchers whose lines the client writes itself (`trade.lines`), without a third party of their own."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.database.ids import new_id
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import Voucher, period_of
from cuadra.trade.books import Books, Needs, Origin
from cuadra.trade.documents import CurrencyDraft
from cuadra.trade.lines import (
    LineDraft,
    RecordedLine,
    needs_of_lines,
    record_lines,
    recorded_lines,
    validate_lines,
    validate_sums,
)
from cuadra.trade.validation import (
    validate_currency,
    validate_date,
    validate_number,
    validate_voucher_type,
)

OptionalDay = date | None  # members named `date` would hide the type

KIND = VoucherKind.JOURNAL


class JournalDraft(msgspec.Struct, kw_only=True):
    """A journal as asked for. Only a company file chooses its `serial`."""

    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    currency: CurrencyDraft | None = None
    lines: list[LineDraft] = []
    observations: str = ""
    serial: int | None = None


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded journal."""

    id: UUID
    voucher_type: int
    number: int
    date: date
    currency: str
    exchange_rate: Decimal | None
    observations: str
    lines: tuple[RecordedLine, ...]
    created_at: datetime
    updated_at: datetime | None = None


def needs_of_journal(draft: JournalDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    needs_of_lines(draft.lines, needs)


def validate_journal(draft: JournalDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; the balance if nothing else is."""
    problems = validate_voucher_type(draft.voucher_type, KIND, books.catalog)
    voucher_type = None if problems else books.catalog.voucher_types[draft.voucher_type or 0]
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type, books)
    problems += validate_currency(draft.currency, books)
    problems += validate_lines(draft.lines, voucher_type, books)
    return problems or validate_sums(draft.lines, draft.currency, books)


def record_journal(
    draft: JournalDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Journal]:
    """Fold a journal into the books: its position in the batch, and the journal without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    if problems := validate_journal(draft, books):
        raise Rejected(problems)
    voucher_type = books.catalog.voucher_types[draft.voucher_type or 0]
    assert draft.date is not None
    currency = draft.currency
    lines, dues = record_lines(draft.lines, currency, books)
    voucher = Voucher(
        id=new_id(),
        type=voucher_type.id,
        kind=KIND,
        number=draft.number,
        serial=draft.serial,
        date=draft.date,
        period=period_of(draft.date),
        currency=books.catalog.company.currency if currency is None else currency.code or "",
        exchange_rate=None if currency is None else currency.exchange_rate,
        description=draft.observations,
        total=sum(
            (line.amount for line in draft.lines if line.amount and line.amount > 0), Decimal(0)
        ),
        lines=lines,
        dues=dues,
    )
    return books.add_voucher(voucher, origin, key), _journal(voucher, draft, books)


def _journal(voucher: Voucher, draft: JournalDraft, books: Books) -> Journal:
    return Journal(
        id=voucher.id,
        voucher_type=voucher.type,
        number=draft.number or 0,
        date=voucher.date,
        currency=voucher.currency,
        exchange_rate=voucher.exchange_rate,
        observations=voucher.description,
        lines=recorded_lines(draft.lines, books),
        created_at=books.now,
    )
