"""The part of a company's books that some drafts touch, held in memory while they are recorded.

`load_books` reads, and where needed locks, everything a set of drafts names; the drafts are then
folded over it in order, so that the second sees what the first did: its customer, its payment, its
stock. What they add collects in a batch that one `post` writes. Folding is plain computation.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cuadra.catalog.numbering import list_next_numbers
from cuadra.catalog.products import StoredProduct, find_products_by_code
from cuadra.catalog.records import ThirdParty
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.third_parties import PartyName, PartyReference, find_party_references
from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction
from cuadra.ledger.posting import Batch, Event, Key
from cuadra.ledger.vouchers import Voucher
from cuadra.trade.settings import TradeSettings
from cuadra.trade.totals import EXACT

_ZONES = {"CO": ZoneInfo("America/Bogota"), "AR": ZoneInfo("America/Argentina/Buenos_Aires")}
_UTC = ZoneInfo("UTC")


def local_day(country: str, now: datetime) -> date:
    """What day it is in a country: documents are dated there, whatever the server's zone.

    >>> local_day("CO", datetime(2027, 1, 1, 4, 59, tzinfo=_UTC))
    datetime.date(2026, 12, 31)
    """
    return now.astimezone(_ZONES.get(country, _UTC)).date()


class DueName(NamedTuple):
    """The name people pay a due by, with the account and third party it stands on."""

    account: str
    party: PartyName
    prefix: str
    consecutive: int
    quote: int


class OpenDue(msgspec.Struct):
    """A due while drafts are folded: its balance moves as they pay it."""

    id: UUID
    date: date
    balance: Decimal


class StockCell(msgspec.Struct):
    """A product in one warehouse while drafts are folded."""

    quantity: Decimal
    value: Decimal


class Origin(msgspec.Struct, frozen=True):
    """Who asks, through which dialect, in which request: what the audit trail keeps."""

    actor: str
    dialect: str
    request_id: str = ""


class Needs(msgspec.Struct):
    """What a set of drafts names, to be loaded at once."""

    parties: set[PartyName] = msgspec.field(default_factory=set)
    products: set[str] = msgspec.field(default_factory=set)
    dues: set[DueName] = msgspec.field(default_factory=set)
    new_parties: int = 0
    replaces: bool = False  # a draft changes or removes what lines of other vouchers may name


class Books:
    """The loaded part of the books, what drafts have added to it so far, and the batch to post."""

    def __init__(self, catalog: Catalog, now: datetime) -> None:
        self.catalog = catalog
        self.settings = msgspec.convert(catalog.settings.get("trade", {}), TradeSettings)
        self.now = now
        self.today = local_day(catalog.company.country, now)
        self.parties: dict[PartyName, PartyReference] = {}
        self.products: dict[str, StoredProduct] = {}
        self.stock: dict[tuple[int, int], StockCell] = {}
        self.dues: dict[DueName, OpenDue] = {}
        self.locked_periods: dict[int, str] = {}
        self.next_numbers: dict[int, int] = {}  # of voucher types; only where a draft names dues
        self.free_party_ids: list[int] = []
        self.new_parties: list[ThirdParty] = []
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

    def add_voucher(self, voucher: Voucher, origin: Origin, key: Key | None = None) -> int:
        """Add a voucher to the batch, with its event and key; returns its position there."""
        ordinal = len(self.batch.vouchers)
        self.batch.vouchers.append(voucher)
        self.add_event("voucher.posted", "", origin, voucher=ordinal)
        if key is not None:
            key.voucher = ordinal
            self.batch.keys.append(key)
        return ordinal

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


async def load_books(
    transaction: Transaction, needs: Needs, now: datetime, *, lock: bool = True
) -> Books:
    """Read what the drafts name. With `lock`, all of it stays as read until the transaction ends."""
    books = Books(await load_catalog(transaction), now)
    if lock:
        await _keep_out(transaction, exclusive=needs.replaces)
    books.parties = await find_party_references(transaction, needs.parties)
    books.products = await find_products_by_code(transaction, needs.products)
    company = transaction.company.id
    rows = await transaction.rows(
        "SELECT period, lock FROM books.period WHERE company_id = %(company)s", company=company
    )
    books.locked_periods = dict(rows)
    if needs.dues:
        books.next_numbers = await list_next_numbers(transaction)
        await _load_dues(transaction, books, needs.dues, lock)
    kept = sorted(p.id for p in books.products.values() if p.stock_control)
    if kept:
        await _load_stock(transaction, books, kept, lock)
    if needs.new_parties:
        row = await transaction.row(
            "SELECT books.take_ids(%(company)s, 'third_party', %(count)s)",
            company=company,
            count=needs.new_parties,
        )
        assert row is not None
        books.free_party_ids = list(range(row[0], row[0] + needs.new_parties))
    return books


async def _keep_out(transaction: Transaction, *, exclusive: bool) -> None:
    """Keep postings and changes of what they name apart; neither sees the other half done.

    It is the lock that `books.post()` shares and `books.lock_period()` takes alone: only held earlier,
    before third parties and products are read.
    """
    await transaction.execute(
        f"SELECT pg_advisory_xact_lock{'' if exclusive else '_shared'}(7001, %(company)s)",
        company=transaction.company.id,
    )


async def _load_dues(
    transaction: Transaction, books: Books, names: Iterable[DueName], lock: bool
) -> None:
    wanted = {}
    for name in names:
        account, party = books.catalog.accounts.get(name.account), books.parties.get(name.party)
        if account and party:
            wanted[account.id, party.id, name.prefix, name.consecutive, name.quote] = name
    if lock:
        await _lock_names(transaction, "due", wanted)
    members = ("account", "third_party", "prefix", "consecutive", "quote")
    source = (
        "books.lock_dues(%(company)s, %(names)s::jsonb)"
        if lock
        else (
            "books.due d JOIN jsonb_to_recordset(%(names)s::jsonb) AS n (account integer, third_party integer,"
            " prefix text, consecutive bigint, quote smallint) ON d.account_id = n.account"
            " AND d.third_party_id = n.third_party AND d.prefix = n.prefix AND d.consecutive = n.consecutive"
            " AND d.quote = n.quote AND d.company_id = %(company)s"
        )
    )
    rows = await transaction.rows(
        "SELECT account_id, third_party_id, d.prefix, d.consecutive, d.quote, id, date, balance"
        f" FROM {source}{' d' if lock else ''}",
        company=transaction.company.id,
        names=msgspec.json.encode(
            [dict(zip(members, key, strict=True)) for key in wanted]
        ).decode(),
    )
    books.dues = {wanted[row[:5]]: OpenDue(*row[5:]) for row in rows}


async def _lock_names(transaction: Transaction, subject: str, names: Iterable[object]) -> None:
    """Let one transaction at a time make what has no row yet; the others then find it there.

    A due opened by name, a product's first stock in a warehouse: as there is no row to lock, the
    names are, in the order of their hashes. Two names of one hash only wait for each other.
    """
    await transaction.execute(
        "SELECT pg_advisory_xact_lock(7002, hash) FROM"
        " (SELECT DISTINCT hashtext(name) AS hash FROM unnest(%(names)s::text[]) AS n (name)"
        "   ORDER BY hash) AS hashes",
        names=[repr((transaction.company.id, subject, name)) for name in names],
    )


async def _load_stock(
    transaction: Transaction, books: Books, products: list[int], lock: bool
) -> None:
    if lock:
        await _lock_names(transaction, "product", products)
    source = (
        "books.lock_stock(%(company)s, %(products)s)"
        if lock
        else "books.stock WHERE company_id = %(company)s AND product_id = ANY (%(products)s)"
    )
    rows = await transaction.rows(
        f"SELECT product_id, warehouse_id, quantity, value FROM {source}",
        company=transaction.company.id,
        products=products,
    )
    books.stock = {(row[0], row[1]): StockCell(row[2], row[3]) for row in rows}
