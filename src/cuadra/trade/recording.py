"""Drafts of every kind, recorded in order in a transaction somebody else opened.

What the drafts name is loaded (and locked), they are folded in order over that, and everything is
written with one `post`. A refused draft does not disturb its neighbours. Drafts that must find in the
database what the ones before them did are recorded after those, in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.store import insert_third_parties
from cuadra.database.pool import CompanyUnknown, Database, Transaction
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
from cuadra.trade.entries import (
    EntryDraft,
    RecordedEntry,
    needs_of_entry,
    record_entry,
    validate_entry,
)
from cuadra.trade.idempotency import IdempotencyKey, Replay, find_replay, release_keys
from cuadra.trade.invoices import finish_invoice, needs_of_invoice, record_invoice, validate_invoice
from cuadra.trade.journals import (
    Journal,
    JournalDraft,
    finish_journal,
    needs_of_journal,
    record_journal,
    validate_journal,
)
from cuadra.trade.periods import ChangeLock, CloseYear, change_lock, close_year
from cuadra.trade.removal import Removals, RemoveVoucher, load_removals, remove_voucher

Draft = (
    InvoiceDraft
    | JournalDraft
    | SaveThirdParty
    | DeleteThirdParty
    | SaveProduct
    | DeleteProduct
    | ChangeLock
    | CloseYear
    | EntryDraft
    | RemoveVoucher
)


class Submission(msgspec.Struct, kw_only=True):
    """A draft with who asks for it, the client's own key, and the credential that has to stand."""

    draft: Draft
    origin: Origin
    key: IdempotencyKey | None = None
    credential: int | None = None


class Recorded(msgspec.Struct, frozen=True):
    """What became of an accepted draft, and the catalogs it was recorded under.

    `replayed` names the voucher an earlier request with the same key made instead; `value` is then None.
    """

    value: Any
    catalog: Catalog
    replayed: UUID | None = None
    differs: bool = False


Outcome = Recorded | Exception


class _Pending(msgspec.Struct, frozen=True):
    """A voucher in the batch that waits for its number."""

    ordinal: int
    value: Invoice | Journal | RecordedEntry


async def record_drafts(
    transaction: Transaction, submissions: Sequence[Submission], now: datetime
) -> list[Outcome]:
    """Record the drafts; one outcome for each, in their order.

    Raises `Rejected` when the database refuses what was checked before (a period just locked, a number
    just taken), and the driver's errors; the transaction is then of no more use.
    """
    exclusive = any(_kind_of_run(submission.draft) != "vouchers" for submission in submissions)
    catalog = await load_catalog(transaction)
    outcomes: list[Outcome] = []
    for run in _runs_of(submissions, catalog):
        outcomes += await _record_run(transaction, run, now, exclusive)
    return outcomes


async def check(
    database: Database, company: str | int, draft: Draft, now: datetime
) -> list[Problem]:
    """Everything the books have against a draft, without recording it."""
    async with database.read(company) as transaction:
        books = await load_books(transaction, _needs_of([draft]), now, for_writing=False)
        match draft:
            case InvoiceDraft():
                return validate_invoice(draft, books)
            case JournalDraft():
                return validate_journal(draft, books)
            case EntryDraft():
                return validate_entry(draft, books)
            case SaveThirdParty():
                return await validate_third_party_save(draft, books, transaction)
            case SaveProduct():
                return await validate_product_save(draft, books, transaction)
            case _:
                return []


async def find_recorded(
    database: Database, company: str | int, key: IdempotencyKey
) -> Recorded | None:
    """What an earlier request with this key recorded, or None; for a body that is not worth recording."""
    async with database.read(company) as transaction:
        replay = await find_replay(transaction, key.name)
        return _replayed(replay, key, await load_catalog(transaction)) if replay else None


def _runs_of(submissions: Sequence[Submission], catalog: Catalog) -> list[list[Submission]]:
    """The drafts cut into runs, each of which reads the books anew.

    A draft that changes what others name stands alone, removals are among themselves, and a draft that
    names a due begins a run when an invoice before it, whose number is not known yet, may open it.
    """
    runs: list[list[Submission]] = []
    opened: set[str] = set()
    last = None
    for submission in submissions:
        draft = submission.draft
        kind = _kind_of_run(draft)
        pays = opened and opened & {due.prefix for due in _needs_of([draft]).dues}
        if kind != last or kind == "alone" or pays:
            runs.append([])
            opened = set()
        runs[-1].append(submission)
        last = kind
        if isinstance(draft, InvoiceDraft) and draft.voucher_type in catalog.voucher_types:
            opened.add(catalog.voucher_types[draft.voucher_type].due_prefix)
    return runs


