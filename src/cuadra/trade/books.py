"""The part of a company's books that some drafts touch, held in memory while they are recorded.

`load_books` reads, and where needed locks, everything a set of drafts names, in one query; the drafts
are then folded over it in order, so that the second sees what the first did: its customer, its
payment, its stock, its idempotency key. What they add collects in a batch that one `post` writes.
Folding is plain computation.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import AccountGroup, DueKind, ThirdParty, VoucherKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction
from cuadra.ledger.posting import Batch, Event, Key
from cuadra.ledger.vouchers import Voucher
from cuadra.trade.idempotency import IdempotencyKey, KeyName, Replay, RequestPart
from cuadra.trade.settings import TradeSettings
from cuadra.trade.totals import EXACT

_ZONES = {"CO": ZoneInfo("America/Bogota"), "AR": ZoneInfo("America/Argentina/Buenos_Aires")}
_UTC = ZoneInfo("UTC")
# The kinds of vouchers that may open a due named after themselves.
_OPENING = (
    VoucherKind.SALES_INVOICE,
    VoucherKind.CREDIT_NOTE,
    VoucherKind.DEBIT_NOTE,
    VoucherKind.CASH_RECEIPT,
    VoucherKind.PAYMENT_RECEIPT,
)


def zone_of(country: str) -> ZoneInfo:
    """The zone whose days a country counts."""
    return _ZONES.get(country, _UTC)


def local_day(country: str, now: datetime) -> date:
    """What day it is in a country: documents are dated there, whatever the server's zone.

    >>> local_day("CO", datetime(2027, 1, 1, 4, 59, tzinfo=_UTC))
    datetime.date(2026, 12, 31)
    """
    return local_time(country, now).date()


def local_time(country: str, now: datetime) -> datetime:
    """What the clocks of a country show."""
    return now.astimezone(zone_of(country))


class DueName(NamedTuple):
    """The name people pay a due by, with the account and third party it stands on."""

    account: str
    party: PartyName
    prefix: str
    consecutive: int
    quote: int


class VoucherNumber(NamedTuple):
    """A number of a voucher type, which at most one live voucher has."""

    voucher_type: int
    number: int


class UnplacedDue(NamedTuple):
    """A due by what papers say of it: nobody names its account, only who owes whom."""

    kind: DueKind
    party: PartyName
    prefix: str
    consecutive: int
    quote: int


class OpenDue(msgspec.Struct):
    """A due while drafts are folded: its balance, debit positive, moves as they pay it.

    `currency` and `exchange_rate` are what it was agreed in, where that is foreign.
    """

    id: UUID
    date: date
    balance: Decimal
    currency: str | None = None
    exchange_rate: Decimal | None = None


class KnownDocument(msgspec.Struct):
    """A live document that drafts name, as far as it matters to them.

    `dues` are those its lines moved; `about` the contents of the live vouchers that correct it. Both
    contents are as stored; who asks knows their types.
    """

    id: UUID
    kind: VoucherKind
    voucher_type: int
    number: int
    date: date
    party: PartyReference | None
    cost_centre: int | None
    currency: str
    exchange_rate: Decimal | None
    total: Decimal
    annulled: bool
    content: msgspec.Raw
    dues: list[UUID]
    about: list[msgspec.Raw]


class Editing(msgspec.Struct, frozen=True):
    """The voucher whose next version is being recorded."""

    id: UUID
    version: int
    number: int
    serial: int
    created_at: datetime


class StockCell(msgspec.Struct):
    """A product in one warehouse while drafts are folded."""

    quantity: Decimal
    value: Decimal


class Origin(msgspec.Struct, frozen=True):
    """Who asks, through which dialect, in which request: what the audit trail keeps."""

    actor: str
    dialect: str
    request_id: str = ""
    part: RequestPart | None = None


class Needs(msgspec.Struct):
    """What a set of drafts names, to be loaded at once."""

    parties: set[PartyName] = msgspec.field(default_factory=set)
    products: set[str] = msgspec.field(default_factory=set)
    documents: set[UUID] = msgspec.field(default_factory=set)
    dues: set[DueName] = msgspec.field(default_factory=set)
    unplaced_dues: set[UnplacedDue] = msgspec.field(default_factory=set)
    advances: set[PartyName] = msgspec.field(default_factory=set)  # customers', with something left
    external_numbers: set[tuple[PartyName, str]] = msgspec.field(default_factory=set)
    numbers: set[VoucherNumber] = msgspec.field(default_factory=set)
    new_parties: set[PartyName] = msgspec.field(default_factory=set)  # made unless they exist
    keys: dict[KeyName, IdempotencyKey] = msgspec.field(default_factory=dict)
    credentials: set[int] = msgspec.field(default_factory=set)


class Books:
    """The loaded part of the books, what drafts have added to it so far, and the batch to post."""

    def __init__(self, catalog: Catalog, now: datetime) -> None:
        self.catalog = catalog
        self.settings = _settings_of(catalog)
        self.now = now
        self.today = local_day(catalog.company.country, now)
        self.parties: dict[PartyName, PartyReference] = {}
        self.products: dict[str, StoredProduct] = {}
        self.products_by_id: dict[int, StoredProduct] = {}  # with the components of combos
        self.documents: dict[UUID, KnownDocument] = {}
        self.editing: Editing | None = None
        self.advances: set[PartyName] = set()  # of whom they were loaded
        self.stock: dict[tuple[int, int], StockCell] = {}
        self.dues: dict[DueName, OpenDue] = {}
        self._due_accounts: dict[DueKind, list[str]] = {}  # looked up when they are first asked for
        self.locked_periods: dict[int, str] = {}
        # Of voucher types, where drafts name dues or numbers: at first, and after what was folded.
        self.first_numbers: dict[int, int] = {}
        self.next_numbers: dict[int, int] = {}
        # Of those named, the ones taken, and by which voucher.
        self.external_numbers: dict[tuple[PartyName, str], UUID] = {}
        self.taken_numbers: set[VoucherNumber] = set()  # of those that drafts name
        self.free_party_ids: list[int] = []
        self.new_parties: list[ThirdParty] = []
        self.replays: dict[KeyName, Replay] = {}
        self.credentials: set[int] = set()  # those asked about that still stand
        self.batch = Batch(at=now)

    def add_party(self, party: ThirdParty) -> PartyReference:
        """Create a third party together with the document that names it."""
        reference = PartyReference(
            id=self.free_party_ids.pop(0),
            guid=new_id(),
            identification=party.identification,
            branch=party.branch,
            active=party.active,
            has_contacts=bool(party.contacts),
        )
        self.new_parties.append(
            msgspec.structs.replace(party, id=reference.id, guid=reference.guid)
        )
        self.parties[PartyName(party.identification, party.branch)] = reference
        return reference

    def account_group(self, product: int) -> AccountGroup:
        """The account group of a loaded product."""
        return self.catalog.account_groups[self.products_by_id[product].account_group]

    def add_voucher(self, voucher: Voucher, origin: Origin, key: Key | None = None) -> int:
        """Add a voucher to the batch, with its event and key; returns its position there.

        While another is being edited it becomes that one's next version.
        """
        ordinal = len(self.batch.vouchers)
        if self.editing is not None:
            voucher.id, voucher.version = self.editing.id, self.editing.version + 1
            voucher.number, voucher.serial = self.editing.number, self.editing.serial
            voucher.created_at = self.editing.created_at
            self.batch.vouchers.append(voucher)
            self.add_event("voucher.edited", "", origin, voucher=ordinal)
            return ordinal
        self.batch.vouchers.append(voucher)
        next_number = self.next_numbers.get(voucher.type)
        if next_number is not None:
            self.next_numbers[voucher.type] = max(next_number, (voucher.number or next_number) + 1)
        if voucher.number is not None:
            self.taken_numbers.add(VoucherNumber(voucher.type, voucher.number))
        chosen = {"number": "chosen"} if voucher.number is not None else None
        self.add_event("voucher.posted", "", origin, voucher=ordinal, detail=chosen)
        if key is not None:
            key.voucher = ordinal
            self.batch.keys.append(key)
        return ordinal

    def is_for_a_document(self, name: DueName) -> bool:
        """Whether a document that numbers itself will one day open this due; nobody else may then."""
        return any(
            name.consecutive >= self.next_numbers.get(voucher_type.id, 0)
            for voucher_type in self.catalog.voucher_types.values()
            if voucher_type.due_prefix == name.prefix
            and voucher_type.automatic_number
            and voucher_type.kind in _OPENING
        )

    def waits_for(self, names: Iterable[DueName | UnplacedDue]) -> bool:
        """Whether one of these dues may be opened by a voucher folded here, whose number is not known yet."""
        return any(
            self.first_numbers[voucher_type.id] <= name.consecutive < next_number
            for name in names
            for voucher_type in self.catalog.voucher_types.values()
            if voucher_type.due_prefix == name.prefix
            and (next_number := self.next_numbers.get(voucher_type.id, 0))
        )

    def find_due(self, wanted: UnplacedDue) -> tuple[DueName, OpenDue] | None:
        """The due papers speak of; where several accounts have one so named, one that is still owed."""
        names = (DueName(account, *wanted[1:]) for account in self._accounts_with(wanted.kind))
        found = [(name, self.dues[name]) for name in names if name in self.dues]
        return max(found, key=lambda pair: pair[1].balance != 0, default=None)

    def _accounts_with(self, kind: DueKind) -> list[str]:
        """The accounts that keep dues of a kind."""
        if kind not in self._due_accounts:
            accounts = self.catalog.accounts.values()
            self._due_accounts[kind] = [account.code for account in accounts if account.due is kind]
        return self._due_accounts[kind]

    def discard(self) -> None:
        """Forget what was to be written, for a draft that stands alone and turned out to be refused."""
        self.batch = Batch(at=self.now)
        self.new_parties = []

    def add_event(
        self,
        action: str,
        subject: str,
        origin: Origin,
        *,
        voucher: int | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Add a row to the audit trail of this batch."""
        if origin.part is not None:
            part = {"request": origin.part.request.key, "place": origin.part.place}
            detail = part | (detail or {})
        self.batch.events.append(
            Event(
                id=new_id(),
                actor=origin.actor,
                dialect=origin.dialect,
                request_id=origin.request_id,
                action=action,
                subject=subject,
                voucher=voucher,
                detail=detail,
            )
        )

    def take_stock(self, product: int, warehouse: int, quantity: Decimal) -> Decimal:
        """Take a quantity out of stock; returns its cost at the weighted average, two decimals.

        What it costs is `compute_cost`; the caller has checked that the books can hold it.
        """
        cost = self.compute_cost(product, quantity)
        self.add_stock(product, warehouse, -quantity, -cost)
        return cost

    def on_hand(self, product: int) -> StockCell:
        """A product in all warehouses together."""
        cells = [cell for (of, _), cell in self.stock.items() if of == product]
        return StockCell(
            sum((cell.quantity for cell in cells), Decimal(0)),
            sum((cell.value for cell in cells), Decimal(0)),
        )

    def compute_cost(self, product: int, quantity: Decimal) -> Decimal:
        """What a quantity would cost now.

        The average runs over all warehouses. Taking everything takes all the value, so that no cents
        stay behind; with nothing on hand, or a value that makes no sense, the cost is zero.
        """
        all_of_it = self.on_hand(product)
        if all_of_it.quantity == 0 or all_of_it.value / all_of_it.quantity < 0:
            return Decimal("0.00")
        if quantity == all_of_it.quantity:
            return all_of_it.value
        with localcontext(EXACT):
            return (all_of_it.value * quantity / all_of_it.quantity).quantize(Decimal("0.01"))

    def add_stock(self, product: int, warehouse: int, quantity: Decimal, value: Decimal) -> None:
        """Put a quantity and its value into a warehouse."""
        cell = self.stock.setdefault((product, warehouse), StockCell(Decimal(0), Decimal(0)))
        cell.quantity += quantity
        cell.value += value


