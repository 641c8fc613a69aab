"""Payments (pagos): the parameters of `alta_pago` to a settlement. Pure.

What is withheld from a supplier settles its invoices as money does. The invoices come as the text of a list.
"""

from typing import Any

from cuadra.catalog.records import VoucherKind
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

INVOICES, MEDIA = "recordsToInsertUpdate", "recordsToInsertUpdate1"
_PREFIX_MAX = 5
_TOLD = ("totalFacturas", "anticipo", "valorCambio")


def settlement_from_payment(parameters: Parameters, settings: ColppySettings) -> Settlement:
    """What a payment asks for. Raises `Failure` for the first thing wrong with it by itself."""
    third_party = parameters.id("idProveedor", required=True)
    day = parameters.day("fechaPago", required=True)
    assert third_party is not None and day is not None
    withheld = withheld_by_place(parameters, GROSS_INCOME, "retemitidas")
    if income := amount_of(parameters, "retGanancias1"):
        base = amount_of(parameters, "baseCalculo1")
        withheld.insert(0, Withheld(name="retGanancias", amount=income, base=base))
    return Settlement(
        kind=VoucherKind.PAYMENT_RECEIPT,
        third_party=third_party,
        prefix=prefix_from_text(parameters.text("nroPago1", size=_PREFIX_MAX)),
        number=number_of(parameters, "nroPago2"),
        day=day,
        description=parameters.text("descripcion", size=TEXT_MAX),
        total=amount_of(parameters, "totalpagado", required=True),
        media=media_of(parameters.items(MEDIA), settings.medium_codes),
        applied=applied_of(parameters.items(INVOICES), "estePago"),
        withheld=tuple(withheld),
        discounts=amount_of(parameters, "descuentos"),
        interest=amount_of(parameters, "intereses"),
        kept=_kept(parameters),
    )


def _kept(parameters: Parameters) -> dict[str, Any]:
    """The payment in the vendor's words: heads and sums as texts, rows as they were sent."""
    day = parameters.day("fechaPago")
    kept: dict[str, Any] = {
        "idUsuario": parameters.text("idUsuario", size=NAME_MAX),
        "fechaPago": day_text(day) if day else "",
        "estesoreria": parameters.text("estesoreria", size=1) or "0",
        "idRetGanancias1": parameters.text("idRetGanancias1", size=NAME_MAX),
    }
    for name in _TOLD:
        if (number := parameters.number(name)) is not None:
            kept[name] = (
                f"{number:f}" if name == "valorCambio" else amount_text(signed_of(parameters, name))
            )
    for name in ("retGanancias1", "baseCalculo1", "retencionIIBB", "descuentos", "intereses"):
        if (amount := amount_of(parameters, name)) != ZERO:
            kept[name] = amount_text(amount)
    kept["totalpagado"] = amount_text(amount_of(parameters, "totalpagado"))
    for name in (INVOICES, MEDIA, "retemitidas"):
        if rows := parameters.items(name):
            kept[name] = kept_rows(rows)
    return kept
