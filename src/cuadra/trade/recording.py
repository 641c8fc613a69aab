"""Drafts of every kind, recorded in order in a transaction somebody else opened.

What the drafts name is loaded (and locked), they are folded in order over that, and everything is
written with one `post`. A refused draft does not disturb its neighbours. Drafts that must find in the
database what the ones before them did are recorded after those, in the same transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from cuadra.catalog.records import ProductKind, VoucherKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.store import insert_third_parties
from cuadra.database.pool import CompanyUnknown, Database, Transaction
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key, post
from cuadra.ledger.vouchers import Posted
from cuadra.trade.books import Books, Needs, Origin, load_books
from cuadra.trade.catalog_changes import (
    DeleteProduct,
    DeleteThirdParty,
    SaveAccountGroup,
    SaveProduct,
    SaveThirdParty,
    remove_product,
    remove_third_party,
    save_account_group,
    save_product,
    save_third_party,
    validate_account_group_save,
    validate_product_save,
    validate_third_party_save,
)
from cuadra.trade.credit_notes import (
    needs_of_credit_note,
    record_credit_note,
    validate_credit_note,
)
from cuadra.trade.documents import (
    CreditNoteDraft,
    Document,
    InvoiceDraft,
    OfferDraft,
    PurchaseDraft,
)
from cuadra.trade.entries import (
    EntryDraft,
    RecordedEntry,
    needs_of_entry,
    record_entry,
    validate_entry,
)
from cuadra.trade.idempotency import (
    BeginRequest,
    IdempotencyKey,
    Replay,
    begin_request,
    find_begun,
    find_replay,
    release_keys,
)
from cuadra.trade.invoices import needs_of_invoice, record_invoice, validate_invoice
from cuadra.trade.journals import (
    Journal,
    JournalDraft,
    needs_of_journal,
    record_journal,
    validate_journal,
)
from cuadra.trade.offers import needs_of_offer, record_offer, validate_offer
from cuadra.trade.periods import ChangeLock, CloseYear, change_lock, close_year
from cuadra.trade.purchases import needs_of_purchase, record_purchase, validate_purchase
from cuadra.trade.receipts import (
    ReceiptDraft,
    needs_of_receipt,
    record_receipt,
    validate_receipt,
)
from cuadra.trade.versions import (
    AnnulVoucher,
    LiveVouchers,
    RemoveVoucher,
    annul_voucher,
    begin_edit,
    edit_voucher,
    load_live,
    remove_voucher,
)

VoucherDraft = (
    InvoiceDraft
    | CreditNoteDraft
    | OfferDraft
    | PurchaseDraft
    | ReceiptDraft
    | JournalDraft
    | EntryDraft
)
EditableDraft = (
    InvoiceDraft | CreditNoteDraft | OfferDraft | PurchaseDraft | ReceiptDraft | EntryDraft
)
CatalogDraft = (
    SaveThirdParty
    | DeleteThirdParty
    | SaveProduct
    | DeleteProduct
    | SaveAccountGroup
    | ChangeLock
    | CloseYear
)


class EditVoucher(msgspec.Struct, kw_only=True):
    """Record a draft as the next version of a voucher of one of these kinds."""

    id: UUID
    kinds: tuple[VoucherKind, ...]
    draft: EditableDraft


Draft = VoucherDraft | CatalogDraft | RemoveVoucher | AnnulVoucher | EditVoucher | BeginRequest


class _Recorder(NamedTuple):
    """What a kind of voucher draft names, what is wrong with it, and how it is folded into the books."""

    needs: Callable[[Any, Needs], None]
    validate: Callable[[Any, Books], list[Problem]]
    record: Callable[[Any, Books, Origin, Key | None], tuple[int, Any]]


_RECORDERS: dict[type, _Recorder] = {
    InvoiceDraft: _Recorder(needs_of_invoice, validate_invoice, record_invoice),
    CreditNoteDraft: _Recorder(needs_of_credit_note, validate_credit_note, record_credit_note),
    OfferDraft: _Recorder(needs_of_offer, validate_offer, record_offer),
    PurchaseDraft: _Recorder(needs_of_purchase, validate_purchase, record_purchase),
    ReceiptDraft: _Recorder(needs_of_receipt, validate_receipt, record_receipt),
    JournalDraft: _Recorder(needs_of_journal, validate_journal, record_journal),
    EntryDraft: _Recorder(needs_of_entry, validate_entry, record_entry),
}


class Submission(msgspec.Struct, kw_only=True):
    """A draft with who asks for it, the client's own key, and the credential that has to stand."""

    draft: Draft
    origin: Origin
    key: IdempotencyKey | None = None
    credential: int | None = None


