"""Rows to drafts of entries; `movement_rows` is the way back.

What the ledger knows has its home there: account, side and value, third party, cost centre, product with
quantity and warehouse, tax base, fixed asset, and the due that the cross names. All else stays with the
line under its own reference, and comes back as it was sent. Pure.
"""

from decimal import Decimal
from typing import Any

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import Account, VoucherType
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.siigo_pyme.mapping.crosswalk import (
    Crosswalk,
    Masters,
    ProductKey,
    VoucherName,
)
from cuadra.dialects.siigo_pyme.mapping.marks import check_marks, has_reteiva
from cuadra.dialects.siigo_pyme.rows import Profile, Row, Value, day_of_row, mandatory
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.dialects.siigo_pyme.vouchers import RowGroup, signed_value
from cuadra.trade.entries import EntryDraft, EntryDue, EntryLineDraft, EntryProduct

WITHHOLDING_BASE, RETEIVA_BASE = "withholding_base", "vat_withholding_base_for_marked_accounts"
_ALWAYS_KNOWN = (
    "voucher_type", "voucher_code", "document_number", "accounting_account", "sequence_value",
    "document_year", "document_month", "document_day", "canceled_voucher", "sequence_description",
)  # fmt: skip


def draft_from_group(group: RowGroup, masters: Masters, profile: Profile) -> EntryDraft | None:
    """The entry a voucher asks for, of those of its rows that nothing is wrong with; None without any."""
    voucher_type = type_of_group(group, masters.crosswalk)
    if voucher_type is None:
        return None
    made = [
        (row, _line(row, position, group, voucher_type, masters, profile))
        for position, row in enumerate(group.rows, 1)
        if _is_whole(row)
    ]
    lines = [line for row, line in made if not row.errors]
    if not lines:
        return None
    head = next((line.party for line in lines if line.due and line.party), None)
    head = head or next((line.party for line in lines if line.party), None)
    return EntryDraft(
        voucher_type=voucher_type.id,
        number=group.number or None,
        date=group.day,
        party=head,
        lines=lines,
        automatic=True,
        annulled=group.canceled,
        external_number=_paper(group) if group.letter == "P" and head else None,
    )


def type_of_group(
    group: RowGroup,
    crosswalk: Crosswalk,
    references: tuple[str, str] = ("voucher_type", "voucher_code"),
) -> VoucherType | None:
    """The voucher type that letter and code name, which must exist; `references` is what the rows call the two."""
    name = VoucherName(group.letter, group.code)
    found, first = crosswalk.types.get(name), group.rows[0]
    if found is None and not any(error.field in references for error in first.errors):
        first.refuse(references[1], "unknown", crosswalk.absence(name))
    return found


def _is_whole(row: Row) -> bool:
    """Whether a row has all that a line needs, wrong as it may be otherwise."""
    return all(reference in row.values for reference in mandatory())


def _paper(group: RowGroup) -> str | None:
    """What the supplier calls its paper, as purchases of other doors have it."""
    for row in group.rows:
        if number := row.number("supplier_document_number"):
            prefix = row.text("supplier_document_prefix")
            return f"{prefix}-{number}" if prefix else str(number)
    return None


def _line(
    row: Row,
    position: int,
    group: RowGroup,
    voucher_type: VoucherType,
    masters: Masters,
    profile: Profile,
) -> EntryLineDraft:
    """One line; what is not the ledger's is left in `values` and kept."""
    crosswalk, values = masters.crosswalk, dict(row.values)
    code = str(row.values["accounting_account"]).ljust(10, "0")
    account = crosswalk.accounts.get(code)
    amount = signed_value(row)
    line = EntryLineDraft(
        account=account.code if account else code,
        amount=amount,
        description=row.text("sequence_description"),
    )
    if account is None:
        if not any(error.field == "accounting_account" for error in row.errors):
            row.refuse("accounting_account", "unknown", f"la cuenta {code} no existe")
        return line
    for reference in _ALWAYS_KNOWN:
        values.pop(reference, None)
    if amount or values["debit_or_credit"] == "D":
        del values["debit_or_credit"]
    if row.number("sequence") == position:
        del values["sequence"]
    check_marks(row, account, crosswalk, profile)
    line.party = _party(row, account, values, masters, profile)
    line.cost_centre = take_centre(row, values, crosswalk)
    if account.due is not None:
        line.due = _due(row, group, voucher_type, values, crosswalk)
    line.product = _product(row, account, values, masters)
    _take_base(row, line, account, values, crosswalk)
    line.fixed_asset = _asset(row, account, values, crosswalk)
    require_seller(row, crosswalk)
    if values:
        line.extra = kept_values(values)
    return line


def kept_values(values: dict[str, Value]) -> dict[str, Any]:
    """Values as they are kept: amounts as text, because JSON would make them inexact."""
    return {
        DIALECT: {
            name: f"{value:f}" if isinstance(value, Decimal) else value
            for name, value in values.items()
        }
    }


def _party(
    row: Row, account: Account, values: dict[str, Value], masters: Masters, profile: Profile
) -> PartyName | None:
    """The third party. Where the account has none, the strict model holds 0."""
    nit = row.number("nit")
    if not nit:
        return None
    values.pop("nit")
    branch = int(values.pop("branch", 0))
    if profile == "strict" and not account.needs_third_party and account.due is None:
        row.warn("nit", "ignored", "la cuenta no maneja terceros; se toma 0")
        return None
    return PartyName(masters.crosswalk.identifications.get(nit) or str(nit), branch)


