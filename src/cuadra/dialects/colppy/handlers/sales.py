"""FacturaVenta: sales recorded, changed or annulled, read and listed."""

from datetime import date
from typing import Any

from cuadra.catalog.products import find_products_by_code, find_products_by_id
from cuadra.catalog.records import ThirdPartyKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_parties import find_third_party_numbered
from cuadra.database.pool import Transaction
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, folded_condition, page, wanted_from
from cuadra.dialects.colppy.mapping.sale_codes import (
    ANNULLED,
    DOCUMENT_CODES,
    SALES,
    STATE_CODES,
    currency_of,
    state_of,
    with_names,
)
from cuadra.dialects.colppy.mapping.sale_drafts import Draft, Named, draft_from_sale
from cuadra.dialects.colppy.mapping.sale_requests import SaleAsked, sale_from_parameters
from cuadra.dialects.colppy.mapping.sales import (
    collections_from_sale,
    info_from_sale,
    items_from_sale,
    printing_url,
    rates_from_sale,
    row_from_sale,
)
from cuadra.dialects.colppy.mapping.talonarios import full_number
from cuadra.dialects.colppy.mapping.third_parties import is_in_role
from cuadra.dialects.colppy.mapping.values import day_text
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.document_states import DocumentState
from cuadra.trade.documents import CreditNoteContent
from cuadra.trade.reading import load_lines
from cuadra.trade.recording import EditVoucher, Recorded, Submission
from cuadra.trade.sale_reading import (
    KINDS,
    Sale,
    SalesWanted,
    find_sale,
    find_sale_ids,
    list_sales,
)
from cuadra.trade.versions import AnnulVoucher

NOT_FOUND = "No se encontro la factura."
ALREADY_ANNULLED = "El comprobante ya está anulado."
_STATES = {
    DocumentState.OPEN: "Aprobada",
    DocumentState.ANNULLED: "Anulada",
    DocumentState.PAID: "Cobrada",
    DocumentState.PARTLY_PAID: "Parcialmente cobrada",
}
_FIELDS = {
    "idFactura": ListField("serial", "id"),
    "fechaFactura": ListField("date", "day"),
    "fechaPago": ListField("due_date", "day"),
    "idTipoComprobante": ListField(
        "kind",
        codes=with_names({kind: DOCUMENT_CODES[name] for kind, name in SALES.items()}, SALES),
    ),
    # No sale is a draft here; asking for those finds none.
    "idEstadoFactura": ListField(
        "state", codes=with_names(STATE_CODES, _STATES) | {"1": 0, "borrador": 0, "7": 0}
    ),
    "idCliente": ListField("customer", "id"),
    "nroFactura": ListField("name"),
    "totalFactura": ListField("total", "number"),
    "RazonSocial": ListField("customer_name"),
}


async def create_sale(call: Call) -> dict[str, Any]:
    """FacturaVenta/alta_facturaventa."""
    if call.parameters.id("idFactura"):
        raise Failure("Una factura que existe se modifica con editar_facturaventa (idFactura).")
    asked = sale_from_parameters(call.parameters)
    async with call.database.read(call.credential) as transaction:
        draft = await _draft(transaction, call, asked)
    recorded = await _record(call, draft)
    assert recorded.serial is not None
    name = full_number(
        recorded.catalog.voucher_types[recorded.value.voucher_type], recorded.value.number
    )
    return _answer(call, recorded.serial, name, recorded.value.date, asked.customer)


async def edit_sale(call: Call) -> dict[str, Any]:
    """FacturaVenta/editar_facturaventa: all of a sale anew, or its annulment."""
    serial = call.parameters.id("idFactura", required=True)
    assert serial is not None
    async with call.database.read(call.credential) as transaction:
        sale = await _require_sale(transaction, serial)
        if sale.state is DocumentState.ANNULLED:
            raise Failure(ALREADY_ANNULLED)
        if state_of(call.parameters) == ANNULLED:
            if (call.parameters.id("idCliente") or sale.customer) != sale.customer:
                raise Failure("La factura es de otro cliente (idCliente).")
            draft: EditVoucher | AnnulVoucher = AnnulVoucher(id=sale.id, kinds=KINDS)
        else:
            draft = await _edit(transaction, call, sale)
    recorded = await _record(call, draft)
    day = recorded.value.date if isinstance(draft, EditVoucher) else sale.date
    name = full_number(recorded.catalog.voucher_types[sale.voucher_type], sale.number)
    return _answer(call, sale.serial, name, day, sale.customer or 0)


