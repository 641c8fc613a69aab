"""Sales invoices: create, get, list."""

import re

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, list_body, not_found
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.base import KIND_LETTERS
from cuadra.dialects.siigo.mapping.invoices import draft_from_invoice, invoice_to_body
from cuadra.dialects.siigo.rules import invoice_problems
from cuadra.trade.reading import VoucherFilter, find_invoice, list_invoices

NOTHING = -1  # an id no voucher type has


async def create_invoice(call: Call, body: wire.InvoiceIn) -> tuple[int, object]:
    """POST /v1/invoices. A replay of an idempotency key answers 200 with the first invoice."""
    draft = draft_from_invoice(body)
    problems = invoice_problems(body, contacts_max=call.settings.contacts_max)
    recorded = await record_or_fail(call, draft, problems, wire.InvoiceIn)
    if recorded.replayed is None:
        return 201, invoice_to_body(recorded.value, recorded.catalog)
    async with call.database.read(call.credential) as transaction:
        invoice = await find_invoice(transaction, recorded.replayed)
        if invoice is None:
            raise not_found()
        call.replay_differs = recorded.differs
        status = call.settings.replay_status
        return status, invoice_to_body(invoice, await load_catalog(transaction))


async def get_invoice(call: Call) -> tuple[int, object]:
    """GET /v1/invoices/{id}."""
    async with call.database.read(call.credential) as transaction:
        invoice = await find_invoice(transaction, call.path_id)
        if invoice is None:
            raise not_found()
        return 200, invoice_to_body(invoice, await load_catalog(transaction))


async def list_all_invoices(call: Call) -> tuple[int, object]:
    """GET /v1/invoices."""
    page = call.page
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        wanted = voucher_filter(call, VoucherKind.SALES_INVOICE, catalog)
        total, invoices = await list_invoices(transaction, wanted, page)
    return 200, list_body(call, total, [invoice_to_body(invoice, catalog) for invoice in invoices])


def voucher_filter(call: Call, kind: VoucherKind, catalog: Catalog) -> VoucherFilter:
    """The filter of the parameters all documents share; `name` is type, code and number."""
    wanted = VoucherFilter(
        voucher_type=call.number("document_id"),
        number=call.number("number", 0, 99_999_999_999),
        identification=call.text("customer_identification"),
        branch=call.number("customer_branch_office"),
        created_start=call.instant("created_start"),
        created_end=call.instant("created_end"),
        updated_start=call.instant("updated_start"),
        updated_end=call.instant("updated_end"),
        date_start=call.day("date_start"),
        date_end=call.day("date_end"),
    )
    name = call.text("name")
    if name is not None:
        wanted.voucher_type, wanted.number = _named(name, kind, catalog)
    return wanted


def _named(name: str, kind: VoucherKind, catalog: Catalog) -> tuple[int, int]:
    """The voucher type and number of a name such as FV-2-457; the code may have leading zeros."""
    parts = re.fullmatch(r"([A-Za-z]+)-(\w+)-(\d{1,11})", name, re.ASCII)
    if parts is None or parts[1].upper() != KIND_LETTERS[kind]:
        return NOTHING, 0
    code = parts[2].lstrip("0")
    types = (t for t in catalog.voucher_types.values() if t.kind is kind)
    found = next((t.id for t in types if t.code.lstrip("0") == code), NOTHING)
    return found, int(parts[3])
