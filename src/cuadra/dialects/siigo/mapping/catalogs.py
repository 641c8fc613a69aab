"""Catalogs as the vendor lists them. Pure."""

from msgspec import UNSET

from cuadra.catalog.records import (
    AccountGroup,
    DiscountType,
    DocumentSide,
    ElectronicType,
    PaymentType,
    TaxKind,
    VoucherType,
)
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import given, plain

_ELECTRONIC = {
    ElectronicType.NONE: "NoElectronic",
    ElectronicType.INVOICE: "ElectronicInvoice",
    ElectronicType.CONTINGENCY: "ContingencyInvoice",
    ElectronicType.EXPORT: "ExportInvoice",
    ElectronicType.CREDIT_NOTE: "ElectronicCreditNote",
}
_SIDES = {
    DocumentSide.SALES: "Cartera",
    DocumentSide.PURCHASES: "Proveedor",
    DocumentSide.BOTH: "CarteraProveedor",
}
DISCOUNTS = {DiscountType.PERCENTAGE: "Percentage", DiscountType.VALUE: "Value"}


def document_type_to_body(
    voucher_type: VoucherType, letters: str, consecutive: int
) -> wire.DocumentTypeOut:
    """A voucher type as the vendor shows it; `consecutive` is the next number."""
    body = wire.DocumentTypeOut(
        id=voucher_type.id,
        code=voucher_type.code,
        name=voucher_type.name,
        description=voucher_type.description,
        type=letters,
        active=voucher_type.active,
        cost_center=voucher_type.cost_centre,
        cost_center_mandatory=voucher_type.cost_centre_mandatory,
        cost_center_default=given(voucher_type.cost_centre_default),
        automatic_number=voucher_type.automatic_number,
        consecutive=consecutive,
        prefix=voucher_type.prefix or UNSET,
    )
    if letters == "FV":
        body.seller_by_item = voucher_type.seller_by_item
        body.advance_payment = voucher_type.advance_payment
        body.self_withholding = voucher_type.self_withholding
        body.self_withholding_limit = plain(voucher_type.self_withholding_limit)
        body.cargo_transportation = voucher_type.cargo_transportation
        body.healthcare_company = voucher_type.healthcare_company
        body.global_discounts = [
            wire.GlobalDiscountTypeOut(discount.id, discount.name, discount.active)
            for discount in voucher_type.global_discounts
        ] or UNSET
    if letters in ("FV", "NC"):
        body.electronic_type = _ELECTRONIC[voucher_type.electronic_type]
        body.customer_by_item = voucher_type.customer_by_item
    if letters in ("FV", "NC", "C"):
        body.discount_type = DISCOUNTS[voucher_type.discount_type]
    if letters in ("FV", "FC", "DS", "NC", "C"):
        body.decimals = voucher_type.decimals
    if letters in ("FV", "FC", "DS"):
        body.reteiva, body.reteica = voucher_type.reteiva, voucher_type.reteica
    if letters in ("FC", "DS"):
        body.consumption_tax = voucher_type.consumption_tax
        body.document_support = voucher_type.document_support
    return body


def payment_type_to_body(payment: PaymentType) -> wire.PaymentTypeOut:
    """A payment type as the vendor shows it."""
    return wire.PaymentTypeOut(
        payment.id, payment.name, _SIDES[payment.side], payment.active, payment.due_date
    )


def account_groups_to_body(catalog: Catalog) -> list[wire.AccountGroupOut]:
    """All account groups."""
    return [account_group_to_body(group) for group in catalog.account_groups.values()]


def account_group_to_body(group: AccountGroup) -> wire.AccountGroupOut:
    """An account group as the vendor shows it: without its code."""
    return wire.AccountGroupOut(id=group.id, name=group.name, active=group.active)


def taxes_to_body(catalog: Catalog) -> list[wire.TaxOut]:
    """All taxes."""
    return [
        wire.TaxOut(
            id=tax.id,
            name=tax.name,
            type=TaxKind(tax.kind),
            percentage=plain(tax.percentage),
            active=tax.active,
        )
        for tax in catalog.taxes.values()
    ]
