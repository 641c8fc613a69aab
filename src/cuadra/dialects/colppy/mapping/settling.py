"""What the parameters of receipts and payments have in common: rows of means and invoices, withholdings, sums. Pure.

Everything is read as what it has to be, and kept besides in the vendor's words, so that nothing that was sent is
lost. What is wrong by itself is a `Failure`.
"""

from collections.abc import Iterable, Mapping

from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.settlements import GROSS_INCOME, Applied, Medium, Withheld
from cuadra.dialects.colppy.mapping.values import (
    NAME_MAX,
    ZERO,
    amount_of,
    jurisdiction_of,
    medium_of,
    signed_of,
)
from cuadra.dialects.colppy.reading import Parameters

CHEQUES = ("Cheque Recibido Común", "Cheque Recibido Diferido")
APPROVED, VOID = "Aprobado", "Anulado"
_SIGNS = ("", "S", "N", "VAD", "CED")
_RECONCILED = ("", "N", "C", "S")


def state_of(parameters: Parameters, name: str) -> str:
    """`Aprobado` or `Anulado`; there are no drafts."""
    text = parameters.text(name, required=True)
    for state in (APPROVED, VOID):
        if text.casefold() == state.casefold():
            return state
    raise Failure(f"El parámetro {name} debe ser {APPROVED} o {VOID}: {shown(text)}.")


def media_of(rows: Iterable[Parameters], names: Mapping[str, str]) -> tuple[Medium, ...]:
    """The rows of means of payment, in both spellings of their members."""
    return tuple(_medium(row, names) for row in rows)


def _medium(row: Parameters, names: Mapping[str, str]) -> Medium:
    name = medium_name(row, names)
    amount = amount_of(row, "importe", required=True)
    cheque, day = row.text("nroCheque", size=NAME_MAX), row.day("fechaValidez")
    if name in CHEQUES and amount and not (cheque and day):
        raise Failure(f"Un {name} lleva nroCheque y fechaValidez ({row.name('importe')}).")
    for member in ("VAD", "CED"):
        _one_of(row, member, _SIGNS)
    _one_of(row, "Conciliado", _RECONCILED)
    for member in ("idTabla", "idElemento", "idItem"):
        row.id(member)
    return Medium(
        where=row.name(""),
        name=name,
        account=row.text("idPlanCuenta", required=True, size=NAME_MAX),
        amount=amount,
        bank=row.text("Banco", size=NAME_MAX),
        cheque=cheque,
        day=day,
    )


def medium_name(row: Parameters, names: Mapping[str, str]) -> str:
    """The means of a row, one of those that the company knows."""
    name, member = medium_of(row)
    if not name:
        raise Failure(f"El parámetro {member} es obligatorio.")
    if name not in names:
        what = "pago" if member.endswith("idMedioPago") else "cobro"
        raise Failure(f"No existe el medio de {what} {shown(name)} ({member}).")
    return name


def _one_of(row: Parameters, name: str, options: tuple[str, ...]) -> None:
    value = row.raw.get(name)
    text = ("S" if value else "N") if isinstance(value, bool) else row.text(name)
    if text.upper() not in (*options, "0", "1"):
        raise Failure(f"El parámetro {row.name(name)} no es una de las opciones: {shown(text)}.")


def applied_of(rows: Iterable[Parameters], amount_name: str) -> tuple[Applied, ...]:
    """The rows of invoices of which something is settled; a row with nothing is only listed."""
    applied = []
    for row in rows:
        for member in ("nroFactura", "tipoComprobante", "moneda"):
            row.text(member, size=NAME_MAX)
        for member in ("totalFactura", "cobrado", "pagado", "saldoAnterior", "Saldo"):
            row.number(member)
        row.day("fechaPago")
        chosen, amount = row.flag("pagar"), signed_of(row, amount_name)
        if not amount:
            row.id("idFactura")
            continue
        if chosen is False:
            raise Failure(f"La fila {row.name(amount_name)} tiene importe y no se paga (pagar).")
        serial = row.id("idFactura", required=True)
        assert serial is not None
        applied.append(Applied(where=row.name(""), serial=serial, amount=amount))
    serials = [one.serial for one in applied]
    if len(set(serials)) < len(serials):
        raise Failure("Una factura figura más de una vez.")
    return tuple(applied)


def withheld_by_place(parameters: Parameters, total_name: str, list_name: str) -> list[Withheld]:
    """Withholdings told one by one, by jurisdiction and certificate; or only their total.

    Where both are told they have to agree.
    """
    total = amount_of(parameters, total_name)
    rows = [_withheld(row, total_name) for row in parameters.items(list_name)]
    added = sum((one.amount for one in rows), ZERO)
    if rows and total and added != total:
        raise Failure(f"La suma de {list_name} ({added}) no es igual a {total_name} ({total}).")
    if not added and total:
        return [Withheld(name=total_name, amount=total)]
    return [one for one in rows if one.amount]


def _withheld(row: Parameters, name: str) -> Withheld:
    row.text("municipio", size=NAME_MAX)
    return Withheld(
        name=name,
        amount=amount_of(row, "importeRet", required=True),
        jurisdiction=(
            jurisdiction_of(row)
            if name == GROSS_INCOME
            else row.text("jurisdiccion", size=NAME_MAX)
        ),
        certificate=row.text("nroCertificado", size=NAME_MAX),
    )
