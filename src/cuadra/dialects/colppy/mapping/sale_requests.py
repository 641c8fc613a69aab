"""Sales: the parameters of `alta_facturaventa` and `editar_facturaventa`, read as what they have to be. Pure.

Whatever has no place in the books is kept as it was sent, and given back. What the books cannot do (a CAE,
drafts, recurrence) is refused. Parameters that no page of the vendor names are ignored, as the vendor does.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.sale_codes import (
    ANNULLED,
    CASH_SALE,
    COLLECTED,
    CREDIT_NOTE,
    DRAFT,
    days_of_term,
    document_of,
    letter_of,
    state_of,
)
from cuadra.dialects.colppy.mapping.talonarios import prefix_from_text
from cuadra.dialects.colppy.mapping.values import (
    NAME_MAX,
    TEXT_MAX,
    ZERO,
    amount_of,
    kept_members,
    kept_value,
    medium_of,
    number_of,
)
from cuadra.dialects.colppy.reading import Parameters

ROWS_MAX = 500
ELECTRONIC = (
    "La factura electrónica no está disponible: este servidor no pide CAE. Envíe labelfe vacío."
)
_RATES = {"IVA21": Decimal(21), "IVA105": Decimal("10.5"), "IVA27": Decimal(27)}
# Said of the whole sale and kept as it was sent.
_KEPT = (
    "idUsuario", "fechaPago", "idTipoFactura", "idCondicionPago", "idEstadoAnterior", "idMoneda", "idCurrency", "rate", "valorCambio",
    "tipoFactura", "totalpagadofactura", "nroRepeticion", "periodoRep", "nroVencimiento", "tipoVencimiento",
    "fechaFin", "orderId", "price_list_id", "is_fce", "esresumen", "idCondicionIva", "idPlanCuenta",
    "netoGravado", "netoNoGravado",
)  # fmt: skip
KEPT_OF_ITEMS = (
    "idItem", "minimo", "tipoItem", "codigo", "ccosto1", "ccosto2", "almacen", "unidadMedida", "Cantidad",
    "ImporteUnitario", "porcDesc", "IVA", "subtotal", "idPlanCuenta", "Comentario",
)  # fmt: skip
KEPT_OF_MEDIA = (
    "idMedioCobro", "idMedioPago", "idPlanCuenta", "Banco", "nroCheque", "fechaValidez", "importe", "VAD", "CED",
    "Conciliado", "idTabla", "idElemento", "idItem",
)  # fmt: skip
_KEPT_OF_APPLIED = (
    "idFactura", "nroFactura", "tipoComprobante", "fechaPago", "RG", "moneda", "totalFactura", "pagado",
    "saldoAnterior", "estePago", "Saldo", "pagar",
)  # fmt: skip


class SaleItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item as asked for; `where` is how sentences call it. `account` is a name, or empty."""

    where: str
    product: int | None
    code: str
    description: str
    quantity: Decimal
    price: Decimal
    discount: Decimal
    rate: Decimal
    account: str
    cost_centre: str
    second_cost_centre: str
    warehouse: str
    kept: dict[str, Any]


class SaleMedium(msgspec.Struct, frozen=True, kw_only=True):
    """By which means, and through which account, by their names, how much of a cash sale was paid."""

    where: str
    name: str
    account: str
    amount: Decimal
    kept: dict[str, Any]


class SaleApplied(msgspec.Struct, frozen=True, kw_only=True):
    """How much of which document, by its serial, a credit note pays; in pesos."""

    serial: int
    amount: Decimal


class RateTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What the client says the IVA of one rate comes to."""

    rate: Decimal
    base: Decimal
    value: Decimal


class PaperAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What sales and purchases ask for alike. `kept` is what is given back as it was sent."""

    letter: str
    prefix: str
    day: date
    due_day: date
    description: str
    currency_rate: Decimal | None
    items: tuple[SaleItem, ...]
    media: tuple[SaleMedium, ...]
    taxed: Decimal
    untaxed: Decimal
    tax: Decimal
    perception_iva: Decimal
    perception_iibb: Decimal
    total: Decimal
    rates: tuple[RateTotal, ...]
    kept: dict[str, Any]


class SaleAsked(PaperAsked, frozen=True, kw_only=True):
    """A sale as asked for."""

    document: str
    state: str
    number: int | None
    customer: int
    applied: tuple[SaleApplied, ...]


