"""The only opener of write transactions: what is handed here is recorded together, in order.

A group is a list of drafts of one company, of any kind. Its transaction claims the idempotency keys,
loads (and locks) what the drafts name, folds them in order over that, and writes everything with one
`post`. A refused draft does not disturb its neighbours. Nothing above this module may assume a
transaction of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from cuadra.catalog.companies import insert_company, make_live
from cuadra.catalog.credentials import insert_credentials
from cuadra.catalog.records import CompanyFile
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.store import insert_catalogs, insert_third_parties
from cuadra.database.pool import Company, Database, Transaction
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key, post
from cuadra.trade.books import Books, Needs, Origin, load_books
from cuadra.trade.catalog_changes import (
    DeleteProduct,
    DeleteThirdParty,
    SaveProduct,
    SaveThirdParty,
    remove_product,
    remove_third_party,
    save_product,
    save_third_party,
    validate_product_save,
    validate_third_party_save,
)
from cuadra.trade.documents import Invoice, InvoiceDraft
from cuadra.trade.idempotency import IdempotencyKey, claim_key, find_replay, release_key
from cuadra.trade.invoices import finish_invoice, needs_of_invoice, record_invoice, validate_invoice
from cuadra.trade.journals import (
    Journal,
    JournalDraft,
    finish_journal,
    needs_of_journal,
    record_journal,
    validate_journal,
)
from cuadra.trade.opening import journal_from_opening
from cuadra.trade.periods import ChangeLock, CloseYear, change_lock, close_year

Draft = (
    InvoiceDraft
    | JournalDraft
    | SaveThirdParty
    | DeleteThirdParty
    | SaveProduct
    | DeleteProduct
    | ChangeLock
    | CloseYear
)


ATTEMPTS = 5
LOST_RACES = (UniqueViolation, DeadlockDetected, SerializationFailure)


class Submission(msgspec.Struct, kw_only=True):
    """A draft with who asks for it and the client's own key, if it sent one."""

    draft: Draft
    origin: Origin
    key: IdempotencyKey | None = None


class Recorded(msgspec.Struct, frozen=True):
    """What became of an accepted draft, and the catalogs it was recorded under.

    `replayed` names the voucher an earlier request with the same key made instead; `value` is then None.
    """

    value: Any
    catalog: Catalog
    replayed: UUID | None = None
    differs: bool = False


Outcome = Recorded | Rejected


