"""How a paper is paid, and which tax is perceived on it: by the company's payment types and taxes. Pure."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from cuadra.catalog.records import PaymentType, TaxKind
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.accounts import find_money_account
from cuadra.dialects.colppy.mapping.sale_requests import SaleMedium
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.documents import PaymentDraft


class Side(NamedTuple):
    """What distinguishes the means of sales from those of purchases: whose are left out, and what they are called."""

    without: str
    means: str
    member: str
    credit: str


SALES = Side("purchases", "medio de cobro", "idMedioCobro", "cuenta corriente")
PURCHASES = Side("sales", "medio de pago", "idMedioPago", "cuenta corriente para proveedores")


def payment_by(medium: SaleMedium, side: Side, catalog: Catalog) -> PaymentDraft:
    """What is paid at once, by a means through an account of money. Raises `Failure` where there is no such means."""
    for payment_type in _types(side, catalog):
        if payment_type.name == medium.name and not payment_type.due_date:
            where = f"{medium.where}idPlanCuenta"
            return PaymentDraft(
                payment_type=payment_type.id,
                value=medium.amount,
                account=find_money_account(medium.account, catalog, where).code,
                extra={DIALECT: medium.kept},
            )
    raise Failure(f"No existe el {side.means} {shown(medium.name)} ({medium.where}{side.member}).")


def payment_owed(value: Decimal, due_day: date, side: Side, catalog: Catalog) -> PaymentDraft:
    """What is owed until its day. Raises `Failure` where the company gives or gets no credit."""
    for payment_type in _types(side, catalog):
        if payment_type.due_date:
            return PaymentDraft(payment_type=payment_type.id, value=value, due_date=due_day)
    raise Failure(f"La empresa no tiene una forma de pago en {side.credit}.")


def _types(side: Side, catalog: Catalog) -> Iterator[PaymentType]:
    types = catalog.payment_types.values()
    return (one for one in types if one.active and one.side != side.without)


def perception_tax(kind: TaxKind, name: str, catalog: Catalog) -> int:
    """The company's first tax of a kind. Raises `Failure` where it has none for the member of this name."""
    for tax in catalog.taxes.values():
        if tax.kind is kind and tax.active:
            return tax.id
    raise Failure(f"La empresa no tiene configurado el impuesto de {name}.")