def sale_from_parameters(parameters: Parameters) -> SaleAsked:
    """What a sale asks for. Raises `Failure` for the first thing wrong with it by itself."""
    _require_served(parameters)
    document, state = document_of(parameters), state_of(parameters)
    _require_state(document, state)
    customer = parameters.id("idCliente", required=True)
    day = parameters.day("fechaFactura", required=True)
    assert customer is not None and day is not None
    rows = parameters.items("ItemsCobro")
    asked = SaleAsked(
        document=document,
        state=state,
        letter=letter_of(parameters),
        prefix=prefix_from_text(parameters.text("nroFactura1", size=5)),
        number=number_of(parameters, "nroFactura2"),
        customer=customer,
        day=day,
        due_day=due_day(parameters, day),
        description=parameters.text("descripcion", size=TEXT_MAX),
        currency_rate=rate_of(parameters),
        items=items_of(parameters),
        media=media_of(rows) if document == CASH_SALE else (),
        applied=_applied_of(rows) if document == CREDIT_NOTE else (),
        taxed=amount_of(parameters, "netoGravado"),
        untaxed=amount_of(parameters, "netoNoGravado"),
        tax=amount_of(parameters, "totalIVA"),
        perception_iva=amount_of(parameters, "percepcionIVA"),
        perception_iibb=amount_of(parameters, "percepcionIIBB"),
        total=amount_of(parameters, "totalFactura", required=True),
        rates=rates_of(parameters),
        kept=_kept(parameters, document, rows),
    )
    _require_payments(asked, parameters, rows)
    return asked


def _require_served(parameters: Parameters) -> None:
    """No CAE, no electronic credit invoice, no recurrence."""
    label = parameters.text("labelfe", size=NAME_MAX)
    if label or parameters.flag("is_fce"):
        raise Failure(ELECTRONIC)
    if (parameters.integer("nroRepeticion") or 0) not in (0, 1):
        raise Failure("Las facturas recurrentes no están disponibles (nroRepeticion).")
    parameters.day("fechaFin")
    for name in ("periodoRep", "nroVencimiento", "tipoVencimiento"):
        parameters.integer(name)


def _require_state(document: str, state: str) -> None:
    if state == DRAFT:
        raise Failure("Los borradores no están disponibles: envíe la factura Aprobada.")
    if state == COLLECTED and document != CASH_SALE:
        message = (
            "Solo una factura de contado (8) se registra Cobrada; para las demás use alta_cobro."
        )
        raise Failure(message)
    if state == ANNULLED:
        raise Failure(
            "Una factura se registra Aprobada y después se anula con editar_facturaventa."
        )


def due_day(parameters: Parameters, day: date) -> date:
    """When it falls due: the day that is said, else so many days after the invoice."""
    days = days_of_term(parameters)
    due = parameters.day("fechaPago")
    if due is None:
        return day + timedelta(days=days or 0)
    if due < day:
        raise Failure("La fecha fechaPago es anterior a fechaFactura.")
    return due


def rate_of(parameters: Parameters) -> Decimal | None:
    """How many pesos one unit of the currency is worth; None where nothing but 1 is said."""
    said = {
        number.normalize()
        for name in ("rate", "valorCambio")
        if (number := parameters.number(name)) is not None and number not in (0, 1)
    }
    if len(said) > 1:
        raise Failure("valorCambio y rate no coinciden.")
    if any(rate < 0 for rate in said):
        raise Failure("El parámetro valorCambio debe ser positivo.")
    return said.pop() + 0 if said else None


def items_of(parameters: Parameters) -> tuple[SaleItem, ...]:
    """The items, at least one. Raises `Failure` for the first thing wrong with them by themselves."""
    rows = parameters.items("itemsFactura")
    if not rows:
        raise Failure("La factura no tiene ítems (itemsFactura).")
    if len(rows) > ROWS_MAX:
        raise Failure(f"Una factura admite hasta {ROWS_MAX} ítems.")
    return tuple(_item(row) for row in rows)


def _item(row: Parameters) -> SaleItem:
    price = row.number("ImporteUnitario", required=True)
    quantity = row.number("Cantidad", required=True)
    discount, rate = row.number("porcDesc") or ZERO, row.number("IVA") or ZERO
    assert price is not None and quantity is not None
    if price < 0:
        raise Failure(f"importe unitario negativo ({row.name('ImporteUnitario')})")
    if not 0 <= discount <= 100:
        raise Failure(f"El parámetro {row.name('porcDesc')} debe estar entre 0 y 100.")
    if row.text("tipoItem").upper() not in ("", "P", "S", "K"):
        raise Failure(f"El parámetro {row.name('tipoItem')} debe ser P, S o K.")
    for name in ("minimo", "subtotal"):
        row.number(name)
    return SaleItem(
        where=row.name(""),
        product=row.id("idItem") or None,
        code=row.text("codigo", size=NAME_MAX),
        description=row.text("Descripcion", size=TEXT_MAX),
        quantity=quantity,
        price=price,
        discount=discount,
        rate=rate.normalize() + 0,
        account=row.text("idPlanCuenta", size=NAME_MAX),
        cost_centre=row.text("ccosto1", size=NAME_MAX),
        second_cost_centre=row.text("ccosto2", size=NAME_MAX),
        warehouse=row.text("almacen", size=NAME_MAX),
        kept=kept_members(row, KEPT_OF_ITEMS),
    )


