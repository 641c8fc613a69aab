"""Sales as they are shown: a row of the list, and one sale with its items. Pure.

Everything is text or null. Lists write days as ISO does, a single sale as requests do. What was kept of a
request is given back beside what the books say.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import TaxKind
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.tables import find_closing_accounts
from cuadra.dialects.colppy.mapping.sale_codes import (
    DOCUMENT_CODES,
    LETTER_CODES,
    NO_LETTER,
    SALES,
    STATE_CODES,
    currency_code,
)
from cuadra.dialects.colppy.mapping.talonarios import full_number, letter_from_text
from cuadra.dialects.colppy.mapping.values import amount_text, day_text
from cuadra.dialects.colppy.reading import day_from_text
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.books import local_time
from cuadra.trade.document_states import DocumentState
from cuadra.trade.documents import CreditNoteContent, InvoiceContent, Item, Payment
from cuadra.trade.lines import RecordedLine
from cuadra.trade.sale_reading import Sale, SaleKind

ZERO = Decimal(0)
_PDF = "/resources/Provisiones/ColppyCommon/GenerarFactura.php"
_RATES = {"IVA105": Decimal("10.5"), "IVA21": Decimal(21), "IVA27": Decimal(27)}


def row_from_sale(sale: Sale, catalog: Catalog, country: str) -> dict[str, Any]:
    """A row of `listar_facturasventa`."""
    kept = _kept(sale.content)
    taxed, untaxed = _nets(sale)
    iva = _sum(sale, TaxKind.IVA)
    return {
        "idFactura": str(sale.serial),
        "idTipoFactura": LETTER_CODES[_letter(sale, catalog)],
        "fechaPago": _due_day(sale).isoformat(),
        "idTipoComprobante": DOCUMENT_CODES[SALES[sale.kind]],
        "idCliente": str(sale.customer or ""),
        "idOrden": kept.get("orderId"),
        "nroFactura": full_number(catalog.voucher_types[sale.voucher_type], sale.number),
        "idMoneda": currency_code(sale.currency, catalog),
        "fechaFactura": sale.date.isoformat(),
        "idCondicionPago": term_code(kept.get("idCondicionPago", "")),
        "descripcion": sale.description,
        "idEstadoFactura": STATE_CODES[sale.state],
        "totalFactura": amount_text(sale.total),
        **{name: amount_text(_iva_of(sale, rate)) for name, rate in _RATES.items()},
        "netoGravado": amount_text(taxed),
        "netoNoGravado": amount_text(untaxed),
        "percepcionIVA": amount_text(_sum(sale, TaxKind.PERCEPCION_IVA)),
        "percepcionIIBB": amount_text(_sum(sale, TaxKind.PERCEPCION_IIBB)),
        "totalIVA": amount_text(iva),
        "valorCambio": f"{sale.exchange_rate or Decimal(1):.4f}",
        "totalaplicado": _applied_total(sale),
        "cae": None,
        "fechaFe": None,
        "idCurrency": kept.get("idCurrency"),
        "rate": kept.get("rate"),
        "record_insert_ts": _instant(sale.created_at, country),
        "record_update_ts": _instant(sale.updated_at, country),
        "isMobile": "0",
        "RazonSocial": sale.customer_name,
        "NombreFantasia": sale.commercial_name or sale.customer_name,
    }


def info_from_sale(sale: Sale, catalog: Catalog, country: str, company_id: int) -> dict[str, Any]:
    """`infofactura` of `leer_facturaventa`: the row of the list, its days as requests write them, and more."""
    kept = _kept(sale.content)
    row = row_from_sale(sale, catalog, country)
    prefix, _, number = row["nroFactura"].partition("-")
    owed = ZERO if sale.state in (DocumentState.ANNULLED, DocumentState.PAID) else sale.owed
    shown = row | {
        "fechaPago": day_text(_due_day(sale)),
        "fechaFactura": day_text(sale.date),
        "idEmpresa": str(company_id),
        "nroFactura1": prefix,
        "nroFactura2": number,
        "currencyIso": sale.currency,
        "saldoaaplicar": amount_text(owed),
        "totalaplicado": amount_text(
            ZERO if sale.state is DocumentState.ANNULLED else sale.total_here - owed
        ),
        "has_NC": "1" if sale.noted else "0",
        "idTalonario": str(sale.voucher_type),
        "idEstadoAnterior": kept.get("idEstadoAnterior", ""),
        "labelfe": "",
        "Email": sale.email,
    }
    return shown | {name: kept[name] for name in kept if name not in (*shown, "ItemsCobro")}


def items_from_sale(
    sale: Sale,
    lines: tuple[RecordedLine, ...],
    products: Mapping[int, StoredProduct],
    catalog: Catalog,
) -> list[dict[str, Any]]:
    """`itemsFactura`: the items, or of a sale that came in line by line its lines of income."""
    if sale.content is None:
        wanted = [line for line in lines if _is_income(line, sale, catalog)]
        return [_item_from_line(line, nth, catalog) for nth, line in enumerate(wanted, 1)]
    return [
        _item(item, nth, products.get(item.product or 0), catalog)
        for nth, item in enumerate(sale.content.items, 1)
    ]


def rates_from_sale(sale: Sale) -> list[dict[str, str]]:
    """`totalesiva`: IVA by rate."""
    return [
        {
            "alicuotaIva": plain(tax.percentage),
            "baseImpIva": amount_text(tax.base),
            "importeIva": amount_text(tax.value),
        }
        for tax in sale.taxes
        if tax.kind is TaxKind.IVA
    ]


def collections_from_sale(sale: Sale, catalog: Catalog) -> list[dict[str, Any]]:
    """`ItemsCobro`: how a cash sale was paid, or what a credit note paid, as it was listed."""
    if sale.content is None:
        return []
    if sale.kind is SaleKind.CASH_SALE:
        return [_medium(payment, catalog) for payment in sale.content.payments]
    rows: list[dict[str, Any]] = _kept(sale.content).get("ItemsCobro", [])
    return rows


def printing_url(sale_serial: int, customer: int, user: str, key: str, company_id: int) -> str:
    """Where the vendor prints a sale."""
    query = {
        "usuario": user,
        "claveSesion": key,
        "idEmpresa": company_id,
        "idFactura": sale_serial,
        "idCliente": customer,
    }
    return f"{_PDF}?{urlencode(query)}"


def plain(number: Decimal) -> str:
    """A number without zeros that say nothing.

    >>> plain(Decimal("21.00")), plain(Decimal("10.50")), plain(Decimal("100"))
    ('21', '10.5', '100')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def term_code(name: str) -> str:
    """The code of a payment condition: its days; 0 is paid at once.

    >>> term_code("Contado"), term_code("a 30 Dias")
    ('0', '30')
    """
    digits = "".join(sign for sign in name if sign.isdigit())
    return digits or "0"