def _settings_of(catalog: Catalog) -> TradeSettings:
    return msgspec.convert(catalog.settings.get("trade", {}), TradeSettings)


class _LoadedDue(msgspec.Struct):
    account: int
    identification: str
    branch: int
    prefix: str
    consecutive: int
    quote: int
    id: UUID
    date: date
    balance: Decimal
    currency: str | None
    exchange_rate: Decimal | None


class _LoadedPaper(msgspec.Struct):
    identification: str
    branch: int
    number: str
    voucher: UUID


class _LoadedStock(msgspec.Struct):
    product: int
    warehouse: int
    quantity: Decimal
    value: Decimal


class _LoadedReplay(msgspec.Struct):
    operation: str
    key: str
    voucher: UUID
    request_sha256: bytes


class _Loaded(msgspec.Struct):
    """What `books.load_books()` answers."""

    parties: list[PartyReference]
    documents: list[KnownDocument]
    products: list[StoredProduct]
    dues: list[_LoadedDue]
    external_numbers: list[_LoadedPaper]
    stock: list[_LoadedStock]
    next_numbers: dict[int, int]
    taken_numbers: list[VoucherNumber]
    first_party_id: int | None
    missing_parties: int
    credentials: list[int]
    replays: list[_LoadedReplay]
    locked_periods: dict[int, str]


