"""Receipts (cobros): the parameters of `alta_cobro` to a settlement. Pure.

Only the sum of the means of payment has to agree with its total. Everything else that a client adds up is kept as
it was told: the vendor's own examples do not agree with themselves.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cuadra.catalog.records import VoucherKind
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.settlements import GROSS_INCOME, Settlement, Withheld
from cuadra.dialects.colppy.mapping.settling import applied_of, media_of, withheld_by_place
from cuadra.dialects.colppy.mapping.talonarios import prefix_from_text
from cuadra.dialects.colppy.mapping.values import (
    NAME_MAX,
    TEXT_MAX,
    ZERO,
    amount_of,
    amount_text,
    day_text,
    kept_rows,
    number_of,
    signed_of,
)
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import ColppySettings

_PREFIX_MAX = 5
# Withholdings told by one amount each.
_WITHHELD = ("retGanancias", "retIVA", "retSUSS", "IIBBLocal")
# Further ones of the vendor's table, of which nobody knows what they are of.
_UNKNOWN = ("retencionIIBB1", "retencionIIBB2", "IIBBOtro")
# What clients add up, beside what is asked for; kept as it was told.
_TOLD = (
    "totalEsteCobro",
    "saldoFacturas",
    "anticipo",
    "totalACobrar",
    "diferenciaTipoCambio",
    "valorCambio",
)


def settlement_from_receipt(parameters: Parameters, settings: ColppySettings) -> Settlement:
    """What a receipt asks for. Raises `Failure` for the first thing wrong with it by itself."""
    third_party = parameters.id("idCliente", required=True)
    prefix = prefix_from_text(parameters.text("nroRecibo1", size=_PREFIX_MAX))
    number = number_of(parameters, "nroRecibo2")
    day = parameters.day("fechaCobro", required=True)
    assert third_party is not None and day is not None
    _require_no_treasury(parameters)
    _require_medium(parameters, settings)
    for name in _UNKNOWN:
        if amount_of(parameters, name):
            raise Failure(f"La retención {name} no está disponible; use retsufridas.")
    withheld = [
        Withheld(name=name, amount=amount)
        for name in _WITHHELD
        if (amount := amount_of(parameters, name))
    ]
    withheld += withheld_by_place(parameters, GROSS_INCOME, "retsufridas")
    withheld += withheld_by_place(parameters, "retencionOtras", "retsufridasotras")
    return Settlement(
        kind=VoucherKind.CASH_RECEIPT,
        third_party=third_party,
        prefix=prefix,
        number=number,
        day=day,
        description=parameters.text("descripcion", size=TEXT_MAX),
        total=amount_of(parameters, "totalCobrado", required=True),
        media=media_of(parameters.items("mediospagos"), settings.medium_codes),
        applied=applied_of(parameters.items("cobros"), "esteCobro"),
        withheld=tuple(withheld),
        discounts=amount_of(parameters, "descuentos"),
        interest=amount_of(parameters, "intereses"),
        kept=_kept(parameters) | _sums(withheld),
    )


def _sums(withheld: Sequence[Withheld]) -> dict[str, str]:
    """What was withheld by each name, also where only its parts were told."""
    sums: dict[str, Decimal] = {}
    for one in withheld:
        sums[one.name] = sums.get(one.name, ZERO) + one.amount
    return {name: amount_text(amount) for name, amount in sums.items()}


def _require_no_treasury(parameters: Parameters) -> None:
    """Receipts of others than customers are another operation of the vendor's."""
    if parameters.flag("estesoreria"):
        raise Failure("Los otros cobros de tesorería (estesoreria 1) no están disponibles.")


def _require_medium(parameters: Parameters, settings: ColppySettings) -> None:
    name = parameters.text("idMedioCobro")
    if name and name not in settings.medium_codes:
        raise Failure(f"No existe el medio de cobro {name[:60]} (idMedioCobro).")


def _kept(parameters: Parameters) -> dict[str, Any]:
    """The receipt in the vendor's words: heads and sums as texts, rows as they were sent."""
    day = parameters.day("fechaCobro")
    kept: dict[str, Any] = {
        "idUsuario": parameters.text("idUsuario", size=NAME_MAX),
        "fechaCobro": day_text(day) if day else "",
        "idMedioCobro": parameters.text("idMedioCobro"),
    }
    for name in _TOLD:
        if (number := parameters.number(name)) is not None:
            kept[name] = (
                f"{number:f}" if name == "valorCambio" else amount_text(signed_of(parameters, name))
            )
    for name in ("descuentos", "intereses"):
        if (amount := amount_of(parameters, name)) != ZERO:
            kept[name] = amount_text(amount)
    kept["totalCobrado"] = amount_text(amount_of(parameters, "totalCobrado"))
    for name in ("cobros", "mediospagos", "retsufridas", "retsufridasotras"):
        if rows := parameters.items(name):
            kept[name] = kept_rows(rows)
    return kept
