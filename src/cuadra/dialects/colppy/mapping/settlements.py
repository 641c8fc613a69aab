"""What settles invoices, whichever way the money goes: a receipt (cobro) or a payment (pago). Pure.

Both say by which means how much money moved, what was withheld, discounts and interest, and how much of which
invoice that settles. What is left is on account: money received + withholdings + discounts - interest - invoices.
It becomes a due of the paper's own. The lines of one such paper are one balanced voucher.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.catalog.records import DueKind, VoucherKind, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.accounts import find_money_account
from cuadra.dialects.colppy.mapping.talonarios import full_number
from cuadra.dialects.colppy.mapping.values import ZERO
from cuadra.dialects.colppy.settings import DIALECT, ColppySettings, ReceiptAccounts
from cuadra.trade.lines import DueDraft, LineDraft
from cuadra.trade.receipts import ReceiptDraft, ReceiptType
from cuadra.trade.voucher_dues import OpenedDue, VoucherDues

OptionalDay = date | None  # members named `day` would hide the type
GROSS_INCOME = "retencionIIBB"  # the withholding that is told by jurisdiction


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """By which means, and through which account, how much money moved. `where` is how sentences call it."""

    where: str
    name: str
    account: str
    amount: Decimal
    bank: str = ""
    cheque: str = ""
    day: OptionalDay = None


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """How much of which document, by its serial, is settled."""

    where: str
    serial: int
    amount: Decimal


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """What was withheld: `name` is the vendor's member of it (`retGanancias`), `base` where it was said."""

    name: str
    amount: Decimal
    jurisdiction: str = ""
    certificate: str = ""
    base: Decimal = ZERO


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt or a payment as asked for. `kept` is all of it in the vendor's words, to be given back."""

    kind: VoucherKind
    third_party: int
    prefix: str
    number: int | None
    day: date
    description: str
    total: Decimal
    media: tuple[Medium, ...]
    applied: tuple[Applied, ...]
    withheld: tuple[Withheld, ...]
    discounts: Decimal
    interest: Decimal
    kept: dict[str, Any]


class _Side(msgspec.Struct, frozen=True):
    """What distinguishes the two ways, and how sentences tell them. `sign` is that of the lines of the money."""

    sign: int
    owed: DueKind
    party: str
    paper: str
    total: str
    settled: str


SIDES = {
    VoucherKind.CASH_RECEIPT: _Side(
        1, DueKind.RECEIVABLE, "cliente", "recibo", "totalCobrado", "cobrada"
    ),
    VoucherKind.PAYMENT_RECEIPT: _Side(
        -1, DueKind.PAYABLE, "proveedor", "pago", "totalpagado", "pagada"
    ),
}


def compute_on_account(asked: Settlement) -> Decimal:
    """What is left of the money once everything is settled. Raises `Failure` where it is less than nothing."""
    side = SIDES[asked.kind]
    money = sum((medium.amount for medium in asked.media), ZERO)
    if money != asked.total:
        raise Failure(
            f"La suma de los medios de pago ({money}) no es igual a {side.total} ({asked.total})."
        )
    withheld = sum((one.amount for one in asked.withheld), ZERO)
    settled = sum((one.amount for one in asked.applied), ZERO)
    left = money + withheld + asked.discounts - asked.interest - settled
    if left < 0:
        available = money + withheld + asked.discounts - asked.interest
        raise Failure(
            f"Los importes no cierran: hay {available} para aplicar y se aplican {settled}."
        )
    return left


def draft_from_settlement(
    asked: Settlement,
    party: PartyName,
    voucher_type: VoucherType,
    documents: Mapping[int, VoucherDues],
    catalog: Catalog,
    settings: ColppySettings,
) -> ReceiptDraft:
    """The receipt in detail that a settlement asks for. Raises `Failure`.

    `documents` are those it names, as they are owed now; whether they still are when it is recorded is for
    the books to say.
    """
    side = SIDES[asked.kind]
    left = compute_on_account(asked)
    lines = [_medium_line(one, side, catalog) for one in asked.media if one.amount]
    lines += [_withheld_line(one, side, catalog, settings) for one in asked.withheld]
    accounts = settings.accounts_in(catalog.company.country)
    lines += _price_lines(asked, side, accounts)
    for one in asked.applied:
        paid, over = _applied_lines(one, asked, documents, catalog, settings)
        lines += paid
        left += over
    if left:
        lines.append(_own_line(asked, left, voucher_type, accounts))
    if not lines:
        raise Failure("No hay importes para registrar.")
    return ReceiptDraft(
        kind=asked.kind,
        type=ReceiptType.DETAILED,
        voucher_type=voucher_type.id,
        date=asked.day,
        number=asked.number,
        chosen_number=True,
        party=party,
        lines=lines,
        observations=asked.description or None,
        extra={DIALECT: asked.kept},
    )


def _medium_line(medium: Medium, side: _Side, catalog: Catalog) -> LineDraft:
    account = find_money_account(medium.account, catalog, f"{medium.where}idPlanCuenta")
    told = (medium.name, medium.cheque, medium.bank)
    return LineDraft(
        account=account.code,
        amount=medium.amount * side.sign,
        description=" ".join(one for one in told if one),
    )


