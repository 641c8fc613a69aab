"""Receipts and payments as they are read back: rows of means, of what was collected of an invoice, of a payment. Pure.

What came through this door is given back from what was kept of it. What came through another one has no such words:
its rows are made from its lines and its head.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.catalog.records import DueKind, VoucherKind
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.accounts import find_account
from cuadra.dialects.colppy.mapping.journal import journal_row
from cuadra.dialects.colppy.mapping.settling import APPROVED, VOID
from cuadra.dialects.colppy.mapping.talonarios import full_number
from cuadra.dialects.colppy.mapping.values import ZERO, amount_text
from cuadra.dialects.colppy.reading import day_from_text
from cuadra.dialects.colppy.settings import DIALECT, ColppySettings
from cuadra.trade.books import local_time
from cuadra.trade.lines import RecordedLine
from cuadra.trade.receipts import Receipt, ReceiptContent
from cuadra.trade.voucher_dues import DueMovement, VoucherDues

NO_DAY = "0000-00-00"
# What the vendor's table of receipts has of withholdings and the like, in its order.
_SUMS = (
    "anticipo",
    "descuentos",
    "intereses",
    "retGanancias",
    "retIVA",
    "retSUSS",
    "retencionIIBB",
)
_MORE_SUMS = ("retencionIIBB1", "retencionIIBB2", "IIBBLocal", "IIBBOtro")


def funds_of(receipt: Receipt, catalog: Catalog, settings: ColppySettings) -> list[dict[str, Any]]:
    """The rows of means of a receipt, each value a second time by its position."""
    kept = kept_of(receipt.content).get("mediospagos")
    if isinstance(kept, list):
        return [_kept_fund(row, catalog, settings) for row in kept if isinstance(row, dict)]
    return [
        _fund(catalog.accounts[line.account].name, line.account, amount_text(line.amount), settings)
        for line in _money_lines(receipt, catalog)
    ]


def blank_fund() -> dict[str, Any]:
    """A row to be filled in."""
    row = _fund("", "", "", ColppySettings())
    return row | {"idMedioCobro": "", "4": ""}


def _kept_fund(
    row: Mapping[str, Any], catalog: Catalog, settings: ColppySettings
) -> dict[str, Any]:
    name = str(row.get("idPlanCuenta") or "")
    mark = str(row.get("VAD") or row.get("CED") or "S")
    day = day_from_text(str(row.get("fechaValidez") or ""))
    return _fund(
        name,
        _code_of(name, catalog),
        amount_text(Decimal(str(row.get("importe") or 0))),
        settings,
        medium=str(row.get("idMedioCobro") or row.get("idMedioPago") or ""),
        cheque=str(row.get("nroCheque") or ""),
        bank=str(row.get("Banco") or ""),
        day=day,
        reconciled=str(row.get("Conciliado") or "N"),
        mark="VAD" if mark in ("S", "True") else mark,
    )


def _fund(
    account: str,
    code: str,
    amount: str,
    settings: ColppySettings,
    *,
    medium: str = "Efectivo",
    cheque: str = "",
    bank: str = "",
    day: date | None = None,
    reconciled: str = "N",
    mark: str = "VAD",
) -> dict[str, Any]:
    return {
        "nroCheque": cheque,
        "0": cheque,
        "Banco": bank,
        "1": bank,
        "fechaValidez": f"{day:%d-%m-%Y}" if day else "",
        "2": day.isoformat() if day else NO_DAY,
        "importe": amount,
        "3": amount,
        "idMedioCobro": medium,
        "4": settings.medium_codes.get(medium, ""),
        "idPlanCuenta": account,
        "5": code,
        "Conciliado": reconciled,
        "6": reconciled,
        "VAD": mark,
    }


def _code_of(name: str, catalog: Catalog) -> str:
    """The code of the account that was named; it may have another name today."""
    try:
        return find_account(name, catalog).code
    except Failure:
        return ""


def _money_lines(receipt: Receipt, catalog: Catalog) -> list[RecordedLine]:
    """The lines of money of a receipt that says only its lines, or only its payment."""
    payment = receipt.content.payment
    if payment is not None and payment.payment_type in catalog.payment_types:
        account = catalog.payment_types[payment.payment_type].account
        return [RecordedLine(account=account, amount=payment.value)]
    plain = []
    for line in receipt.content.lines:
        account_of = catalog.accounts.get(line.account)
        if account_of and account_of.due is None and not account_of.tax and line.amount > 0:
            plain.append(line)
    return plain


def kept_of(content: ReceiptContent) -> dict[str, Any]:
    """What this door has kept of a receipt or a payment."""
    kept = content.extra.get(DIALECT)
    return kept if isinstance(kept, dict) else {}


def collected_row(
    movement: DueMovement, invoice: VoucherDues, company: int, catalog: Catalog
) -> dict[str, Any]:
    """What a receipt collected of an invoice: its line in the journal, then the receipt."""
    kept: dict[str, Any] = {}
    if movement.content:
        kept = kept_of(msgspec.json.decode(movement.content, type=ReceiptContent))
    line = journal_row(
        company=company,
        kind=VoucherKind.CASH_RECEIPT,
        serial=movement.serial,
        line=movement.line,
        day=movement.date,
        posted=f"{local_time(catalog.company.country, movement.posted_at):%Y-%m-%d %H:%M:%S}",
        account=movement.account,
        amount=movement.amount,
        third_party=movement.line_third_party,
        cost_centre=movement.cost_centre,
        about=invoice.serial,
        about_kind=invoice.kind,
    )
    return line | _receipt_half(movement, kept, catalog)


def _receipt_half(
    movement: DueMovement, kept: Mapping[str, Any], catalog: Catalog
) -> dict[str, Any]:
    sums = {name: str(kept.get(name) or "0.00") for name in (*_SUMS, *_MORE_SUMS)}
    return {
        "idCobro": str(movement.serial),
        "nroRecibo": full_number(catalog.voucher_types[movement.voucher_type], movement.number),
        "idCliente": str(movement.third_party or movement.line_third_party or 0),
        "fechaCobro": movement.date.isoformat(),
        "valorCambio": str(kept.get("valorCambio") or "0"),
        "totalCobro": amount_text(movement.total),
        "idEstadoCobro": APPROVED,
        **sums,
        "totalCobrado": str(kept.get("totalCobrado") or amount_text(movement.total)),
        "retencionOtras": str(kept.get("retencionOtras") or "0.00"),
        "descripcion": movement.description,
        "esteCobro": amount_text(-movement.amount),
        "diferenciaTipoCambio": str(kept.get("diferenciaTipoCambio") or "0.00"),
    }


def payment_to_data(
    payment: Receipt, serial: int, company: int, catalog: Catalog
) -> dict[str, Any]:
    """A payment as `leer_pago` shows it."""
    kept, applied = kept_of(payment.content), _applied_to_dues(payment, catalog)
    number = full_number(catalog.voucher_types[payment.voucher_type], payment.number)
    prefix, _, digits = number.partition("-")
    return {
        "idPago": str(serial),
        "idEmpresa": str(company),
        "idProveedor": str(payment.party.id if payment.party else 0),
        "fechaPago": f"{payment.date:%d/%m/%Y}",
        "valorCambio": str(kept.get("valorCambio") or "0"),
        "totalpagado": str(kept.get("totalpagado") or amount_text(payment.total)),
        "idEstadoPago": VOID if payment.annulled else APPROVED,
        "estesoreria": str(kept.get("estesoreria") or "0"),
        "nroPago": number,
        "nroPago1": prefix,
        "nroPago2": digits,
        "totalFacturas": str(kept.get("totalFacturas") or amount_text(applied)),
        "anticipo": str(kept.get("anticipo") or "0.00"),
        "descuentos": str(kept.get("descuentos") or "0.00"),
        "intereses": str(kept.get("intereses") or "0.00"),
        "idRetGanancias1": str(kept.get("idRetGanancias1") or ""),
        "baseCalculo1": str(kept.get("baseCalculo1") or "0.00"),
        "retGanancias1": str(kept.get("retGanancias1") or "0.00"),
        "retencionIIBB": str(kept.get("retencionIIBB") or "0.00"),
        "retemitidas": kept.get("retemitidas") or [],
        "descripcion": payment.content.observations or "",
        "aplicadoAEstePago": amount_text(applied),
        "facturas": kept.get("recordsToInsertUpdate") or [],
        "mediospagos": kept.get("recordsToInsertUpdate1") or [],
    }


def _applied_to_dues(payment: Receipt, catalog: Catalog) -> Decimal:
    """How much of a payment settled what was owed; what is on account, its own due, did not."""
    content = payment.content
    own = catalog.voucher_types[payment.voucher_type].due_prefix, payment.number
    lines = [
        line.amount
        for line in content.lines
        if catalog.accounts[line.account].due is DueKind.PAYABLE
        and (line.due_prefix, line.due_consecutive) != own
    ]
    return sum((*lines, *(item.value for item in content.items)), ZERO)
