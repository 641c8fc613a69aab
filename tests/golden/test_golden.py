"""Documents in, ledger lines and taxes out: every pair of files of this folder.

`documents/NAME.json` is a draft of an invoice, a purchase, a receipt, a journal or credit notes, `ledger/NAME.json`
what it becomes in the books of the demo company. `pytest tests/golden --update` writes the second anew; read the
difference before you commit it.
"""

import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.rows import dict_row

from cuadra.catalog.records import VoucherKind
from cuadra.database.pool import Database
from cuadra.trade.books import Origin
from cuadra.trade.documents import (
    CreditNoteDraft,
    Document,
    InvoiceDraft,
    ItemDraft,
    PaymentDraft,
    PurchaseDraft,
    PurchaseItemDraft,
    PurchaseItemKind,
)
from cuadra.trade.group import record_one
from cuadra.trade.journals import Journal, JournalDraft
from cuadra.trade.receipts import ReceiptContent, ReceiptDraft
from cuadra.trade.recording import Draft, EditVoucher, Submission
from tests.demo import NOW, DemoDatabases

FOLDER = Path(__file__).parent
DOCUMENTS = sorted((FOLDER / "documents").glob("*.json"))
_LINES = """
SELECT a.code AS account, l.amount, t.identification AS third_party, l.cost_centre_id AS cost_centre,
       x.name AS tax, l.tax_base, p.code AS product, l.warehouse_id AS warehouse, l.quantity, l.moves_stock,
       f.name AS fixed_asset,
       d.prefix || '-' || d.consecutive || '/' || d.quote AS due, d.date AS due_date,
       l.currency, l.foreign_amount, l.exchange_rate, NULLIF(l.description, '') AS description
  FROM books.line l
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
  LEFT JOIN books.third_party t ON t.company_id = l.company_id AND t.id = l.third_party_id
  LEFT JOIN books.tax x ON x.company_id = l.company_id AND x.id = l.tax_id
  LEFT JOIN books.product p ON p.company_id = l.company_id AND p.id = l.product_id
  LEFT JOIN books.fixed_asset f ON f.company_id = l.company_id AND f.id = l.fixed_asset_id
  LEFT JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
 WHERE l.voucher_id = %s
 ORDER BY l.line_no
"""