def _withheld_line(
    one: Withheld, side: _Side, catalog: Catalog, settings: ColppySettings
) -> LineDraft:
    """On the account of its tax: of the jurisdiction's, where gross income has one there."""
    tax_id = settings.withholdings.get(one.name)
    if one.name == GROSS_INCOME:
        tax_id = settings.jurisdictions.get(one.jurisdiction, tax_id)
    tax = catalog.taxes.get(tax_id or 0)
    code = None
    if tax is not None and tax.active:
        code = tax.sales_account if side.sign > 0 else tax.purchase_account
    if tax is None or code is None:
        raise Failure(f"La empresa no tiene configurada la cuenta de {one.name}.")
    account = catalog.accounts.get(code)
    taxed = account is not None and account.tax
    told = (tax.name, one.jurisdiction, one.certificate)
    return LineDraft(
        account=code,
        amount=one.amount * side.sign,
        tax=tax.id if taxed else None,
        tax_base=one.base if taxed else None,
        description=" ".join(text for text in told if text),
    )


def _price_lines(asked: Settlement, side: _Side, accounts: ReceiptAccounts) -> list[LineDraft]:
    """Discounts settle like money does; interest takes from it."""
    discounts, interest = accounts.discounts_taken, accounts.interest_paid
    if side.sign > 0:
        discounts, interest = accounts.discounts_given, accounts.interest_earned
    lines = []
    if asked.discounts:
        lines.append(
            LineDraft(
                account=discounts, amount=asked.discounts * side.sign, description="Descuentos"
            )
        )
    if asked.interest:
        lines.append(
            LineDraft(account=interest, amount=-asked.interest * side.sign, description="Intereses")
        )
    return lines


def _applied_lines(
    one: Applied,
    asked: Settlement,
    documents: Mapping[int, VoucherDues],
    catalog: Catalog,
    settings: ColppySettings,
) -> tuple[list[LineDraft], Decimal]:
    """Lines on the dues of a document in the order they fall due, and what is more than it owes.

    Where the company lets that pass it becomes credit; otherwise the books refuse the line.
    """
    side = SIDES[asked.kind]
    document = _require_document(one, asked, documents, catalog)
    dues = _dues_of(document, asked, side, catalog)
    left, lines = one.amount, []
    for due in dues:
        owed = due.balance * side.sign
        part = min(left, owed) if one.amount > 0 else max(left, owed)
        if part * one.amount > 0:
            lines.append(_due_line(due, -part * side.sign))
            left -= part
    if not left:
        return lines, ZERO
    name = _name(document, catalog)
    if document.dues and not dues:
        raise Failure(f"La factura {name} no es de {side.party}.")
    if not lines and not any(due.balance for due in dues):
        raise Failure(f"La factura {name} ya está {side.settled}.")
    if settings.over_collected == "lenient" and one.amount > 0:
        return lines, left
    balance = sum((due.balance for due in dues), ZERO) * side.sign
    raise Failure(f"El importe {one.amount} supera el saldo de la factura {name} ({balance}).")


def _require_document(
    one: Applied, asked: Settlement, documents: Mapping[int, VoucherDues], catalog: Catalog
) -> VoucherDues:
    """The document, unless it does not exist, was annulled, or is somebody else's."""
    side = SIDES[asked.kind]
    document = documents.get(one.serial)
    if document is None:
        raise Failure(f"No se encontro la factura {one.serial} ({one.where}idFactura).")
    name = _name(document, catalog)
    if document.annulled:
        raise Failure(f"La factura {name} está anulada.")
    theirs = [document.third_party, *(due.third_party for due in document.dues)]
    if asked.third_party not in theirs:
        raise Failure(f"La factura {name} es de otro {side.party}.")
    return document


def _dues_of(
    document: VoucherDues, asked: Settlement, side: _Side, catalog: Catalog
) -> list[OpenedDue]:
    return [
        due
        for due in document.dues
        if due.third_party == asked.third_party and catalog.accounts[due.account].due is side.owed
    ]


def _name(document: VoucherDues, catalog: Catalog) -> str:
    """A supplier's own number, or point of sale and number."""
    return document.external_number or full_number(
        catalog.voucher_types[document.voucher_type], document.number
    )


def _due_line(due: OpenedDue, amount: Decimal) -> LineDraft:
    return LineDraft(
        account=due.account,
        amount=amount,
        due=DueDraft(
            prefix=due.prefix,
            consecutive=due.consecutive,
            quote=due.quote,
            date=due.date,
            settles=True,
        ),
    )


def _own_line(
    asked: Settlement, left: Decimal, voucher_type: VoucherType, accounts: ReceiptAccounts
) -> LineDraft:
    """What is on account: the third party's credit, or ours with it."""
    side = SIDES[asked.kind]
    return LineDraft(
        account=accounts.customers if side.sign > 0 else accounts.suppliers,
        amount=-left * side.sign,
        due=DueDraft(
            prefix=voucher_type.due_prefix,
            consecutive=asked.number,
            quote=1,
            date=asked.day,
            own=True,
        ),
        description="A cuenta",
    )
