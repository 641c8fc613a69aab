"""Payments (pagos): paying suppliers, voiding, and reading back."""

from typing import Any

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.handlers.settling import load_voucher, record_settlement, void
from cuadra.dialects.colppy.mapping.payments import settlement_from_payment
from cuadra.dialects.colppy.mapping.receipt_rows import payment_to_data
from cuadra.dialects.colppy.mapping.settling import VOID, state_of
from cuadra.trade.reading import find_receipt

KIND = VoucherKind.PAYMENT_RECEIPT
RECORDED = "Se insertó el pago con éxito"


async def create_payment(call: Call) -> dict[str, Any]:
    """Pago/alta_pago: a payment, or with `idPago` and the state `Anulado` the end of one."""
    payment_id = call.parameters.id("idPago")
    is_void = state_of(call.parameters, "idEstadoPago") == VOID
    if payment_id:
        if not is_void:
            raise Failure("El pago ya existe; sólo se puede anular (idEstadoPago Anulado).")
        if not call.settings.void_receipts:
            raise Failure("La empresa no permite anular pagos con alta_pago.")
        await void(call, KIND, payment_id, call.parameters.id("idProveedor"))
    elif is_void:
        raise Failure("Un pago nuevo no puede estar Anulado.")
    else:
        asked = settlement_from_payment(call.parameters, call.settings)
        payment_id = await record_settlement(call, asked)
    return {"data": {"idPago": str(payment_id), "estesoreria": "0"}}


async def read_payment(call: Call) -> dict[str, Any]:
    """Pago/leer_pago: one payment, whichever door it came through."""
    payment_id = call.parameters.id("idPago", required=True)
    assert payment_id is not None
    async with call.database.read(call.credential) as transaction:
        found = await load_voucher(transaction, KIND, payment_id)
        payment = await find_receipt(transaction, KIND, found.id)
        catalog = await load_catalog(transaction)
    assert payment is not None  # it was there, in the same transaction
    return {"data": payment_to_data(payment, payment_id, call.company_id, catalog)}
