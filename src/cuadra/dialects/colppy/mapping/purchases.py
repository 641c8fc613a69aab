"""Purchases as they are shown: a row of the list, and one purchase with its items. Pure.

Everything is text or null. Lists write days as ISO does, a single purchase as requests do. What was kept of a
request is given back beside what the books say.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cuadra.catalog.records import TaxKind
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.mapping.purchase_requests import (
    CASH_PURCHASE,
    INVOICE,
    KEPT_OF_PERCEPTIONS,
)
from cuadra.dialects.colppy.mapping.sale_codes import (
    DOCUMENT_CODES,
    LETTER_CODES,
    NO_LETTER,
    currency_code,
)
from cuadra.dialects.colppy.mapping.sale_requests import KEPT_OF_ITEMS
from cuadra.dialects.colppy.mapping.sales import plain, term_code
from cuadra.dialects.colppy.mapping.talonarios import full_number
from cuadra.dialects.colppy.mapping.values import amount_text, day_text
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.books import local_time
from cuadra.trade.document_states import DocumentState
from cuadra.trade.documents import Payment, PurchaseContent, PurchaseItem
from cuadra.trade.lines import RecordedLine
from cuadra.trade.purchase_reading import ListedPurchase

ZERO = Decimal(0)
STATE_CODES = {
    DocumentState.OPEN: "3",
    DocumentState.ANNULLED: "4",
    DocumentState.PAID: "5",
    DocumentState.PARTLY_PAID: "7",
}
_RATES = {"IVA105": Decimal("10.5"), "IVA21": Decimal(21), "IVA27": Decimal(27)}
_OWN = ("letter", "fechaFacturaDoc", "percsufridas")


def row_from_purchase(purchase: ListedPurchase, catalog: Catalog, country: str) -> dict[str, Any]:
    """A row of `listar_facturasCompra`."""
    kept = _kept(purchase.content)
    taxed, untaxed = _nets(purchase)
    return {
        "idFactura": str(purchase.serial),
        "idTipoFactura": LETTER_CODES[kept.get("letter", NO_LETTER)],
        "fechaPago": _due_day(purchase).isoformat(),
        "idTipoComprobante": DOCUMENT_CODES[CASH_PURCHASE if purchase.cash else INVOICE],
        "idProveedor": str(purchase.supplier or ""),
        "idOrden": kept.get("orderId"),
        "nroFactura": number_of(purchase, catalog),
        "idMoneda": currency_code(purchase.currency, catalog),
        "fechaFactura": purchase.date.isoformat(),
        "fechaFacturaDoc": _paper_day(purchase).isoformat(),
        "idCondicionPago": term_code(kept.get("idCondicionPago", "")),
        "descripcion": purchase.description,
        "idEstadoFactura": STATE_CODES[purchase.state],
        "totalFactura": amount_text(purchase.total),
        **{name: amount_text(_iva_of(purchase, rate)) for name, rate in _RATES.items()},
        "netoGravado": amount_text(taxed),
        "netoNoGravado": amount_text(untaxed),
        "percepcionIVA": amount_text(_sum(purchase, TaxKind.PERCEPCION_IVA)),
        "percepcionIIBB": amount_text(_sum(purchase, TaxKind.PERCEPCION_IIBB)),
        "totalIVA": amount_text(_sum(purchase, TaxKind.IVA)),
        "valorCambio": f"{purchase.exchange_rate or Decimal(1):.4f}",
        "totalaplicado": _applied_total(purchase),
        "idCurrency": kept.get("idCurrency"),
        "rate": kept.get("rate"),
        "record_insert_ts": _instant(purchase.created_at, country),
        "record_update_ts": _instant(purchase.updated_at, country),
        "RazonSocial": purchase.supplier_name,
        "NombreFantasia": purchase.commercial_name or purchase.supplier_name,
    }


def info_from_purchase(
    purchase: ListedPurchase, catalog: Catalog, country: str, company_id: int
) -> dict[str, Any]:
    """`infofactura` of `leer_facturacompra`: the row of the list, its days as requests write them, and more."""
    kept = _kept(purchase.content)
    row = row_from_purchase(purchase, catalog, country)
    prefix, _, number = row["nroFactura"].rpartition("-")
    closed = (DocumentState.ANNULLED, DocumentState.PAID)
    owed = ZERO if purchase.state in closed else purchase.owed
    applied = ZERO if purchase.state is DocumentState.ANNULLED else purchase.total_here - owed
    told = row | {
        "fechaPago": day_text(_due_day(purchase)),
        "fechaFactura": day_text(purchase.date),
        "fechaFacturaDoc": day_text(_paper_day(purchase)),
        "idEmpresa": str(company_id),
        "nroFactura1": prefix,
        "nroFactura2": number,
        "currencyIso": purchase.currency,
        "saldoaaplicar": amount_text(owed),
        "totalaplicado": amount_text(applied),
        "idEstadoAnterior": kept.get("idEstadoAnterior", ""),
    }
    return told | {name: kept[name] for name in kept if name not in told and name not in _OWN}


def items_from_purchase(
    purchase: ListedPurchase, lines: tuple[RecordedLine, ...], catalog: Catalog
) -> list[dict[str, Any]]:
    """`itemsFactura`: the items, or of a purchase that came in line by line what its lines debit."""
    if purchase.content is None:
        wanted = [line for line in lines if _is_bought(line)]
        return [_item_from_line(line, nth, catalog) for nth, line in enumerate(wanted, 1)]
    return [_item(item, nth, catalog) for nth, item in enumerate(purchase.content.items, 1)]


def rates_from_purchase(purchase: ListedPurchase) -> list[dict[str, str]]:
    """`totalesiva`: IVA by rate."""
    return [
        {
            "alicuotaIva": plain(tax.percentage),
            "baseImpIva": amount_text(tax.base),
            "importeIva": amount_text(tax.value),
        }
        for tax in purchase.taxes
        if tax.kind is TaxKind.IVA
    ]


def perceptions_from_purchase(purchase: ListedPurchase) -> list[dict[str, str]]:
    """`percsufridas`, as they were sent."""
    rows = _kept(purchase.content).get("percsufridas", [])
    return [{name: row.get(name, "") for name in KEPT_OF_PERCEPTIONS} for row in rows]


def payments_from_purchase(purchase: ListedPurchase, catalog: Catalog) -> list[dict[str, Any]]:
    """`itemsPagos`: how a purchase in cash was paid."""
    if purchase.content is None or not purchase.cash:
        return []
    return [_medium(payment, catalog) for payment in purchase.content.payments]


def number_of(purchase: ListedPurchase, catalog: Catalog) -> str:
    """What the supplier calls its paper; of one without, our own number."""
    if purchase.paper is not None:
        return purchase.paper
    return full_number(catalog.voucher_types[purchase.voucher_type], purchase.number)


def _kept(content: PurchaseContent | PurchaseItem | Payment | None) -> dict[str, Any]:
    """What this dialect kept of something."""
    kept: dict[str, Any] = content.extra.get(DIALECT, {}) if content is not None else {}
    return kept


def _due_day(purchase: ListedPurchase) -> date:
    return purchase.due_date or purchase.date


def _paper_day(purchase: ListedPurchase) -> date:
    told = _kept(purchase.content).get("fechaFacturaDoc")
    return date.fromisoformat(told) if told else purchase.date


def _sum(purchase: ListedPurchase, kind: TaxKind) -> Decimal:
    return sum((tax.value for tax in purchase.taxes if tax.kind is kind), ZERO)


def _iva_of(purchase: ListedPurchase, rate: Decimal) -> Decimal:
    taxes = (t for t in purchase.taxes if t.kind is TaxKind.IVA and t.percentage == rate)
    return sum((tax.value for tax in taxes), ZERO)


def _nets(purchase: ListedPurchase) -> tuple[Decimal, Decimal]:
    """What bears IVA and what does not; as it was said where it was."""
    kept = _kept(purchase.content)
    if "netoGravado" in kept or "netoNoGravado" in kept:
        return Decimal(kept.get("netoGravado", 0)), Decimal(kept.get("netoNoGravado", 0))
    taxed = sum((tax.base for tax in purchase.taxes if tax.kind is TaxKind.IVA), ZERO)
    if purchase.content is not None:
        return taxed, purchase.content.subtotal - taxed
    taxes = sum((tax.value for tax in purchase.taxes if tax.value > 0), ZERO)
    return taxed, purchase.total - taxed - taxes


def _applied_total(purchase: ListedPurchase) -> str | None:
    """What was paid of a purchase on credit; nothing is said where nothing was."""
    if purchase.cash or purchase.state in (DocumentState.OPEN, DocumentState.ANNULLED):
        return None
    return amount_text(purchase.total_here - purchase.owed)


def _instant(instant: datetime, country: str) -> str:
    return f"{local_time(country, instant):%Y-%m-%d %H:%M:%S}"


def _item(item: PurchaseItem, nth: int, catalog: Catalog) -> dict[str, Any]:
    kept = _kept(item)
    rate = next((tax.percentage for tax in item.taxes if tax.kind is TaxKind.IVA), ZERO)
    product = "" if item.product is None else str(item.product)
    return {
        "id": str(nth),
        "nro": str(nth),
        **dict.fromkeys(KEPT_OF_ITEMS, ""),
        **kept,
        "idItem": product,
        "itemId": product,
        "codigo": item.code if product else kept.get("codigo", ""),
        "Descripcion": item.description,
        "Cantidad": plain(item.quantity),
        "ImporteUnitario": kept.get("ImporteUnitario") or plain(item.price),
        "porcDesc": kept.get("porcDesc") or plain(item.discount_percentage),
        "IVA": plain(rate),
        "subtotal": kept.get("subtotal") or amount_text(item.base),
        "idPlanCuenta": catalog.accounts[item.account].name,
    }


def _is_bought(line: RecordedLine) -> bool:
    """Whether a line is of what was bought: a debit that is neither owed nor a tax."""
    return line.amount > 0 and line.due_prefix is None and line.tax is None


def _item_from_line(line: RecordedLine, nth: int, catalog: Catalog) -> dict[str, Any]:
    quantity = line.quantity or Decimal(1)
    return {
        "id": str(nth),
        "nro": str(nth),
        "idItem": "",
        "itemId": "",
        "codigo": line.product or "",
        "Descripcion": line.description,
        "Cantidad": plain(quantity),
        "ImporteUnitario": plain(line.amount / quantity),
        "porcDesc": "0",
        "IVA": "0",
        "subtotal": amount_text(line.amount),
        "idPlanCuenta": catalog.accounts[line.account].name,
        "ccosto1": "" if line.cost_centre is None else str(line.cost_centre),
        "ccosto2": "",
        "almacen": "",
        "Comentario": "",
    }


def _medium(payment: Payment, catalog: Catalog) -> dict[str, Any]:
    account = payment.account or catalog.payment_types[payment.payment_type].account
    return {
        "idMedioPago": payment.name,
        "Banco": "",
        "nroCheque": "",
        "fechaValidez": "",
        "CED": "S",
        "Conciliado": "",
        "idTabla": "0",
        "idElemento": "0",
        "idItem": "0",
    } | _kept(payment) | {"idPlanCuenta": catalog.accounts[account].name, "importe": amount_text(payment.value)}  # fmt: skip