def _kept(content: InvoiceContent | CreditNoteContent | Item | Payment | None) -> dict[str, Any]:
    """What this dialect kept of something."""
    kept: dict[str, Any] = content.extra.get(DIALECT, {}) if content is not None else {}
    return kept


def _letter(sale: Sale, catalog: Catalog) -> str:
    """That of the series; in one for every letter, the one that was asked for."""
    name = catalog.voucher_types[sale.voucher_type].names.get(DIALECT)
    letter = name.code.upper() if name else ""
    letter = letter or letter_from_text(_kept(sale.content).get("idTipoFactura", ""))
    return letter if letter in LETTER_CODES else NO_LETTER


def _due_day(sale: Sale) -> date:
    """When it falls due; where nothing does, the day that was said."""
    return sale.due_date or day_from_text(_kept(sale.content).get("fechaPago", "")) or sale.date


def _sum(sale: Sale, kind: TaxKind) -> Decimal:
    return sum((tax.value for tax in sale.taxes if tax.kind is kind), ZERO)


def _iva_of(sale: Sale, rate: Decimal) -> Decimal:
    taxes = (tax for tax in sale.taxes if tax.kind is TaxKind.IVA and tax.percentage == rate)
    return sum((tax.value for tax in taxes), ZERO)


def _nets(sale: Sale) -> tuple[Decimal, Decimal]:
    """What bears IVA and what does not; as it was said where it was."""
    kept = _kept(sale.content)
    if "netoGravado" in kept or "netoNoGravado" in kept:
        return Decimal(kept.get("netoGravado", 0)), Decimal(kept.get("netoNoGravado", 0))
    taxed = sum((tax.base for tax in sale.taxes if tax.kind is TaxKind.IVA), ZERO)
    if sale.content is not None:
        return taxed, sale.content.subtotal - taxed
    return taxed, sale.total - taxed - sum((tax.value for tax in sale.taxes), ZERO)


