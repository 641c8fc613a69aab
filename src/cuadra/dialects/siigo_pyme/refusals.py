"""What the books have against a voucher, told to the rows it is about, in Spanish.

Problems name lines by position and fields in our words; a row error names the row of the request and
the vendor's reference. The vendor documents no texts, so all of them are ours.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from cuadra.database.pool import DatabaseUnavailable
from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.rows import Row
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import VoucherChanged
from cuadra.trade.group import Busy

# Our path of a voucher, positions left out -> the vendor's reference; `id` stands for the whole.
MOVEMENT_REFERENCES = {
    "voucher_type": "voucher_code",
    "number": "document_number",
    "date": "document_day",
    "party": "nit",
    "party.identification": "nit",
    "external_number": "supplier_document_number",
    "id": "document_number",
    "due": "cross_document_number",
    "stock": "product_code",
    "lines": "sequence_value",
    "lines.account": "accounting_account",
    "lines.amount": "sequence_value",
    "lines.tax_base": "withholding_base",
    "lines.party": "nit",
    "lines.party.identification": "nit",
    "lines.cost_centre": "cost_center",
    "lines.due": "cross_document_number",
    "lines.product.code": "product_code",
    "lines.product.warehouse": "warehouse_code",
}
INVOICE_REFERENCES = {
    "voucher_type": "voucher_code",
    "number": "document_number",
    "date": "document_day",
    "customer": "nit",
    "customer.identification": "nit",
    "cost_centre": "cost_center",
    "seller": "salesperson_code",
    "payments": "payment_method",
    "payments.payment_type": "payment_method",
    "payments.value": "payment_method",
    "payments.due_date": "payment_method",
    "total": "sequence_value",
    "id": "document_number",
    "due": "document_number",
    "stock": "product_code",
    "items": "sequence",
    "items.product": "product_code",
    "items.quantity": "quantity",
    "items.gross": "sequence_value",
    "items.taxes": "sequence_vat_percentage",
    "items.taxes.tax": "sequence_vat_percentage",
    "items.warehouse": "warehouse_code",
    "items.seller": "salesperson_code",
}
OFFER_REFERENCES = INVOICE_REFERENCES | {
    "voucher_type": "document_code",
    "supplier": "nit",
    "supplier.identification": "nit",
    "items.discount": "sequence_discount_1_value",
}
_TEXTS = {
    "required": "es obligatorio",
    "unknown": "{value} no existe",
    "inactive": "{value} está inactivo",
    "value": "{value} no es válido",
    "amount": "{value} no es un valor válido",
    "locked": "el periodo {value} está cerrado",
    "repeated_number": "el documento ya existe",
    "repeated": "{value} ya existe",
    "setting": "la numeración es automática y autorizada; el siguiente número es {value}",
    "balance": "el comprobante está descuadrado en {value}",
    "due_balance": "el cruce {value} queda con saldo contrario",
    "product_setting": "el producto {value} no maneja inventario",
    "account_setting": "la cuenta {value} no es de movimiento",
    "wrong_kind": "{value} no se puede usar aquí",
    "not_found": "el documento está anulado o ya no existe, y no se puede modificar",
    "not_editable": "el documento no se puede modificar: otros dependen de él",
    "in_use": "otros documentos dependen de este",
    "superseded": "una petición idéntica que llegó después sigue con el documento",
    "array": "el número de secuencias no es válido",
}
_EXCEPTIONS = {
    ("unknown", "party"): "el tercero {value} no existe",
    ("unknown", "lines.party"): "el tercero {value} no existe",
    ("inactive", "party"): "el tercero {value} está inactivo",
    ("inactive", "lines.party"): "el tercero {value} está inactivo",
    ("inactive", "voucher_type"): "el comprobante está inactivo",
    ("inactive", "cost_centre"): "el centro de costo está inactivo",
    ("inactive", "lines.cost_centre"): "el centro de costo está inactivo",
    ("value", "lines.due"): "el documento cruce {value} está por emitir",
    ("repeated", "external_number"): "el documento {value} del proveedor ya está registrado",
    ("required", "number"): "el comprobante es de numeración manual",
    ("unknown", "customer"): "el tercero {value} no existe",
    ("inactive", "customer"): "el tercero {value} está inactivo",
    ("unknown", "supplier"): "el tercero {value} no existe",
    ("inactive", "supplier"): "el tercero {value} está inactivo",
    ("date", "date"): "un documento electrónico no puede llevar una fecha anterior a hoy",
    ("setting", "cost_centre"): "el comprobante no maneja centros de costo",
    ("required", "cost_centre"): "el comprobante exige centro de costo",
    ("repeated", "due"): "ya existe un vencimiento con el nombre de este documento",
    ("value", "items.quantity"): "no hay existencias para una cantidad de {value}",
    ("inactive", "items.product"): "el producto {value} está inactivo",
    ("taxes", "items.taxes"): "los impuestos del producto no van juntos",
    ("amount", "items.discount"): "los descuentos superan el valor de la secuencia",
    ("amount", "total"): "el total {value} no es un valor válido",
}
UNAVAILABLE = "la base de datos no responde; no se grabó"
BUSY = "hay demasiados documentos en espera; no se grabó"
CHANGED = "otra petición cambió el documento al mismo tiempo"
UNFORESEEN = "ocurrió un error inesperado; no se grabó"


def errors_of(
    error: Exception, rows: Sequence[Row], references: Mapping[str, str]
) -> list[RowError]:
    """What rows are told of the outcome of their recording; an empty list for what nobody foresaw."""
    match error:
        case Rejected(problems=problems):
            told = [tell(problem, rows, references) for problem in problems]
            return list({_key(one): one for one in told}.values())
        case DatabaseUnavailable():
            return [whole(rows, "unavailable", UNAVAILABLE, references)]
        case Busy():
            return [whole(rows, "busy", BUSY, references)]
        case VoucherChanged():
            return [whole(rows, "busy", CHANGED, references)]
    return []


def _key(error: RowError) -> tuple[int | None, str, str]:
    return error.row, error.field, error.code


def tell(problem: Problem, rows: Sequence[Row], references: Mapping[str, str]) -> RowError:
    """One problem as the row it is about says it; the first row stands for the whole."""
    path = re.sub(r"\[\d+\]", "", problem.field)
    line = re.match(r"(?:lines|items)\[(\d+)\]", problem.field)
    row = rows[int(line[1]) if line else 0]
    reference = references.get(path, path.removeprefix("lines."))
    text = _EXCEPTIONS.get((problem.code, path)) or _TEXTS.get(problem.code, "no es válido")
    value = problem.value
    if isinstance(value, Decimal):
        value = f"{abs(value):f}"
    if problem.code == "locked" and isinstance(value, int):
        value = f"{value // 100}-{value % 100:02}"
    if reference == "nit" and (branch := row.number("branch")):
        value = f"{value} sucursal {branch}"
    return row.told(reference, problem.code, text.format(value=value))


def whole(rows: Sequence[Row], code: str, text: str, references: Mapping[str, str]) -> RowError:
    """What is wrong with all the rows together."""
    return rows[0].told(references["id"], code, text)