async def read_sale(call: Call) -> dict[str, Any]:
    """FacturaVenta/leer_facturaventa."""
    serial = call.parameters.id("idFactura", required=True)
    assert serial is not None
    async with call.database.read(call.credential) as transaction:
        sale = await _require_sale(transaction, serial)
        catalog = await load_catalog(transaction)
        lines = {}
        products: set[int] = set()
        if sale.content is None:
            version = sale.version - (sale.state is DocumentState.ANNULLED)
            lines = await load_lines(transaction, {sale.id: version})
        else:
            products = {item.product for item in sale.content.items if item.product is not None}
        known = await find_products_by_id(transaction, products)
    url = printing_url(sale.serial, sale.customer or 0, call.user, call.key, call.company_id)
    return {
        "infofactura": info_from_sale(sale, catalog, call.country, call.company_id),
        "itemsFactura": items_from_sale(sale, lines.get(sale.id, ()), known, catalog),
        "totalesiva": rates_from_sale(sale),
        "ItemsCobro": collections_from_sale(sale, catalog),
        "UrlFacturaPdf": url,
    }


async def list_all_sales(call: Call) -> dict[str, Any]:
    """FacturaVenta/listar_facturasventa."""
    wanted = wanted_from(call, _FIELDS)
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        total, sales = await list_sales(
            transaction,
            SalesWanted(
                dialect=DIALECT,
                conditions=tuple(map(folded_condition, wanted.conditions)),
                order=wanted.order,
                start=wanted.start,
                limit=wanted.limit,
            ),
        )
    return page([row_from_sale(sale, catalog, call.country) for sale in sales], total)


async def _draft(transaction: Transaction, call: Call, asked: SaleAsked) -> Draft:
    """The draft of a sale, with everything it names looked up."""
    catalog = await load_catalog(transaction)
    currency = currency_of(call.parameters, catalog)
    customer = await find_third_party_numbered(transaction, asked.customer)
    if customer is None or not is_in_role(customer, ThirdPartyKind.CUSTOMER):
        raise Failure("No se encuentra el cliente.")
    ids = {item.product for item in asked.items if item.product is not None}
    codes = {item.code for item in asked.items if item.product is None and item.code}
    named = Named(
        catalog=catalog,
        customer=customer,
        products=await find_products_by_id(transaction, ids),
        products_by_code=await find_products_by_code(transaction, codes),
        documents=await find_sale_ids(transaction, {one.serial for one in asked.applied}),
        currency=currency,
    )
    return draft_from_sale(asked, named)


async def _edit(transaction: Transaction, call: Call, sale: Sale) -> EditVoucher:
    """A sale anew: it stays what it is, and keeps its number."""
    note = sale.content if isinstance(sale.content, CreditNoteContent) else None
    if note is not None and (note.invoice or note.outside):
        raise Failure(
            "La nota de crédito corrige una factura en otro sistema: anúlela y emita otra."
        )
    asked = sale_from_parameters(call.parameters)
    if asked.document != SALES[sale.kind]:
        raise Failure("El tipo de comprobante (idTipoComprobante) no se puede modificar.")
    draft = await _draft(transaction, call, asked)
    if draft.voucher_type != sale.voucher_type:
        raise Failure("El talonario (nroFactura1, idTipoFactura) no se puede modificar.")
    if asked.customer != sale.customer:
        raise Failure("El cliente (idCliente) no se puede modificar.")
    if (draft.currency.code if draft.currency else None) != (
        sale.currency if sale.exchange_rate is not None else None
    ):
        raise Failure("La moneda (idMoneda) no se puede modificar.")
    return EditVoucher(id=sale.id, kinds=(sale.voucher_kind,), draft=draft)


async def _record(call: Call, draft: Draft | EditVoucher | AnnulVoucher) -> Recorded:
    submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
    return await call.groups.record(call.company, submission)


async def _require_sale(transaction: Transaction, serial: int) -> Sale:
    sale = await find_sale(transaction, serial)
    if sale is None:
        raise Failure(NOT_FOUND)
    return sale


def _answer(call: Call, serial: int, name: str, day: date, customer: int) -> dict[str, Any]:
    """What is answered to a sale: all of it directly in the response."""
    return {
        "idfactura": str(serial),
        "nroFactura": name,
        "fechaFactura": day_text(day),
        "cae": None,
        "UrlFacturaPdf": printing_url(serial, customer, call.user, call.key, call.company_id),
    }