class Recorded(msgspec.Struct, frozen=True):
    """What became of an accepted draft, and the catalogs it was recorded under.

    `replayed` names the voucher an earlier request with the same key made instead; `value` is then None.
    `serial` is the small id of the voucher that was recorded.
    """

    value: Any
    catalog: Catalog
    replayed: UUID | None = None
    differs: bool = False
    serial: int | None = None


Outcome = Recorded | Exception
SUPERSEDED = Problem("superseded", "id", "the request was begun again and goes on there")


class _Pending(msgspec.Struct, frozen=True):
    """A voucher in the batch that waits for its number."""

    ordinal: int
    value: Document[Any] | Journal | RecordedEntry


async def record_drafts(
    transaction: Transaction, submissions: Sequence[Submission], now: datetime
) -> list[Outcome]:
    """Record the drafts; one outcome for each, in their order.

    Raises `Rejected` when the database refuses what was checked before (a period just locked, a number
    just taken), and the driver's errors; the transaction is then of no more use.
    """
    exclusive = any(_kind_of_run(submission.draft) != "vouchers" for submission in submissions)
    outcomes: list[Outcome] = []
    for run in _runs_of(submissions):
        recorded = 0
        while recorded < len(run):
            part = await _record_run(transaction, run[recorded:], now, exclusive)
            if _is_annulled(run[recorded].draft):  # which stands alone
                await _annul_at_once(transaction, run[recorded], part[0], now)
            recorded += len(part)
            outcomes += part
    return outcomes


def _is_annulled(draft: Draft) -> bool:
    """Whether a draft is of a voucher that is annulled as soon as it is recorded."""
    named = draft.draft if isinstance(draft, EditVoucher) else draft
    return isinstance(named, EntryDraft | InvoiceDraft | OfferDraft) and named.annulled


async def _annul_at_once(
    transaction: Transaction, submission: Submission, outcome: Outcome, now: datetime
) -> None:
    """Annul what was just recorded, in the same transaction: all of it, or nothing. Raises `Rejected`."""
    if not isinstance(outcome, Recorded) or outcome.replayed is not None:
        return
    annulment = Submission(
        draft=AnnulVoucher(id=outcome.value.id, kinds=()), origin=submission.origin
    )
    annulled = (await _record_run(transaction, [annulment], now, exclusive=True))[0]
    if isinstance(annulled, Exception):
        raise annulled


async def check(
    database: Database, company: str | int, draft: Draft, now: datetime
) -> list[Problem]:
    """Everything the books have against a draft, without recording it."""
    async with database.read(company) as transaction:
        books = await load_books(transaction, _needs_of([draft]), now, for_writing=False)
        match draft:
            case SaveThirdParty():
                return await validate_third_party_save(draft, books, transaction)
            case SaveProduct():
                return await validate_product_save(draft, books, transaction)
            case SaveAccountGroup():
                return validate_account_group_save(draft, books)
            case EditVoucher(draft=inner):
                live = await load_live(transaction, [draft.id])
                if voucher := live.find(draft.id, draft.kinds):
                    begin_edit(voucher, books)
                return _RECORDERS[type(inner)].validate(inner, books)
        recorder = _RECORDERS.get(type(draft))
        return recorder.validate(draft, books) if recorder else []


async def find_recorded(
    database: Database, company: str | int, key: IdempotencyKey
) -> Recorded | None:
    """What an earlier request with this key recorded, or None; for a body that is not worth recording."""
    async with database.read(company) as transaction:
        replay = await find_replay(transaction, key.name)
        return _replayed(replay, key, await load_catalog(transaction)) if replay else None


def _runs_of(submissions: Sequence[Submission]) -> list[list[Submission]]:
    """The drafts cut into runs, each of which reads the books anew.

    A draft that changes what others name stands alone, and removals are among themselves.
    """
    runs: list[list[Submission]] = []
    last = None
    for submission in submissions:
        kind = _kind_of_run(submission.draft)
        if kind != last or kind == "alone":
            runs.append([])
        runs[-1].append(submission)
        last = kind
    return runs


def _kind_of_run(draft: Draft) -> Literal["vouchers", "removals", "alone"]:
    """With what a draft may be folded: alone, when it changes what lines of other vouchers may name.

    So does who begins a request: what of it is under way must be there, or not come.
    """
    match draft:
        case SaveProduct(product=product) if product.kind is ProductKind.COMBO:
            return "alone"  # who sells it next has to load what it holds
        case SaveThirdParty(guid=guid) | SaveProduct(guid=guid):
            return "vouchers" if guid is None else "alone"
        case RemoveVoucher():
            return "removals"
        case EntryDraft() | InvoiceDraft() | OfferDraft() if draft.annulled:
            return "alone"
    return "vouchers" if type(draft) in _RECORDERS else "alone"