def media_of(rows: Iterable[Parameters]) -> tuple[SaleMedium, ...]:
    """The rows of means of payment, in both spellings; one of nothing is left out."""
    media = []
    for row in rows:
        name, member = medium_of(row)
        amount = amount_of(row, "importe", required=True)
        row.day("fechaValidez")
        for member in ("idTabla", "idElemento", "idItem"):
            row.id(member)
        if not amount:
            continue
        if not name:
            raise Failure(f"El parámetro {member} es obligatorio.")
        media.append(
            SaleMedium(
                where=row.name(""),
                name=name,
                account=row.text("idPlanCuenta", required=True, size=NAME_MAX),
                amount=amount,
                kept=kept_members(row, KEPT_OF_MEDIA),
            )
        )
    return tuple(media)


def _applied_of(rows: Iterable[Parameters]) -> tuple[SaleApplied, ...]:
    """The rows of documents a credit note pays; one of which nothing is paid is only listed."""
    applied = []
    for row in rows:
        serial, amount = row.id("idFactura"), amount_of(row, "estePago")
        row.day("fechaPago")
        for member in ("totalFactura", "pagado", "saldoAnterior", "Saldo"):
            row.number(member)
        if not amount:
            continue
        if row.flag("pagar") is False:
            raise Failure(f"La fila {row.name('estePago')} tiene importe y no se paga (pagar).")
        if serial is None:
            raise Failure(f"El parámetro {row.name('idFactura')} es obligatorio.")
        applied.append(SaleApplied(serial=serial, amount=amount))
    return tuple(applied)


def rates_of(parameters: Parameters) -> tuple[RateTotal, ...]:
    """The IVA by rate, where it is said: row by row, and in the members of an edit, which have to agree."""
    rates: dict[Decimal, RateTotal] = {}
    for row in parameters.items("totalesiva"):
        rate = row.number("alicuotaIva", required=True)
        base, value = amount_of(row, "baseImpIva"), amount_of(row, "importeIva")
        assert rate is not None
        if rate.normalize() in rates:
            raise Failure(
                f"La alícuota {shown(rate)} figura más de una vez ({row.name('alicuotaIva')})."
            )
        if base or value:
            rates[rate.normalize()] = RateTotal(rate=rate, base=base, value=value)
    for name, rate in _RATES.items():
        if parameters.number(name) is None or not parameters.items("totalesiva"):
            continue
        said = rates.get(rate.normalize())
        if amount_of(parameters, name) != (said.value if said else ZERO):
            raise Failure(f"El importe {name} no coincide con totalesiva.")
    return tuple(rates.values())


def _require_payments(asked: SaleAsked, parameters: Parameters, rows: list[Parameters]) -> None:
    """A cash sale is paid, whole; what others pay later is not said here."""
    kind, paid = (
        parameters.text("tipoFactura", size=NAME_MAX),
        parameters.number("totalpagadofactura"),
    )
    if asked.document != CASH_SALE:
        if kind.casefold() == "contado" and asked.document != CREDIT_NOTE:
            raise Failure("Una factura de contado lleva idTipoComprobante 8.")
        if asked.document != CREDIT_NOTE and any(amount_of(row, "importe") for row in rows):
            raise Failure("Solo una factura de contado (8) lleva medios de cobro; use alta_cobro.")
        return
    if kind and kind.casefold() != "contado":
        raise Failure(f"El parámetro tipoFactura no es válido: {shown(kind)}.")
    if not asked.media:
        raise Failure("Una factura de contado necesita sus medios de cobro (ItemsCobro).")
    collected = sum((medium.amount for medium in asked.media), ZERO)
    if collected != asked.total:
        raise Failure(
            f"La suma de los medios de cobro ({collected}) no es igual a totalFactura ({asked.total})."
        )
    if paid is not None and amount_of(parameters, "totalpagadofactura") != asked.total:
        raise Failure("totalpagadofactura no es igual a totalFactura.")


def _kept(parameters: Parameters, document: str, rows: list[Parameters]) -> dict[str, Any]:
    """What is given back as it was sent."""
    kept = kept_members(parameters, _KEPT)
    if document == CREDIT_NOTE and rows:
        kept["ItemsCobro"] = [kept_members(row, _KEPT_OF_APPLIED) for row in rows]
    if (data := parameters.raw.get("extra_data")) not in (None, "", [], {}):
        kept["extra_data"] = kept_value(data)
    return kept