def _applied_total(sale: Sale) -> str | None:
    """What was collected of a sale on credit; nothing is said where nothing was."""
    if sale.kind is SaleKind.CASH_SALE or sale.state in (
        DocumentState.OPEN,
        DocumentState.ANNULLED,
    ):
        return None
    return amount_text(sale.total_here - sale.owed)


def _instant(instant: datetime, country: str) -> str:
    return f"{local_time(country, instant):%Y-%m-%d %H:%M:%S}"


def _item(item: Item, nth: int, known: StoredProduct | None, catalog: Catalog) -> dict[str, Any]:
    kept = _kept(item)
    rate = next((tax.percentage for tax in item.taxes if tax.kind is TaxKind.IVA), ZERO)
    account = item.account
    if account is None and known is not None:
        account = catalog.account_groups[known.account_group].income_account
    product = str(item.product) if item.product is not None else ""
    return kept | {
        "id": str(nth),
        "nro": str(nth),
        "idItem": product,
        "itemId": product,
        "codigo": item.code if item.product is not None else kept.get("codigo", ""),
        "Descripcion": item.description,
        "Cantidad": plain(item.quantity),
        "ImporteUnitario": kept.get("ImporteUnitario") or plain(item.price),
        "porcDesc": kept.get("porcDesc") or plain(item.discount_percentage),
        "IVA": plain(rate),
        "subtotal": kept.get("subtotal") or amount_text(item.base),
        "idPlanCuenta": catalog.accounts[account].name if account else "",
        "ccosto1": kept.get("ccosto1", ""),
        "ccosto2": kept.get("ccosto2", ""),
        "almacen": kept.get("almacen", ""),
        "Comentario": kept.get("Comentario", ""),
    }


def _is_income(line: RecordedLine, sale: Sale, catalog: Catalog) -> bool:
    """Whether a line is of what was sold: on a result account, on the side a sale is on."""
    closing = find_closing_accounts(catalog.company.country)
    side = 1 if sale.kind is SaleKind.CREDIT_NOTE else -1
    return closing is not None and line.account[0] in closing.classes and line.amount * side > 0


def _item_from_line(line: RecordedLine, nth: int, catalog: Catalog) -> dict[str, Any]:
    return {
        "id": str(nth),
        "nro": str(nth),
        "idItem": "",
        "itemId": "",
        "codigo": line.product or "",
        "Descripcion": line.description,
        "Cantidad": plain(line.quantity or Decimal(1)),
        "ImporteUnitario": plain(abs(line.amount) / (line.quantity or Decimal(1))),
        "porcDesc": "0",
        "IVA": "0",
        "subtotal": amount_text(abs(line.amount)),
        "idPlanCuenta": catalog.accounts[line.account].name,
        "ccosto1": "",
        "ccosto2": "",
        "almacen": "",
        "Comentario": "",
    }


def _medium(payment: Payment, catalog: Catalog) -> dict[str, Any]:
    account = payment.account or catalog.payment_types[payment.payment_type].account
    return {
        "idMedioCobro": payment.name,
        "Banco": "",
        "nroCheque": "",
        "fechaValidez": "",
        "VAD": "S",
        "Conciliado": "",
        "idTabla": "0",
        "idElemento": "0",
        "idItem": "0",
    } | _kept(payment) | {"idPlanCuenta": catalog.accounts[account].name, "importe": amount_text(payment.value)}  # fmt: skip