_decoder = msgspec.json.Decoder(_Loaded)
_encoder = msgspec.json.Encoder()


async def load_books(
    transaction: Transaction,
    needs: Needs,
    now: datetime,
    *,
    for_writing: bool = True,
    exclusive: bool = False,
) -> Books:
    """Read what the drafts name, in one query.

    With `for_writing` all of it stays as read until the transaction ends, and the idempotency keys are
    claimed. `exclusive` keeps every other writer of the company out, for drafts that change what lines
    of other vouchers may name.
    """
    books = Books(await load_catalog(transaction), now)
    wanted = {"for_writing": for_writing, "exclusive": exclusive, "at": now}
    wanted |= _wanted(needs, books.catalog)
    row = await transaction.row(
        "SELECT books.load_books(%(company)s, %(needs)s::jsonb)::text",
        company=transaction.company.id,
        needs=_encoder.encode(wanted).decode(),
    )
    assert row is not None
    books.advances = needs.advances
    _fill(books, _decoder.decode(row[0]))
    return books


def _fill(books: Books, loaded: _Loaded) -> None:
    """Put what was loaded where drafts look for it."""
    books.parties = {PartyName(p.identification, p.branch): p for p in loaded.parties}
    books.documents = {document.id: document for document in loaded.documents}
    books.products = {product.code: product for product in loaded.products}
    books.products_by_id = {product.id: product for product in loaded.products}
    accounts = books.catalog.accounts_by_id
    books.dues = {
        DueName(
            accounts[d.account].code,
            PartyName(d.identification, d.branch),
            d.prefix,
            d.consecutive,
            d.quote,
        ): OpenDue(d.id, d.date, d.balance, d.currency, d.exchange_rate)
        for d in loaded.dues
    }
    books.external_numbers = {
        (PartyName(paper.identification, paper.branch), paper.number): paper.voucher
        for paper in loaded.external_numbers
    }
    books.stock = {(s.product, s.warehouse): StockCell(s.quantity, s.value) for s in loaded.stock}
    books.first_numbers, books.next_numbers = loaded.next_numbers, dict(loaded.next_numbers)
    books.taken_numbers = set(loaded.taken_numbers)
    books.locked_periods = loaded.locked_periods
    books.credentials = set(loaded.credentials)
    books.replays = {
        KeyName(r.operation, r.key): Replay(r.voucher, r.request_sha256) for r in loaded.replays
    }
    first = loaded.first_party_id or 0
    books.free_party_ids = list(range(first, first + loaded.missing_parties))


