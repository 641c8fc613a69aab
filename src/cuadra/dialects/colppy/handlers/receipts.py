"""Receipts (cobros): collecting, voiding, and reading back what was collected."""

from typing import Any

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.handlers.settling import load_voucher, record_settlement, void
from cuadra.dialects.colppy.mapping.receipt_rows import blank_fund, collected_row, funds_of
from cuadra.dialects.colppy.mapping.receipts import settlement_from_receipt
from cuadra.dialects.colppy.mapping.settling import VOID, state_of
from cuadra.trade.reading import find_receipt
from cuadra.trade.sale_reading import KINDS as SALES
from cuadra.trade.voucher_dues import list_due_movements, list_voucher_dues

KIND = VoucherKind.CASH_RECEIPT
BLANK_ROWS, MORE_ROWS = 5, 3  # of a receipt to be made, and to add to one


async def create_receipt(call: Call) -> dict[str, Any]:
    """Cliente/alta_cobro: a receipt, or with `idCobro` and the state `Anulado` the end of one."""
    receipt_id = call.parameters.id("idCobro")
    is_void = state_of(call.parameters, "idEstadoCobro") == VOID
    if receipt_id:
        if not is_void:
            raise Failure("El cobro ya existe; sólo se puede anular (idEstadoCobro Anulado).")
        if not call.settings.void_receipts:
            raise Failure("La empresa no permite anular cobros con alta_cobro.")
        return await _voided(call, receipt_id)
    if is_void:
        raise Failure("Un cobro nuevo no puede estar Anulado.")
    asked = settlement_from_receipt(call.parameters, call.settings)
    return _named(await record_settlement(call, asked))


async def edit_receipt(call: Call) -> dict[str, Any]:
    """Cliente/editar_cobro: only to void a receipt."""
    receipt_id = call.parameters.id("idCobro", required=True)
    assert receipt_id is not None
    if state_of(call.parameters, "idEstadoCobro") != VOID:
        raise Failure(
            "Un cobro no se puede modificar; sólo se puede anular (idEstadoCobro Anulado)."
        )
    return await _voided(call, receipt_id)


async def _voided(call: Call, receipt_id: int) -> dict[str, Any]:
    await void(call, KIND, receipt_id, call.parameters.id("idCliente"))
    return _named(receipt_id)


def _named(receipt_id: int) -> dict[str, Any]:
    return {"idCobro": str(receipt_id), "data": {"idCobro": str(receipt_id)}}


async def read_funds(call: Call) -> dict[str, Any]:
    """Cliente/AR_leer_fondos_pagos: the means of a receipt; or rows to fill in, where one is made or added to."""
    receipt_id = call.parameters.id("idCobro")
    if not receipt_id:
        return {"data": [blank_fund() for _ in range(BLANK_ROWS)]}
    add = call.parameters.flag("add")
    async with call.database.read(call.credential) as transaction:
        found = await load_voucher(transaction, KIND, receipt_id)
        if add:
            return {"data": [blank_fund() for _ in range(MORE_ROWS)]}
        receipt = await find_receipt(transaction, KIND, found.id)
        catalog = await load_catalog(transaction)
    rows = funds_of(receipt, catalog, call.settings) if receipt else []
    return {"data": rows or None}


async def list_collected(call: Call) -> dict[str, Any]:
    """FacturaVenta/leer_cobros_factura: the receipts that collected something of an invoice, whatever their door."""
    invoice_id = call.parameters.id("idFactura", required=True)
    assert invoice_id is not None
    async with call.database.read(call.credential) as transaction:
        invoice = (await list_voucher_dues(transaction, [invoice_id])).get(invoice_id)
        if invoice is None or invoice.kind not in SALES:
            raise Failure("No se encontro la factura.")
        movements = await list_due_movements(transaction, invoice.id, KIND)
        catalog = await load_catalog(transaction)
    return {"data": [collected_row(one, invoice, call.company_id, catalog) for one in movements]}
