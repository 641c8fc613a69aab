"""Documents without accounting written to and read from the demo company, without the envelope."""

from collections.abc import Iterable
from contextlib import aclosing
from typing import Any

from cuadra.dialects.siigo_pyme.handlers.extra_documents import (
    export_extra_documents,
    import_extra_documents,
)
from cuadra.dialects.siigo_pyme.job import ExportReport
from tests.dialects.siigo_pyme.movements import (
    CUSTOMER,
    SUPPLIER,
    Books,
    Row,
    as_received,
    as_sent,
)

PARTIES = {"Z": CUSTOMER, "Y": SUPPLIER, "V": CUSTOMER}


async def export(
    books: Books, rows: Iterable[Row], digest: str = "", **params: Any
) -> ExportReport:
    """Write rows, as they come from JSON; those of one digest are of one request."""
    return await export_extra_documents(books.job(params, digest=digest), as_sent(rows))


async def written(books: Books, rows: Iterable[Row], **params: Any) -> ExportReport:
    """Write rows of which none may be refused."""
    report = await export(books, rows, **params)
    assert report.errors == [], report.errors[:2]
    return report


async def read(books: Books, **params: Any) -> list[Row]:
    """The rows of an import, as a client gets them."""
    async with aclosing(import_extra_documents(books.job(params))) as rows:
        return as_received([row async for row in rows])


def row(letter: str = "Z", number: int | None = 5, **members: Any) -> Row:
    """One row of an order (Z), a purchase order (Y) or a quotation (V): two of a product, for 1000."""
    return {
        "document_type": letter,
        "document_code": 1,
        "document_number": number,
        "document_year": 2026,
        "document_month": 11,
        "document_day": 20,
        "nit": PARTIES.get(letter, CUSTOMER),
        "product_line": 999,
        "product_code": 2,
        "quantity": 2,
        "sequence_value": 1000,
    } | members


def document(*rows: Row) -> list[Row]:
    """The rows of one document, with their sequences."""
    return [{"sequence": place} | one for place, one in enumerate(rows, 1)]