class Documents(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One input file: what it shows, the documents posted before, and the one it is about.

    Credit notes are about the invoice, or pay it, and it is the last of them that is shown.
    """

    about: str
    company: str = "demo"
    before: list[JournalDraft] = []
    invoice: InvoiceDraft | None = None
    receipt: ReceiptDraft | None = None
    purchase: PurchaseDraft | None = None
    journal: JournalDraft | None = None
    credit_notes: list[CreditNoteDraft] = []


@pytest.fixture
async def books(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Database, str]]:
    url = demo_databases.take()
    database = Database(url)
    await database.open()
    yield database, url
    await database.close()
    demo_databases.give_back(url, changed=True)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
async def test_documents_become_lines(
    books: tuple[Database, str], path: Path, request: pytest.FixtureRequest
) -> None:
    database, url = books
    documents = msgspec.json.decode(path.read_bytes(), type=Documents)
    company = documents.company
    for draft in documents.before:
        await record(database, draft, company)
    recorded = None
    if draft := documents.invoice or documents.purchase or documents.receipt or documents.journal:
        recorded = invoice = await record(database, draft, company)
    for note in documents.credit_notes:
        if note.outside is None and note.applied is None:
            note.invoice = invoice.id
        for applied in note.applied or []:
            applied.document = invoice.id
        recorded = await record(database, note, company)
    text = json.dumps(ledger(recorded, url), ensure_ascii=False, indent=2) + "\n"
    expected = FOLDER / "ledger" / path.name
    if request.config.getoption("--update"):
        expected.write_text(text, encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == text


def is_editable(path: Path) -> bool:
    """Whether the file is about one document that a client may replace."""
    documents = msgspec.json.decode(path.read_bytes(), type=Documents)
    return bool(documents.invoice or documents.purchase) and not documents.credit_notes


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if is_editable(path)], ids=lambda path: path.stem
)
async def test_another_document_edited_into_it_comes_to_the_same(
    books: tuple[Database, str], path: Path
) -> None:
    """What the first version took from stock, advances and dues is there again for the second."""
    database, url = books
    documents = msgspec.json.decode(path.read_bytes(), type=Documents)
    wanted = documents.invoice or documents.purchase
    assert wanted is not None
    company = documents.company
    for draft in documents.before:
        await record(database, draft, company)
    first = await record(database, another(wanted, company), company)
    edit = EditVoucher(id=first.id, kinds=tuple(VoucherKind), draft=wanted)
    edited = await record(database, edit, company)
    assert (edited.id, edited.created_at) == (first.id, first.created_at)
    text = (FOLDER / "ledger" / path.name).read_text(encoding="utf-8")
    assert ledger(edited, url) == json.loads(text)


# Goods of each company, how its customers owe, and how it owes.
_STOCK = {
    "demo": (("Sku-1", "Sku-2"), 5636, 5640),
    "demo-ar": (("YERBA-1", "HARINA-1"), 3, 4),
}


def another(wanted: InvoiceDraft | PurchaseDraft, company: str) -> InvoiceDraft | PurchaseDraft:
    """A document of the same third party that takes, or brings, all it can: goods, advances, credit."""
    if isinstance(wanted, PurchaseDraft):
        return another_purchase(wanted, company)
    codes, owed, _ = _STOCK[company]
    sold = [
        ItemDraft(product=code, quantity=Decimal(2), price=Decimal(500), seller=seller)
        for code in codes
        for seller in [wanted.items[0].seller]
    ]
    credit = PaymentDraft(
        payment_type=owed,
        value=2000 - (wanted.advance or Decimal(0)),
        due_date=date(2026, 12, 31),
    )
    return msgspec.structs.replace(
        wanted,
        items=sold,
        payments=[credit],
        retentions=[],
        global_discounts=[],
        health=None,
        charges=[],
        stated=None,
    )


def another_purchase(wanted: PurchaseDraft, company: str) -> PurchaseDraft:
    codes, _, owing = _STOCK[company]
    bought = [
        PurchaseItemDraft(
            kind=PurchaseItemKind.PRODUCT, product=code, quantity=Decimal(2), price=Decimal(500)
        )
        for code in codes
    ]
    owed = PaymentDraft(payment_type=owing, value=Decimal(2000), due_date=date(2026, 12, 31))
    return msgspec.structs.replace(
        wanted, items=bought, payments=[owed], retentions=[], charges=[], stated=None
    )


def test_every_ledger_has_its_document() -> None:
    assert {p.name for p in (FOLDER / "ledger").glob("*.json")} == {p.name for p in DOCUMENTS}


async def record(database: Database, draft: Draft, company: str) -> Any:
    submission = Submission(draft=draft, origin=Origin("golden", "test"))
    return (await record_one(database, company, submission, NOW)).value


def ledger(recorded: Document[Any] | Journal, url: str) -> dict[str, Any]:
    """What was posted: the voucher's own figures, its taxes, its lines."""
    result: dict[str, Any] = {"number": recorded.number, "date": recorded.date.isoformat()}
    if isinstance(recorded, Document):
        content = recorded.content
        if not isinstance(content, ReceiptContent):
            result["subtotal"] = str(content.subtotal)
        result["total"] = str(recorded.total)
        result["balance"] = str(recorded.balance)
        if not isinstance(content, ReceiptContent):
            taxes = [tax for item in content.items for tax in item.taxes]
            result["taxes"] = [f"{tax.name}: {tax.value} of {tax.base}" for tax in taxes]
            result["retentions"] = [
                f"{tax.name}: {tax.value} of {tax.base}" for tax in content.retentions
            ]
        if charges := getattr(content, "charges", ()):
            result["charges"] = [f"{tax.name}: {tax.value} of {tax.base}" for tax in charges]
    with psycopg.connect(url, row_factory=dict_row) as connection:
        rows = connection.execute(_LINES, (recorded.id,)).fetchall()
    result["lines"] = [
        {name: shown(value) for name, value in row.items() if value not in (None, False)}
        for row in rows
    ]
    result["sum"] = str(sum((row["amount"] for row in rows), Decimal(0)))
    return result


def shown(value: Any) -> Any:
    """A value as the files write it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
