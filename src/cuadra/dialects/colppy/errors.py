"""One table: what is wrong, in the words of the vendor where they are known, else in clear Spanish.

There are two ways to fail. A `Refusal` means that the service was not executed: `estado` tells why and `response`
is null. A `Failure` is the business saying no: `estado` is 0, and `response` has `success` false and a message.
Each part of the dialect adds the rows of its own problems to `_TEXTS`, `_EXCEPTIONS` and `_NAMES`.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from cuadra.errors import Problem

EXECUTED = "La operación se realizó correctamente"
DONE = "La operación se realizó con éxito."
BAD_PASSWORD = "La contraseña de usuario es incorrecta"  # noqa: S105 - a message
BAD_SESSION = "La sesion no es válida."
NOT_EXECUTED = "Ocurrió un error durante la ejecución del servicio"
TOO_MANY = "Se superó el límite de solicitudes"
BAD_PARAMETERS = "error en los parámetros"
COMPANY_MISSING = "ID de empresa faltante"
NO_PERMISSION = "El usuario no tiene permiso sobre la empresa."
NOT_SERVED = "La operación no está disponible en este servidor."
CHANGED = "Otra operación lo modificó al mismo tiempo; intente de nuevo."
ESTADO_PASSWORD = 602
ESTADO_SESSION = 1

# By problem code; {x} is the vendor's name of the parameter, {value} what was sent.
_TEXTS = {
    "required": "El parámetro {x} es obligatorio.",
    "empty": "El parámetro {x} está vacío.",
    "type": "El parámetro {x} no tiene el tipo de dato esperado.",
    "value": "El parámetro {x} no es válido: {value}.",
    "amount": "El importe {x} no es válido: {value}.",
    "range": "El rango de {x} no es válido.",
    "too_long": "El parámetro {x} admite hasta {value} caracteres.",
    "format": "El parámetro {x} no tiene el formato esperado: {value}.",
    "option": "El parámetro {x} no es una de las opciones: {value}.",
    "not_allowed": "El parámetro {x} no corresponde.",
    "unknown": "No existe {x} {value}.",
    "inactive": "{x} {value} no está activo.",
    "wrong_kind": "{x} {value} no se puede usar aquí.",
    "mismatch": "{x} {value} no corresponde al comprobante.",
    "setting": "El talonario no permite {x}: {value}.",
    "company_setting": "La empresa no tiene configurado {x}.",
    "account_setting": "La cuenta {value} no se puede usar aquí.",
    "date": "La fecha {x} no es válida: {value}.",
    "date_range": "El rango de fechas no es válido.",
    "locked": "El período {value} está cerrado.",
    "repeated": "{x} {value} ya existe.",
    "repeated_number": "Ya existe un comprobante con ese número.",
    "balance": "El debe y el haber no son iguales; la diferencia es {value}.",
    "due_balance": "El importe supera el saldo pendiente: {value}.",
    "payments": "Los medios de pago no suman el total: {value}.",
    "in_use": "Otros comprobantes dependen de este: {value}.",
    "not_editable": "{x} no se puede modificar.",
    "not_found": "El comprobante no existe.",
    "stated": "Los totales no coinciden con los ítems, que suman {value} (neto + IVA).",
    "stated_sum": "totalFactura no es igual a netos + totalIVA + percepciones, que suman {value}.",
    "taxes": "Los impuestos de {x} no se pueden usar juntos.",
    "array": "{x} tiene demasiadas filas o filas repetidas.",
    "busy": "Otra operación lo modificó al mismo tiempo; intente de nuevo.",
}
# By problem code and our path, indexes left out.
_EXCEPTIONS: dict[tuple[str, str], str] = {
    ("option", "id_type"): "La empresa no admite este tipo de identificación: {value}.",
    (
        "not_editable",
        "account_group",
    ): "Las cuentas no se pueden modificar: el ítem tiene movimientos.",
    (
        "not_editable",
        "stock_control",
    ): "Las cuentas no se pueden modificar: el ítem tiene movimientos.",
    ("not_editable", "kind"): "El tipo no se puede modificar: el ítem tiene movimientos.",
    ("array", "lines"): "Un asiento lleva al menos dos renglones, y no más de 30000.",
    ("inactive", "lines.party"): "El tercero {value} no está activo.",
    ("inactive", "supplier"): "El proveedor {value} no está activo.",
    ("taxes", "charges.tax"): "El impuesto {value} no es de percepciones de compras.",
    ("account_setting", "items.account"): "La cuenta {value} no se puede usar para el ítem.",
    (
        "repeated",
        "external_number",
    ): "Ya existe una factura de este proveedor con el número {value}.",
    (
        "product_setting",
        "items.product",
    ): "El ítem {value} no se puede comprar: es un combo, o no tiene cuenta de compras.",
    ("repeated_number", "number"): "Ya existe un comprobante con el número {value}.",
    ("amount", "items.price"): "El parámetro {x} debe ser mayor que cero: {value}.",
    (
        "required",
        "items.tax_base",
    ): "El parámetro itemsFactura.ImporteUnitario debe ser mayor que cero.",
    (
        "required",
        "items.taxpayer",
    ): "El parámetro itemsFactura.ImporteUnitario debe ser mayor que cero.",
    ("value", "items.quantity"): "La Cantidad {value} no es válida o no hay stock suficiente.",
    ("date", "date"): "La fecha de la nota de crédito es anterior a la de la factura: {value}.",
    ("mismatch", "applied.document"): "Una factura de ItemsCobro es de otro cliente.",
    (
        "unknown",
        "applied.document",
    ): "Un comprobante de ItemsCobro no se puede cancelar con una nota de crédito.",
    ("value", "applied.document"): "Una factura de ItemsCobro está en otra moneda o a otro cambio.",
    ("balance", "applied.value"): "El importe estePago supera el saldo de la factura: {value}.",
    ("payments", "applied"): "Lo aplicado ({value}) supera el total de la nota de crédito.",
    (
        "in_use",
        "due",
    ): "El comprobante tiene cobros o notas de crédito aplicados: anúlelos primero.",
    (
        "not_editable",
        "due",
    ): "El comprobante tiene cobros o notas de crédito aplicados: anúlelos primero.",
    ("in_use", "id"): "Otros comprobantes corrigen este.",
    # Receipts and payments.
    ("required", "lines.cost_centre"): "Una de las cuentas exige centro de costo.",
    ("amount", "lines.amount"): "Uno de los importes está fuera de rango: {value}.",
    ("repeated", "lines.due"): "Ya existe un saldo con el nombre {value}.",
    ("repeated", "due"): "Ya existe un saldo con el nombre del comprobante.",
    ("unknown", "lines.due"): "No existe el saldo {value}.",
    ("inactive", "customer"): "El cliente {value} no está activo.",
    ("unknown", "customer"): "No se encuentra el cliente.",
    ("unknown", "supplier"): "No se encuentra el proveedor.",
}
# Our path -> the vendor's parameter. What is not here is called the same.
_NAMES: dict[str, str] = {
    "income_account": "ctaIngresoVentas",
    "inventory_account": "ctaInventario",
    "cost_account": "ctaCostoVentas",
    "lines.amount": "del renglón",
    "charges.tax": "el impuesto de la percepción",
    "party.identification": "idCliente",
    "number": "nroFactura2",
    "voucher_type": "nroFactura1",
    "total": "totalFactura",
    "currency.code": "idMoneda",
    "currency.exchange_rate": "valorCambio",
    "items": "itemsFactura",
    "items.price": "itemsFactura.ImporteUnitario",
    "items.quantity": "itemsFactura.Cantidad",
    "items.discount": "itemsFactura.porcDesc",
    "items.product": "itemsFactura.idItem",
    "items.account": "itemsFactura.idPlanCuenta",
    "payments.account": "ItemsCobro.idPlanCuenta",
    "payments.value": "ItemsCobro.importe",
    "applied": "ItemsCobro",
    "applied.value": "ItemsCobro.estePago",
}


class Failure(Exception):
    """What the business refuses: the sentence a client shows, and more of them where there are several."""

    def __init__(self, message: str, errors: Sequence[str] = ()) -> None:
        self.message = message
        self.errors = list(errors)
        super().__init__(message)


class Refusal(Exception):
    """A service that is not executed. `estado` None is the company's choice for failures."""

    def __init__(
        self,
        estado: int | None,
        message: str,
        *,
        versioned: bool = True,
        retry_after: int | None = None,
    ) -> None:
        self.estado = estado
        self.message = message
        self.versioned = versioned
        self.retry_after = retry_after
        super().__init__(message)


def failure_from_problems(problems: Sequence[Problem]) -> Failure:
    """What a draft's problems come to: the first is the message, several are told as `errors` besides."""
    told = {(one.code, one.value) for one in problems if one.field in ("customer", "supplier")}
    texts = list(
        dict.fromkeys(
            _text(one)
            for one in problems
            # What is wrong with whose paper it is, is not told of each line again.
            if not (one.field.endswith("].party") and (one.code, one.value) in told)
        )
    )
    return Failure(texts[0], texts if len(texts) > 1 else ())


def _text(problem: Problem) -> str:
    path = re.sub(r"\[\d+\]", "", problem.field)
    text = _EXCEPTIONS.get((problem.code, path)) or _TEXTS.get(problem.code, "{x} no es válido.")
    value = problem.value
    if problem.code == "locked" and isinstance(value, int):  # the period 202303
        value = f"{value // 100}-{value % 100:02d}"
    if problem.code in ("balance", "due_balance") and isinstance(value, Decimal):
        value = abs(value)
    return text.format(x=_NAMES.get(path, path), value=shown(value))


def shown(value: object) -> str:
    """A value as a sentence repeats it: short, and amounts without an exponent where that is short too."""
    short = isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40
    text = f"{value:f}" if short else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