def _needs_of(drafts: Sequence[Draft]) -> Needs:
    """Everything a set of drafts names."""
    needs = Needs()
    for draft in drafts:
        named = draft.draft if isinstance(draft, EditVoucher) else draft
        if isinstance(draft, EditVoucher):
            needs.documents.add(draft.id)  # with its dues, though nothing may be left of them
        if recorder := _RECORDERS.get(type(named)):
            recorder.needs(named, needs)
    return needs


async def _record_run(
    transaction: Transaction, run: Sequence[Submission], now: datetime, exclusive: bool
) -> list[Outcome]:
    """Record the drafts of a run, or those before the first that must find these in the database."""
    needs = _needs_of([submission.draft for submission in run])
    for submission in run:
        if submission.key:
            needs.keys.setdefault(submission.key.name, submission.key)
        if submission.credential is not None:
            needs.credentials.add(submission.credential)
    books = await load_books(transaction, needs, now, exclusive=exclusive)
    changed = (RemoveVoucher, AnnulVoucher, EditVoucher)
    live = await load_live(transaction, [s.draft.id for s in run if isinstance(s.draft, changed)])
    begun = await find_begun(transaction, {s.origin.part.request for s in run if s.origin.part})
    outcomes: list[Outcome | _Pending] = []
    for submission in run:
        if outcomes and _must_wait(submission.draft, books):
            break
        part = submission.origin.part
        if part is not None and begun.get(part.request) != part.begun:
            outcomes.append(Rejected([SUPERSEDED]))
            continue
        outcomes.append(await _fold(submission, books, live, transaction))
    if refused := needs.keys.keys() - books.replays.keys():
        await release_keys(transaction, refused)
    return await _write(transaction, books, outcomes)


def _must_wait(draft: Draft, books: Books) -> bool:
    """Whether a due it uses may be opened by a voucher of this run, whose number is not known yet."""
    if not books.batch.vouchers or not (books.first_numbers or books.advances):
        return False
    needs = _needs_of([draft])
    return bool(needs.advances) or books.waits_for([*needs.dues, *needs.unplaced_dues])


async def _fold(
    submission: Submission, books: Books, live: LiveVouchers, transaction: Transaction
) -> Outcome | _Pending:
    """Record one draft over the books, unless its key says that this was done before."""
    draft, origin, key = submission.draft, submission.origin, submission.key
    if submission.credential is not None and submission.credential not in books.credentials:
        return CompanyUnknown("credential revoked")
    if key and (replay := books.replays.get(key.name)):
        return _replayed(replay, key, books.catalog)
    try:
        match draft:
            case RemoveVoucher():
                return Recorded(remove_voucher(draft, live, books, origin), books.catalog)
            case AnnulVoucher():
                return Recorded(annul_voucher(draft, live, books, origin), books.catalog)
            case EditVoucher():
                return _Pending(*_edit(draft, live, books, origin))
            case BeginRequest():
                found = await begin_request(transaction, draft, books.now)
                return Recorded(found, books.catalog)
        if isinstance(draft, CatalogDraft):
            return Recorded(await _change(draft, books, transaction, origin), books.catalog)
        answer = Key(operation=key.operation, key=key.key, voucher=-1) if key else None
        pending = _Pending(*_RECORDERS[type(draft)].record(draft, books, origin, answer))
    except Rejected as rejected:
        return rejected
    if key:
        books.replays[key.name] = Replay(pending.value.id, key.request_sha256)
    return pending


def _edit(draft: EditVoucher, live: LiveVouchers, books: Books, origin: Origin) -> tuple[int, Any]:
    """The next version of a voucher. Like the vendors, it is told what is wrong with it before who it is."""
    recorder = _RECORDERS[type(draft.draft)]
    voucher = live.find(draft.id, draft.kinds)
    if voucher is None:
        missing = Problem("not_found", "id", "there is no such voucher in this company")
        raise Rejected(recorder.validate(draft.draft, books) or [missing])
    try:
        return edit_voucher(
            draft.draft, voucher, live, books, recorder.validate, recorder.record, origin
        )
    except Rejected:
        books.discard()
        raise


def _replayed(replay: Replay, key: IdempotencyKey, catalog: Catalog) -> Recorded:
    return Recorded(None, catalog, replay.voucher, replay.request_sha256 != key.request_sha256)


async def _change(
    draft: CatalogDraft,
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
        case SaveAccountGroup():
            return await save_account_group(draft, books, transaction, origin)
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
    posted: list[Posted] = []
    if books.batch.vouchers or books.batch.events:  # whatever is closed has an event
        posted = await post(transaction, books.batch)
    return [
        _numbered(outcome.value, posted[outcome.ordinal], books.catalog)
        if isinstance(outcome, _Pending)
        else outcome
        for outcome in outcomes
    ]


def _numbered(value: Any, posted: Posted, catalog: Catalog) -> Recorded:
    """A recorded voucher with the number and the serial it got."""
    numbered = msgspec.structs.replace(value, number=posted.number)
    return Recorded(numbered, catalog, serial=posted.serial)