async def record(
    database: Database, company: str | int, submissions: Sequence[Submission], now: datetime
) -> list[Outcome]:
    """Record the drafts of one company together; one outcome for each, in their order.

    A race lost against another transaction (a deadlock, a customer both were making) is run again. When
    the database refuses what was checked before (a period just locked, a number just taken), the drafts
    are recorded one by one, so that only the refused one fails.

    Raises `DatabaseUnavailable` and `CompanyUnknown`; then nothing was written, unless the connection
    was lost while committing, which only the idempotency key can tell.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with database.write(company) as transaction:
                return await _record_in(transaction, submissions, now)
        except LOST_RACES:
            if attempt == ATTEMPTS:
                raise
        except Rejected as rejected:
            if attempt < ATTEMPTS and any(p.field == "due" for p in rejected.problems):
                continue  # another transaction opened the same due first; now there is one to move
            if len(submissions) == 1:
                return [rejected]
            return [(await record(database, company, [one], now))[0] for one in submissions]
    raise AssertionError("unreachable")


async def record_one(
    database: Database, company: str | int, submission: Submission, now: datetime
) -> Recorded:
    """Record a single draft; raises `Rejected` instead of returning it."""
    outcome = (await record(database, company, [submission], now))[0]
    if isinstance(outcome, Rejected):
        raise outcome
    return outcome


async def find_recorded(
    database: Database, company: str | int, key: IdempotencyKey
) -> Recorded | None:
    """What an earlier request with this key recorded, or None; for a body that is not worth recording."""
    async with database.read(company) as transaction:
        replay = await find_replay(transaction, key)
        if replay is None:
            return None
        catalog = await load_catalog(transaction)
        return Recorded(None, catalog, replay.voucher, replay.differs)


async def load_company(
    database: Database, file: CompanyFile, source: str, now: datetime, *, replace: bool = False
) -> Company:
    """Make a company from its file, all of it or nothing; with `replace` it takes over a live name.

    Raises `CompanyExists`, and `Rejected` when an opening voucher cannot be recorded.
    """
    origin = Origin("cuadra", "company file")
    openings = [
        Submission(draft=journal_from_opening(voucher), origin=origin) for voucher in file.vouchers
    ]
    async with database.control() as transaction:
        company = await insert_company(transaction, file, source, now)
        await transaction.enter(company)
        await insert_catalogs(transaction, file, now)
        if openings:
            for outcome in await _record_in(transaction, openings, now):
                if isinstance(outcome, Rejected):
                    raise outcome
        await insert_credentials(transaction, company.name, file.credentials)
        await make_live(transaction, company, now, replace=replace)
    return company


async def check(
    database: Database, company: str | int, draft: Draft, now: datetime
) -> list[Problem]:
    """Everything the books have against a draft, without recording it."""
    async with database.read(company) as transaction:
        needs = needs_of([draft])
        needs.new_parties = 0
        books = await load_books(transaction, needs, now, lock=False)
        match draft:
            case InvoiceDraft():
                return validate_invoice(draft, books)
            case JournalDraft():
                return validate_journal(draft, books)
            case SaveThirdParty():
                return await validate_third_party_save(draft, books, transaction)
            case SaveProduct():
                return await validate_product_save(draft, books, transaction)
            case DeleteThirdParty() | DeleteProduct() | ChangeLock() | CloseYear():
                return []


async def _record_in(
    transaction: Transaction, submissions: Sequence[Submission], now: datetime
) -> list[Outcome]:
    replays = [
        await claim_key(transaction, submission.key, now) if submission.key else None
        for submission in submissions
    ]
    fresh = [s for s, replay in zip(submissions, replays, strict=True) if replay is None]
    books = await load_books(transaction, needs_of([s.draft for s in fresh]), now)
    outcomes: list[Outcome | _Pending] = []
    for submission, replay in zip(submissions, replays, strict=True):
        if replay is None:
            outcomes.append(await _fold(submission, books, transaction))
        else:
            outcomes.append(Recorded(None, books.catalog, replay.voucher, replay.differs))
    return await _write(transaction, books, outcomes)


class _Pending(msgspec.Struct, frozen=True):
    """A voucher in the batch that waits for its number."""

    ordinal: int
    value: Invoice | Journal


def needs_of(drafts: Sequence[Draft]) -> Needs:
    """Everything a set of drafts names."""
    needs = Needs()
    for draft in drafts:
        match draft:
            case InvoiceDraft():
                needs_of_invoice(draft, needs)
            case JournalDraft():
                needs_of_journal(draft, needs)
            case SaveThirdParty(guid=guid) | SaveProduct(guid=guid):
                needs.replaces |= guid is not None
            case DeleteThirdParty() | DeleteProduct() | ChangeLock() | CloseYear():
                needs.replaces = True
    return needs


async def _fold(
    submission: Submission, books: Books, transaction: Transaction
) -> Outcome | _Pending:
    """Record one draft over the books; a refusal gives its key back."""
    draft, origin = submission.draft, submission.origin
    key = (
        Key(operation=submission.key.operation, key=submission.key.key, voucher=-1)
        if submission.key
        else None
    )
    try:
        match draft:
            case InvoiceDraft():
                return _Pending(*record_invoice(draft, books, origin, key))
            case JournalDraft():
                return _Pending(*record_journal(draft, books, origin, key))
            case SaveThirdParty():
                return Recorded(
                    await save_third_party(draft, books, transaction, origin), books.catalog
                )
            case DeleteThirdParty():
                return Recorded(
                    await remove_third_party(draft, books, transaction, origin), books.catalog
                )
            case SaveProduct():
                return Recorded(
                    await save_product(draft, books, transaction, origin), books.catalog
                )
            case ChangeLock():
                return Recorded(await change_lock(draft, books, transaction, origin), books.catalog)
            case CloseYear():
                return Recorded(await close_year(draft, books, transaction, origin), books.catalog)
            case DeleteProduct():
                return Recorded(
                    await remove_product(draft, books, transaction, origin), books.catalog
                )
    except Rejected as rejected:
        if submission.key:
            await release_key(transaction, submission.key)
        return rejected


async def _write(
    transaction: Transaction, books: Books, outcomes: Sequence[Outcome | _Pending]
) -> list[Outcome]:
    """Write what the folding collected and give every voucher its number."""
    if books.new_parties:
        await insert_third_parties(transaction, books.new_parties, books.now)
    posted = []
    if books.batch.vouchers or books.batch.events:
        posted = await post(transaction, books.batch)
    finished: list[Outcome] = []
    for outcome in outcomes:
        match outcome:
            case _Pending(ordinal, Invoice() as invoice):
                finished.append(Recorded(finish_invoice(invoice, posted[ordinal]), books.catalog))
            case _Pending(ordinal, Journal() as journal):
                finished.append(Recorded(finish_journal(journal, posted[ordinal]), books.catalog))
            case Recorded() | Rejected():
                finished.append(outcome)
    return finished