def take_centre(row: Row, values: dict[str, Value], crosswalk: Crosswalk) -> int | None:
    """The cost centre a row names, which must exist."""
    wanted = (row.number("cost_center"), row.number("sub_cost_center"))
    if not wanted[0]:
        return None
    centre = crosswalk.centres.get(wanted)
    if centre is None:
        shown = f"{wanted[0]}-{wanted[1]}"
        row.refuse("cost_center", "unknown", f"el centro de costo {shown} no existe")
        return None
    values.pop("cost_center", None)
    values.pop("sub_cost_center", None)
    return centre.id


def _due(
    row: Row,
    group: RowGroup,
    voucher_type: VoucherType,
    values: dict[str, Value],
    crosswalk: Crosswalk,
) -> EntryDue | None:
    """The due a line moves: the one of its cross, or the voucher's own. Its day is kept as sent."""
    own_cross = crosswalk.names[voucher_type.id].cross
    cross, number = values.pop("cross_voucher_type", ""), row.number("cross_document_number")
    values.pop("cross_document_number", None)
    if not isinstance(cross, str):
        row.refuse(
            "cross_voucher_type", "value", "debe ser letra, guion y tres dígitos, como F-001"
        )
        return None
    cross = "" if cross == "0-000" else cross
    if number and not cross:
        row.refuse("cross_voucher_type", "required", "es obligatorio con el documento cruce")
        return None
    if cross not in ("", own_cross) and not number:
        row.refuse("cross_document_number", "required", "es obligatorio con el tipo de cruce")
        return None
    cross = cross or own_cross
    prefix = crosswalk.due_prefixes.get(cross, cross)
    quote = int(values.pop("expiration_number", 1))
    if group.canceled:  # whose dues go away with it
        values["cross_voucher_type"], values["expiration_number"] = cross, quote
        if number:
            values["cross_document_number"] = number
    elif crosswalk.crosses.get(prefix, prefix) != cross:
        values["cross_voucher_type"] = cross
    return EntryDue(
        prefix=prefix,
        consecutive=number or group.number or None,
        quote=quote,
        date=day_of_row(row, "cross_document_expiration"),
        own=cross == own_cross and number in (0, group.number),
        free=True,
    )


def key_of_row(row: Row) -> ProductKey | None:
    """The product a row names."""
    values = row.values
    if not ("product_code" in values or "product_line" in values or "product_group" in values):
        return None
    return ProductKey(
        row.number("product_line"), row.number("product_group"), row.number("product_code")
    )


def _product(
    row: Row, account: Account, values: dict[str, Value], masters: Masters
) -> EntryProduct | None:
    """The goods: signed as the line where they move, without a sign where they are only told."""
    warehouse = row.number("warehouse_code")
    product = named_product(row, masters)
    if product is None:
        return None
    for name in ("product_line", "product_group", "product_code", "warehouse_code", "quantity"):
        values.pop(name, None)
    out = account.inventory and row.values["debit_or_credit"] == "C"
    quantity = row.amount("quantity")
    return EntryProduct(
        code=product.code, quantity=-quantity if out else quantity, warehouse=warehouse or None
    )


def named_product(row: Row, masters: Masters) -> StoredProduct | None:
    """The product a row names, which must exist, as its warehouse must."""
    warehouse = row.number("warehouse_code")
    if warehouse and not masters.crosswalk.warehouses.get(warehouse):
        row.refuse("warehouse_code", "unknown", f"la bodega {warehouse} no existe o está inactiva")
    key = key_of_row(row)
    if key is None:
        return None
    if not key.code:
        row.refuse("product_code", "required", "línea, grupo y código van juntos")
        return None
    product = masters.products.get(key)
    if product is None:
        shown = f"{key.line:03}-{key.group:04}-{key.code:06}"
        row.refuse("product_code", "unknown", f"el producto {shown} no existe")
    return product


def _take_base(
    row: Row,
    line: EntryLineDraft,
    account: Account,
    values: dict[str, Value],
    crosswalk: Crosswalk,
) -> None:
    """The base of a line on an account of taxes, and which of its taxes, where that is clear."""
    if not account.tax:
        return
    reference = base_reference(account, crosswalk)
    if reference in values:
        line.tax_base = Decimal(values.pop(reference))
    taxes = [tax for tax in crosswalk.taxes.get(account.code, []) if tax.active]
    percentage = row.amount("sequence_vat_percentage")
    if percentage:
        taxes = [tax for tax in taxes if tax.percentage == percentage]
    line.tax = taxes[0].id if len(taxes) == 1 else None


def base_reference(account: Account, crosswalk: Crosswalk) -> str:
    """Where the vendor has the base of a line on a tax account: accounts of ReteIVA have a field of their own."""
    return RETEIVA_BASE if has_reteiva(account, crosswalk) else WITHHOLDING_BASE


def _asset(
    row: Row, account: Account, values: dict[str, Value], crosswalk: Crosswalk
) -> int | None:
    """The fixed asset; it must exist wherever it is named, and is the line's where the account has assets."""
    wanted = (row.number("asset_group"), row.number("asset_code"))
    if not any(wanted):
        return None
    asset = crosswalk.assets.get(wanted)
    if asset is None or not asset.active:
        shown = f"{wanted[0]:04}-{wanted[1]:05}"
        row.refuse("asset_code", "unknown", f"el activo {shown} no existe o está inactivo")
        return None
    if not account.fixed_asset:
        return None
    values.pop("asset_group", None)
    values.pop("asset_code", None)
    return asset.id


def require_seller(row: Row, crosswalk: Crosswalk) -> None:
    """Refuse a seller that cannot be used."""
    seller = row.number("salesperson_code")
    if seller and not crosswalk.sellers.get(seller):
        row.refuse("salesperson_code", "unknown", f"el vendedor {seller} no existe o está inactivo")
