"""FacturaCompra: purchases recorded, read and listed."""

from typing import Any

from cuadra.catalog.products import find_products_by_code, find_products_by_id
from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_parties import PartyName, find_third_party_numbered
from cuadra.database.pool import Transaction
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, page, wanted_from
from cuadra.dialects.colppy.mapping.purchase_drafts import draft_from_purchase
from cuadra.dialects.colppy.mapping.purchase_requests import (
    PurchaseAsked,
    purchase_from_parameters,
)
from cuadra.dialects.colppy.mapping.purchases import (
    STATE_CODES,
    info_from_purchase,
    items_from_purchase,
    payments_from_purchase,
    perceptions_from_purchase,
    rates_from_purchase,
    row_from_purchase,
)
from cuadra.dialects.colppy.mapping.sale_codes import currency_of, with_names
from cuadra.dialects.colppy.mapping.sale_drafts import Naming
from cuadra.trade.document_states import DocumentState
from cuadra.trade.documents import PurchaseDraft
from cuadra.trade.purchase_reading import (
    PurchasesWanted,
    find_purchase,
    list_purchases,
)
from cuadra.trade.reading import load_lines
from cuadra.trade.recording import Submission

NOT_FOUND = "No se encontro la factura."
_STATES = {
    DocumentState.OPEN: "Aprobada",
    DocumentState.ANNULLED: "Anulada",
    DocumentState.PAID: "Pagada",
    DocumentState.PARTLY_PAID: "Parcialmente pagada",
}
# Drafts and notes are never found: there are none here.
_DOCUMENTS = {"1": False, "fac": False, "7": True, "fcc": True}
_FIELDS = {
    "idFactura": ListField("serial", "id"),
    "fechaFactura": ListField("date", "day"),
    "fechaPago": ListField("due_date", "day"),
    "idTipoComprobante": ListField("cash", codes=_DOCUMENTS),
    "idEstadoFactura": ListField(
        "state", codes=with_names(STATE_CODES, _STATES) | {"1": 0, "borrador": 0, "6": 0}
    ),
    "idProveedor": ListField("supplier", "id"),
    "nroFactura": ListField("paper"),
    "totalFactura": ListField("total", "number"),
}


async def create_purchase(call: Call) -> dict[str, Any]:
    """FacturaCompra/alta_facturacompra."""
    if call.parameters.id("idFactura"):
        raise Failure("La factura de compra ya existe; no se puede modificar (idFactura).")
    asked = purchase_from_parameters(call.parameters)
    async with call.database.read(call.credential) as transaction:
        draft = await _draft(transaction, call, asked)
    submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
    recorded = await call.groups.record(call.company, submission)
    serial = str(recorded.serial)
    return {
        "idFactura": serial,
        "idfactura": serial,
        "nroFactura": f"{asked.prefix}-{asked.number}",
        "data": {"idFactura": serial},
    }


async def read_purchase(call: Call) -> dict[str, Any]:
    """FacturaCompra/leer_facturacompra."""
    serial = call.parameters.id("idFactura", required=True)
    assert serial is not None
    async with call.database.read(call.credential) as transaction:
        purchase = await find_purchase(transaction, serial)
        if purchase is None:
            raise Failure(NOT_FOUND)
        catalog = await load_catalog(transaction)
        lines = {}
        if purchase.content is None:
            version = purchase.version - (purchase.state is DocumentState.ANNULLED)
            lines = await load_lines(transaction, {purchase.id: version})
    return {
        "infofactura": info_from_purchase(purchase, catalog, call.country, call.company_id),
        "itemsFactura": items_from_purchase(purchase, lines.get(purchase.id, ()), catalog),
        "totalesiva": rates_from_purchase(purchase),
        "percsufridas": perceptions_from_purchase(purchase),
        "itemsPagos": payments_from_purchase(purchase, catalog),
    }


async def list_all_purchases(call: Call) -> dict[str, Any]:
    """FacturaCompra/listar_facturasCompra."""
    wanted = wanted_from(call, _FIELDS)
    purchases = PurchasesWanted(
        conditions=wanted.conditions, order=wanted.order, start=wanted.start, limit=wanted.limit
    )
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        total, found = await list_purchases(transaction, purchases)
    return page([row_from_purchase(one, catalog, call.country) for one in found], total)


async def _draft(transaction: Transaction, call: Call, asked: PurchaseAsked) -> PurchaseDraft:
    """The draft of a purchase, with everything it names looked up."""
    catalog = await load_catalog(transaction)
    supplier = await find_third_party_numbered(transaction, asked.supplier)
    if supplier is None:
        raise Failure("No se encuentra el proveedor.")
    ids = {item.product for item in asked.items if item.product is not None}
    codes = {item.code for item in asked.items if item.product is None and item.code}
    named = Naming(
        catalog=catalog,
        products=await find_products_by_id(transaction, ids),
        products_by_code=await find_products_by_code(transaction, codes),
        currency=currency_of(call.parameters, catalog),
    )
    party = PartyName(supplier.identification, supplier.branch)
    return draft_from_purchase(asked, party, named)