def _kind_of_run(draft: Draft) -> Literal["vouchers", "removals", "alone"]:
    """With what a draft may be folded: alone, when it changes what lines of other vouchers may name."""
    match draft:
        case SaveThirdParty(guid=guid) | SaveProduct(guid=guid):
            return "vouchers" if guid is None else "alone"
        case DeleteThirdParty() | DeleteProduct() | ChangeLock() | CloseYear():
            return "alone"
        case RemoveVoucher():
            return "removals"
        case InvoiceDraft() | JournalDraft() | EntryDraft():
            return "vouchers"


def _needs_of(drafts: Sequence[Draft]) -> Needs:
    """Everything a set of drafts names."""
    needs = Needs()
    for draft in drafts:
        match draft:
            case InvoiceDraft():
                needs_of_invoice(draft, needs)
            case JournalDraft():
                needs_of_journal(draft, needs)
            case EntryDraft():
                needs_of_entry(draft, needs)
    return needs


async def _record_run(
    transaction: Transaction, run: Sequence[Submission], now: datetime, exclusive: bool
) -> list[Outcome]:
    needs = _needs_of([submission.draft for submission in run])
    for submission in run:
        if submission.key:
            needs.keys.setdefault(submission.key.name, submission.key)
        if submission.credential is not None:
            needs.credentials.add(submission.credential)
    books = await load_books(transaction, needs, now, exclusive=exclusive)
    removals = await load_removals(
        transaction, [s.draft.id for s in run if isinstance(s.draft, RemoveVoucher)]
    )
    outcomes = [await _fold(submission, books, removals, transaction) for submission in run]
    if refused := needs.keys.keys() - books.replays.keys():
        await release_keys(transaction, refused)
    return await _write(transaction, books, outcomes)


async def _fold(
    submission: Submission, books: Books, removals: Removals, transaction: Transaction
) -> Outcome | _Pending:
    """Record one draft over the books, unless its key says that this was done before."""
    draft, origin, key = submission.draft, submission.origin, submission.key
    if submission.credential is not None and submission.credential not in books.credentials:
        return CompanyUnknown("credential revoked")
    if key and (replay := books.replays.get(key.name)):
        return _replayed(replay, key, books.catalog)
    answer = Key(operation=key.operation, key=key.key, voucher=-1) if key else None
    try:
        match draft:
            case InvoiceDraft():
                pending = _Pending(*record_invoice(draft, books, origin, answer))
            case JournalDraft():
                pending = _Pending(*record_journal(draft, books, origin, answer))
            case EntryDraft():
                pending = _Pending(*record_entry(draft, books, origin, answer))
            case RemoveVoucher():
                return Recorded(remove_voucher(draft, removals, books, origin), books.catalog)
            case _:
                return Recorded(await _change(draft, books, transaction, origin), books.catalog)
    except Rejected as rejected:
        return rejected
    if key:
        books.replays[key.name] = Replay(pending.value.id, key.request_sha256)
    return pending


def _replayed(replay: Replay, key: IdempotencyKey, catalog: Catalog) -> Recorded:
    return Recorded(None, catalog, replay.voucher, replay.request_sha256 != key.request_sha256)


async def _change(
    draft: SaveThirdParty | DeleteThirdParty | SaveProduct | DeleteProduct | ChangeLock | CloseYear,
    books: Books,
    transaction: Transaction,
    origin: Origin,
) -> Any:
    """Record a draft that is no voucher; these write at once. Raises `Rejected`."""
    match draft:
        case SaveThirdParty():
            return await save_third_party(draft, books, transaction, origin)
        case DeleteThirdParty():
            return await remove_third_party(draft, books, transaction, origin)
        case SaveProduct():
            return await save_product(draft, books, transaction, origin)
        case DeleteProduct():
            return await remove_product(draft, books, transaction, origin)
        case ChangeLock():
            return await change_lock(draft, books, transaction, origin)
        case CloseYear():
            return await close_year(draft, books, transaction, origin)


async def _write(
    transaction: Transaction, books: Books, outcomes: Sequence[Outcome | _Pending]
) -> list[Outcome]:
    """Write what the folding collected and give every voucher its number."""
    if books.new_parties:
        await insert_third_parties(transaction, books.new_parties, books.now)
    posted = []
    if books.batch.vouchers or books.batch.events:  # whatever is closed has an event
        posted = await post(transaction, books.batch)
    finished: list[Outcome] = []
    for outcome in outcomes:
        match outcome:
            case _Pending(ordinal, Invoice() as invoice):
                finished.append(Recorded(finish_invoice(invoice, posted[ordinal]), books.catalog))
            case _Pending(ordinal, Journal() as journal):
                finished.append(Recorded(finish_journal(journal, posted[ordinal]), books.catalog))
            case _Pending(_, RecordedEntry() as entry):
                finished.append(Recorded(entry, books.catalog))
            case Recorded() | Exception():
                finished.append(outcome)
    return finished
