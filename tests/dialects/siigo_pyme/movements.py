"""Movements written to and read from the demo company through their handlers, without the envelope."""

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry

from cuadra.database.pool import Database
from cuadra.dialects.siigo_pyme.handlers.movements import export_movements, import_movements
from cuadra.dialects.siigo_pyme.job import ExportReport, Job
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.ledger.verify import verify
from cuadra.trade.books import Origin
from cuadra.trade.group import Groups
from tests.demo import NOW

CUSTOMER, SUPPLIER = 209048401, 830123456
RECEIVABLE, PAYABLE, CASH, SALES, IVA, STOCK, COST, WITHHELD, CENTRED = (
    1305050100, 2205050100, 1105050100, 4135050100, 2408050100, 1435010100, 6135050100, 2365400100,
    5195950200,
)  # fmt: skip
Row = dict[str, Any]
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)


class Books:
    """The demo company, one job after another."""

    def __init__(self, database: Database, company: str, credential: int) -> None:
        self.database = database
        self.settings = PymeSettings()
        self.groups = Groups(database, lambda: NOW, CollectorRegistry())
        self.company = company
        self.credential = credential

    def job(self, params: dict[str, Any], now: datetime = NOW, digest: str = "") -> Job:
        """A signed-in call."""
        return Job(
            database=self.database,
            groups=self.groups,
            company=self.company,
            credential=self.credential,
            origin=Origin("tests", "siigo_pyme"),
            settings=self.settings,
            now=now,
            params=params,
            digest=digest,
        )

    async def export(self, rows: Iterable[Row], digest: str = "", **params: Any) -> ExportReport:
        """Write rows, as they come from JSON; those of one digest are of one request."""
        return await export_movements(self.job(params, digest=digest), as_sent(rows))

    async def written(self, rows: Iterable[Row], **params: Any) -> ExportReport:
        """Write rows of which none may be refused."""
        report = await self.export(rows, **params)
        assert report.errors == [], report.errors[:5]
        return report

    async def read(self, **params: Any) -> list[Row]:
        """The rows of an import, as a client gets them."""
        async with aclosing(import_movements(self.job(params))) as rows:
            return as_received([row async for row in rows])

    async def wrong(self) -> list[Any]:
        """What the program's own verification finds."""
        async with self.database.read(self.company) as transaction:
            return await verify(transaction, lambda *_: None)


async def as_sent(rows: Iterable[Row]) -> AsyncIterator[Any]:
    """Rows as they come from JSON."""
    for row in _decoder.decode(_encoder.encode(list(rows))):
        yield row


def as_received(rows: list[Row]) -> list[Row]:
    """Rows as a client gets them."""
    decoded: list[Row] = _decoder.decode(_encoder.encode(rows))
    return decoded


@asynccontextmanager
async def opened(url: str, company: str = "demo") -> AsyncIterator[Books]:
    """The books of a company in a database."""
    database = Database(url)
    await database.open()
    try:
        async with database.control() as transaction:
            row = await transaction.row(
                "SELECT id FROM control.credential WHERE company_name = %(name)s AND dialect = 'siigo_pyme'",
                name=company,
            )
        assert row is not None
        books = Books(database, company, row[0])
        yield books
        await books.groups.drain()
        assert await books.wrong() == []
    finally:
        await database.close()


def row(account: int, value: Any, **members: Any) -> Row:
    """One row of a journal L-1; the value signed, debit positive."""
    amount = Decimal(str(value))
    return {
        "voucher_type": "L",
        "voucher_code": 1,
        "accounting_account": account,
        "debit_or_credit": "C" if amount < 0 else "D",
        "sequence_value": abs(amount),
        "document_year": 2026,
        "document_month": 11,
        "document_day": 20,
    } | members


def voucher(*rows: Row, **members: Any) -> list[Row]:
    """The rows of one voucher, with their sequences."""
    return [{"sequence": place} | one | members for place, one in enumerate(rows, 1)]


def codes(report: ExportReport) -> list[tuple[int | None, str, str]]:
    """Row, field and code of everything refused."""
    return [(error.row, error.field, error.code) for error in report.errors]


def sent(back: Row, like: Row) -> Row:
    """Of a row that was read, the fields that another one has."""
    return {name: back[name] for name in like}
