"""Voucher types, taxes, centres and branches as this dialect lists them."""

from cuadra.catalog.records import CostCentre, Dimension, Tax, VoucherType
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.mapping.documents import code_from_text
from cuadra.dialects.serpi.settings import DIALECT


def type_from_voucher_type(voucher_type: VoucherType) -> wire.DocumentTypeOut:
    """A type of documents."""
    name = voucher_type.names[DIALECT]
    return wire.DocumentTypeOut(voucher_type.id, name.type, name.prefix, voucher_type.name)


def tax_from_record(tax: Tax) -> wire.TaxOut:
    """A tax; ReteICA's rate is per mille, as everywhere."""
    return wire.TaxOut(
        id=tax.id,
        nombre=tax.name,
        tipo=tax.kind.value,
        tarifa=tax.percentage,
        cuenta=code_from_text(tax.sales_account),
        cuenta_compras=code_from_text(tax.purchase_account) if tax.purchase_account else None,
    )


def centre_from_record(centre: CostCentre) -> wire.CostCentreOut:
    """A cost centre or subcentre."""
    return wire.CostCentreOut(
        id=centre.id,
        codigo=centre.code,
        abreviatura=centre.abbreviation,
        descripcion=centre.name,
        id_padre=centre.parent,
    )


def operation_centre_from_record(centre: Dimension) -> wire.OperationCentreOut:
    """An operation centre and its place."""
    return wire.OperationCentreOut(
        id=centre.id,
        codigo=centre.code,
        abreviatura=None,
        descripcion=centre.name,
        codigo_pais=centre.country_code,
        codigo_departamento=_number(centre.state_code),
        codigo_ciudad=_number(centre.city_code),
    )


def _number(code: str | None) -> int | None:
    return int(code) if code and code.isascii() and code.isdigit() else None


def branch_from_party(branch: StoredThirdParty, head: int | None) -> wire.BranchOut:
    """A branch and the id of the third party it belongs to."""
    address = branch.address
    return wire.BranchOut(
        id=branch.id,
        id_tercero=head,
        nit_tercero=branch.identification,
        codigo=branch.branch,
        nombre=branch.commercial_name or " ".join(branch.name),
        direccion=address.address if address else None,
        telefono=next((phone.number for phone in branch.phones if phone.number), None),
        codigo_pais=address.country_code if address else None,
        codigo_departamento=address.state_code if address else None,
        codigo_ciudad=address.city_code if address else None,
    )