def _wanted(needs: Needs, catalog: Catalog) -> dict[str, Any]:
    """What drafts name, as `books.load_books()` reads it."""
    advances = catalog.accounts.get(_settings_of(catalog).accounts.customer_advances)
    return {
        "keys": [key._asdict() for key in needs.keys.values()],
        "parties": [name._asdict() for name in needs.parties],
        "documents": list(needs.documents),
        "products": list(needs.products),
        "dues": _wanted_dues(needs, catalog),
        "open_dues": [
            {"account": advances.id, **party._asdict()} for party in needs.advances if advances
        ],
        "external_numbers": [
            {**party._asdict(), "number": number} for party, number in needs.external_numbers
        ],
        "numbers": [number._asdict() for number in needs.numbers],
        "new_parties": [name._asdict() for name in needs.new_parties],
        "credentials": list(needs.credentials),
    }


def _wanted_dues(needs: Needs, catalog: Catalog) -> list[dict[str, Any]]:
    """The dues that drafts name, with their account or with what kind of account they are on."""
    wanted: list[dict[str, Any]] = [
        {**name._asdict(), **name.party._asdict(), "account": catalog.accounts[name.account].id}
        for name in needs.dues
        if name.account in catalog.accounts
    ]
    wanted += [
        {**name._asdict(), **name.party._asdict(), "account": None} for name in needs.unplaced_dues
    ]
    for due in wanted:
        del due["party"]
    return wanted
